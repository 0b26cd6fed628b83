/**
 * Everything a driver does with bytes, without a clock or a link: framing, its frames by themselves, its conversations.
 * Answers come from the bytes that are fed, or never: silence is one of the things that are fed.
 */
import type { CommandResult, Conversation, Driver, DriverOutput, DriverSession } from '../../device-drivers/driver.ts';
import type { Framed } from '../../device-drivers/framing.ts';

export interface Exercise {
  readonly session: DriverSession<unknown>;
  feed(chunk: Uint8Array): void;
  /** Nothing came for longer than anything waits. */
  silence(): void;
  /** Ends what goes on by silence, and asks the first question of a connection. */
  startAnew(): void;
}

/** A conversation that asks so often without ever waiting for an answer never would. */
const stepsMax = 10_000;
const inboxFramesMax = 64;

export function exercise(
  driver: Driver,
  options: unknown,
  reportDescriptor: Uint8Array | undefined,
  output: (output: DriverOutput) => void,
): Exercise {
  let nowMs = 0;
  const session = driver.session(driver.options.parse(options ?? {}), { monotonicMs: () => nowMs });
  session.opened?.({ reportDescriptor });
  const inbox: unknown[] = [];
  let talk: Conversation<unknown, unknown> | undefined;
  let talks = 0;
  /** Of the answer that the conversation waits for. */
  let withinMs = 0;

  const take = (framed: readonly Framed<unknown>[]) => {
    for (const item of framed) {
      if (!('frame' in item)) continue;
      if (talk) {
        resume(item.frame);
      } else if (session.onFrame) for (const said of session.onFrame(item.frame)) output(said);
      else if (inbox.push(item.frame) > inboxFramesMax) inbox.shift();
    }
  };
  /** Goes on with an answer, or with silence. */
  const resume = (answer: unknown) => {
    let turn = talk!.next(answer);
    for (let steps = 0; !turn.done; steps++) {
      if (steps > stepsMax) throw new Error(`a conversation took ${stepsMax} steps without waiting`);
      const { value: step } = turn;
      let reply: unknown;
      if (step.step === 'receive') {
        reply = inbox.shift();
        withinMs = step.withinMs;
        if (reply === undefined) return;
      } else if (step.step === 'pause') nowMs += step.ms;
      else if (step.step === 'emit') output(step.output);
      else if (step.step === 'flush') {
        session.framing.flush();
        inbox.length = 0;
      }
      turn = talk!.next(reply);
    }
    talk = undefined;
  };
  const begin = (conversation: Conversation<unknown, unknown> | undefined) => {
    talk = conversation;
    if (talk) resume(undefined);
  };
  const print = session.commands?.print as ((job: object) => Conversation<unknown, CommandResult>) | undefined;
  const next = () => {
    talks += 1;
    if (print && driver.testLabel && talks % 3 === 0)
      return print({ jobId: String(talks), label: driver.testLabel({ title: 'A', lines: [], code: 'T1' }) });
    return talks % 50 === 1 && session.identify ? session.identify() : (session.cycle?.run() ?? session.identify?.());
  };

  return {
    session,
    feed(chunk) {
      nowMs += 7;
      if (!talk) begin(next() as Conversation<unknown, unknown> | undefined);
      take(session.framing.push(chunk));
    },
    silence() {
      nowMs += Math.max(1_000, withinMs);
      if (talk) resume(undefined);
      take(session.framing.flush());
    },
    startAnew() {
      for (let steps = 0; talk && steps < stepsMax; steps++) {
        nowMs += withinMs;
        resume(undefined);
      }
      if (talk) throw new Error('a conversation did not end in silence');
      session.framing.flush();
      inbox.length = 0;
      begin((session.identify?.() ?? session.cycle?.run()) as Conversation<unknown, unknown> | undefined);
    },
  };
}
