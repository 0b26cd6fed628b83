/**
 * One GPIO line as a link: `gpio:CHIP-LABEL/LINE`, never a global number, whose base moves from kernel to kernel. Over the
 * kernel's sysfs interface (`onoff`) where there is one, else through libgpiod's tools. The bytes are the text lines that
 * `wire/gpio-lines.ts` describes; patterns and the limit of an output run here, where the line is held.
 */
import { type Clock, systemClock } from '../clock.ts';
import { type Link, type LinkEvents, LinkLost, LinkOpenError } from '../link.ts';
import type { Bias, GpioInput, GpioLine, GpioOutput, Level } from './gpio-line.ts';
import { findSysfsLine, sysfsMark } from './gpio-sysfs.ts';
import { findToolsLine } from './gpio-tools.ts';

const requestBytesMax = 200;
/** What a paused link keeps; of more, the newest count. */
const waitingMax = 64;

export interface GpioParts {
  readonly find: (chip: string, line: number) => Promise<GpioLine>;
  readonly clock: Clock;
}

const realParts: GpioParts = {
  find: async (chip, line) => (await findSysfsLine(chip, line)) ?? findToolsLine(chip, line),
  clock: systemClock,
};

const parseTarget = (target: string) => {
  const slash = target.lastIndexOf('/');
  return { chip: target.slice(0, slash), line: Number(target.slice(slash + 1)) };
};

/** A mark of the chip that is there, false when it is not; undefined where only opening can tell. */
export const gpioPresent = (target: string): Promise<string | false | undefined> => sysfsMark(parseTarget(target).chip);

/** The line is taken when the first request says as what. @throws LinkOpenError */
export async function openGpio(target: string, events: LinkEvents, parts: GpioParts = realParts): Promise<Link> {
  const { chip, line } = parseTarget(target);
  const held = await parts.find(chip, line);
  let input: GpioInput | undefined;
  let output: GpioOutput | undefined;
  let safe: Level = 0;
  let limitMs = 0;
  let level: Level = 0;
  let isPaused = false;
  let waiting: string[] = [];
  let told: Level | undefined;
  let asked = '';
  let closing: Promise<void> | undefined;
  let cancelStep = () => {};
  let cancelLimit = () => {};
  /** Grows with each request that ends the pattern that runs. */
  let pattern = 0;
  /** Requests and levels, one after the other. */
  let turn: Promise<void> = Promise.resolve();

  const shut = (reason: string): Promise<void> => {
    closing ??= (async () => {
      stopPattern();
      cancelLimit();
      // What is under way first: a line that is just being taken or set must not stay so.
      await turn;
      await Promise.all([input?.close(), output?.close()].map((done) => done?.catch(() => {})));
      events.closed(reason);
    })();
    return closing;
  };
  const say = (text: string) => {
    if (closing) return;
    if (isPaused) waiting = [...waiting, text].slice(-waitingMax);
    else events.data(Buffer.from(`${text}\n`));
  };
  const tellLevel = (now: Level) => {
    if (now === told) return;
    told = now;
    say(`level ${now}`);
  };
  const stopPattern = () => {
    pattern += 1;
    cancelStep();
  };
  const put = async (to: Level) => {
    await output!.set(to);
    if (to === safe) cancelLimit();
    else if (level === safe && limitMs > 0) cancelLimit = parts.clock.after(limitMs, letGo);
    level = to;
  };
  const letGo = () => {
    stopPattern();
    inTurn(async () => {
      await put(safe);
      say('limit');
    });
  };
  const play = (stepsMs: readonly number[], forever: boolean) => {
    stopPattern();
    const mine = pattern;
    const step = async (at: number): Promise<void> => {
      const isOver = at === stepsMs.length && !forever;
      await put(at % 2 === 1 || isOver ? safe : safe === 1 ? 0 : 1);
      if (isOver || mine !== pattern) return;
      const next = at + 1 === stepsMs.length && forever ? 0 : at + 1;
      cancelStep = parts.clock.after(stepsMs[at]!, () => {
        if (mine === pattern) inTurn(() => step(next));
      });
    };
    return step(0);
  };

  const answer = async (request: string): Promise<void> => {
    const [, bias] = /^in (as-is|pull-up|pull-down)$/.exec(request) ?? [];
    const [, safeLevel, limit] = /^out ([01]) (\d{1,6})$/.exec(request) ?? [];
    const [, setTo] = /^set ([01])$/.exec(request) ?? [];
    const [, times, steps] = /^pattern (once|forever)((?: \d{1,5}){1,16})$/.exec(request) ?? [];
    const isTaken = input !== undefined || output !== undefined;
    if (bias !== undefined && !isTaken) {
      input = await held.input(bias as Bias, { level: tellLevel, lost: (reason) => void shut(reason) });
    } else if (safeLevel !== undefined && !isTaken) {
      safe = level = Number(safeLevel) as Level;
      limitMs = Number(limit);
      output = await held.output(safe, (reason) => void shut(reason));
      say('ok');
    } else if (setTo !== undefined && output) {
      stopPattern();
      await put(Number(setTo) as Level);
      say('ok');
    } else if (steps !== undefined && output) {
      await play(steps.trim().split(' ').map(Number), times === 'forever');
      say('ok');
    } else say('refused failed');
  };
  const inTurn = (work: () => Promise<void>) => {
    turn = turn.then(async () => {
      if (closing) return;
      try {
        await work();
      } catch (error) {
        if (!(error instanceof LinkOpenError)) void shut((error as Error).message);
        else say(`refused ${error.why === 'unsupported' || error.why === 'shared' ? 'failed' : error.why}`);
      }
    });
  };

  return {
    async write(bytes) {
      if (closing) throw new LinkLost('the connection is closed');
      asked += Buffer.from(bytes).toString('latin1');
      const requests = asked.split('\n');
      asked = requests.pop()!;
      if (asked.length > requestBytesMax) asked = asked.slice(-requestBytesMax);
      for (const request of requests) inTurn(() => answer(request));
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      for (const text of waiting.splice(0)) say(text);
    },
    close: () => shut('closed by us'),
  };
}
