/**
 * Runs one driver over one link, from the open to the end: framing, identification, the cycle, commands, frames that come
 * by themselves. Everything it learns goes out through `events`, in the order of the wire; `ended` comes last, once. Frames
 * cost no timer and no promise.
 *
 * Who gets a frame: a conversation that waits for one, or that is just sending (its reply may be faster than the report of
 * the write); else the driver's `onFrame`; else a bounded inbox that the next `receive` looks into first. Frames that come
 * before the device is identified wait in the inbox too.
 */
import type { Clock } from './clock.ts';
import { type ConversationIo, converse, type Outcome, type Running } from './conversation.ts';
import { countUp, newTally, type Tally } from './counters.ts';
import type { CommandResult, Conversation, Driver, DriverOutput, Identity, Reading } from './driver.ts';
import type { Fault } from './faults.ts';
import type { Framed } from './framing.ts';
import { type Link, type LinkEvents, LinkLost } from './link.ts';
import { noiseMeter } from './noise.ts';
import { conversationFault, driverBug, linkLost, openFault, sameFault } from './session-faults.ts';

/** Arrival of the bytes that made a reading. */
export interface ArrivedAt {
  readonly wallMs: number;
  readonly monoMs: number;
}

export interface SessionEvents {
  /** The link is open; identification begins. */
  opened(): void;
  ready(identity: Identity): void;
  reading(reading: Reading, at: ArrivedAt): void;
  /** The same code or card again within the driver's window: not a second reading. */
  repeat(what: Reading['type'], at: ArrivedAt): void;
  fault(fault: Fault): void;
  /** The state that now degrades the device; null when there is none any more. Called on change, also before `ready`. */
  condition(condition: Fault | null): void;
  /** Once, after the link is closed. null: closed by us. */
  ended(fault: Fault | null): void;
}

export interface SessionSetup {
  readonly driver: Driver;
  /** As parsed by `driver.options`. */
  readonly options: unknown;
  /** Rejects with LinkOpenError. */
  readonly open: (events: LinkEvents) => Promise<Link>;
  readonly clock: Clock;
  readonly events: SessionEvents;
  /** Kept by the caller over several sessions of a device. */
  readonly tally?: Tally;
}

/**
 * done: the driver's own answer. refused: nothing was sent. interrupted: it had begun, and the connection or the driver
 * ended before it could say how far it came.
 */
export type CommandOutcome =
  | { readonly status: 'done'; readonly result: CommandResult }
  | { readonly status: 'refused'; readonly why: 'not-ready' | 'unknown-command' | 'too-many' | 'link-lost' }
  | { readonly status: 'interrupted'; readonly fault: Fault };

export interface Session {
  /** Commands run one after the other, between cycles. Never rejects. */
  command(name: string, args: unknown): Promise<CommandOutcome>;
  /**
   * Stops reading the link, so that the device or the kernel has to wait. What was read already still comes. A conversation
   * that runs is finished first; commands still run, the cycle rests.
   */
  pauseReading(): void;
  resumeReading(): void;
  /** Idempotent; resolves after `ended`, at the latest `closeWithinMs` from the first call. */
  close(): Promise<void>;
}

const openWithinMs = 10_000;
const closeWithinMs = 1_500;
const commandsWaitingMax = 8;
const inboxFramesMax = 64;
/** A timer this late means that the process stood still, and bytes wait in the kernel. */
const lateMs = 20;
const graceMs = 5;

interface Command {
  readonly start: () => Conversation<unknown, CommandResult>;
  readonly resolve: (outcome: CommandOutcome) => void;
}

export function openSession({ driver, options, open, clock, events, tally = newTally() }: SessionSetup): Session {
  let phase: 'opening' | 'identifying' | 'ready' | 'ended' = 'opening';
  let link: Link | undefined;
  let running: Running<unknown> | undefined;
  let inbox: unknown[] = [];
  const queue: Command[] = [];
  let arrivedAt = now();
  let isHeld = false;
  let isPaused = false;
  let cycleIsDue = false;
  let lastWasCycle = false;
  let idleIsArmed = false;
  let cancelIdle = () => {};
  let cancelCycle = () => {};
  let driverCondition: Fault | null = null;
  let isNoisy = false;
  let saidCondition: Fault | null = null;
  let heldBytes = () => 0;
  const noise = noiseMeter();

  let tellEnded = () => {};
  const whenEnded = new Promise<void>((resolve) => {
    tellEnded = resolve;
  });

  // Opening begins in a later turn, so that no event comes before the caller has the session.
  const opening = Promise.resolve().then(() => open({ data, closed: (reason) => end(linkLost(reason)) }));
  const cancelOpenLimit = clock.after(openWithinMs, () =>
    end({ code: 'port-failed', detail: `did not open within ${openWithinMs} ms` }),
  );
  const device = guarded(() => driver.session(options, { monotonicMs: clock.monotonicMs }));
  if (!device) return { command: refuse, pauseReading() {}, resumeReading() {}, close: () => whenEnded };
  const { framing, cycle } = device;
  heldBytes = () => framing.heldBytes;
  const identify = device.identify?.bind(device);
  const onFrame = device.onFrame?.bind(device);
  const commands = new Map(Object.entries(device.commands ?? {}));
  const io: ConversationIo<unknown> = {
    async write(bytes, withinMs, asFeature) {
      try {
        if (asFeature && link!.writeFeature) await link!.writeFeature(bytes, withinMs);
        else await link!.write(bytes, withinMs);
      } catch (error) {
        end(linkLost((error as Error).message));
        throw error;
      }
    },
    takeFrame: () => inbox.shift(),
    flush,
    emit: (output) => say(output, now()),
    idle: handleInbox,
    afterSilence,
    after: clock.after,
  };
  opening.then(opened, (error: unknown) => end(openFault(error)));

  return {
    command(name, args) {
      if (phase !== 'ready') return refuse();
      const command = commands.get(name);
      if (!command) return Promise.resolve({ status: 'refused', why: 'unknown-command' });
      if (queue.length >= commandsWaitingMax) return Promise.resolve({ status: 'refused', why: 'too-many' });
      return new Promise((resolve) => {
        queue.push({ start: () => command(args as never) as Conversation<unknown, CommandResult>, resolve });
        startNext();
      });
    },
    pauseReading() {
      isHeld = true;
      applyPause();
    },
    resumeReading() {
      isHeld = false;
      applyPause();
      startNext();
    },
    close() {
      end(null);
      return whenEnded;
    },
  };

  function opened(openLink: Link): void {
    if (phase === 'ended') return;
    cancelOpenLimit();
    link = openLink;
    phase = 'identifying';
    applyPause();
    events.opened();
    guarded(() => device!.opened?.(openLink));
    if (!identify) {
      isReady({});
      settle();
    } else if (phase === 'identifying')
      run(identify, (result) => ('fault' in result ? end(result.fault) : isReady(result.identity)));
  }

  function isReady(identity: Identity): void {
    if (phase !== 'identifying') return;
    phase = 'ready';
    cycleIsDue = cycle !== undefined;
    events.ready(identity);
  }

  // Bytes in.

  function data(chunk: Uint8Array): void {
    if (phase === 'ended') return;
    arrivedAt = now();
    tally.bytes += chunk.length;
    const discarded = take(guarded(() => framing.push(chunk)) ?? []);
    isNoisy = noise.add(chunk.length, discarded);
    tellCondition();
    armIdle();
  }

  /** Returns how many bytes were given up. */
  function take(framed: readonly Framed<unknown>[]): number {
    let discarded = 0;
    for (const item of framed) {
      if ('discarded' in item) {
        discarded += item.discarded;
        countUp(tally.discardedBytes, item.why, item.discarded);
      } else {
        tally.frames += 1;
        if (phase !== 'ended') deliver(item.frame);
      }
    }
    return discarded;
  }

  function deliver(frame: unknown): void {
    if (running?.offer(frame)) return;
    if (onFrame && phase === 'ready' && !running?.isSending) {
      handle(frame);
      return;
    }
    inbox.push(frame);
    if (inbox.length <= inboxFramesMax) return;
    inbox.shift();
    tally.framesDropped += 1;
  }

  function handle(frame: unknown): void {
    for (const output of guarded(() => onFrame!(frame)) ?? []) say(output, arrivedAt);
  }

  /** What waits is no reply to anything: it came by itself. */
  function handleInbox(): void {
    if (!onFrame || phase !== 'ready') return;
    const frames = inbox;
    inbox = [];
    for (const frame of frames) if (phase === 'ready') handle(frame);
  }

  /** One timer for many chunks: it looks, when it fires, how long it has really been quiet. */
  function armIdle(): void {
    const { idle } = framing;
    if (!idle || idleIsArmed || isPaused || phase === 'ended' || framing.heldBytes === 0) return;
    idleIsArmed = true;
    cancelIdle = afterSilence(idle.afterMs - sinceArrivalMs(), () => {
      idleIsArmed = false;
      if (isPaused) return;
      if (sinceArrivalMs() < idle.afterMs) {
        armIdle();
        return;
      }
      isNoisy = noise.add(0, take(guarded(() => framing.flush()) ?? []));
      tellCondition();
    });
  }

  function sinceArrivalMs(): number {
    return clock.monotonicMs() - arrivedAt.monoMs;
  }

  // What the driver says.

  function say(output: DriverOutput, at: ArrivedAt): void {
    if (phase === 'ended') return;
    if ('reading' in output) {
      tally.readings += 1;
      events.reading(output.reading, at);
    } else if ('fault' in output) {
      countUp(tally.faults, output.fault.code);
      events.fault(output.fault);
    } else if ('repeat' in output) {
      tally.repeats += 1;
      events.repeat(output.repeat, at);
    } else {
      driverCondition = output.condition;
      tellCondition();
    }
  }

  function tellCondition(): void {
    const condition = driverCondition ?? (isNoisy ? noisyLine : null);
    if (phase === 'ended' || sameFault(condition, saidCondition)) return;
    if (condition && condition.code !== saidCondition?.code) countUp(tally.faults, condition.code);
    saidCondition = condition;
    events.condition(condition);
  }

  // Conversations, one at a time.

  function run<R>(
    make: () => Conversation<unknown, R>,
    onResult: (result: R) => void,
    onNone: (fault: Fault) => void = () => {},
  ): void {
    const done = (outcome: Outcome<R>) => {
      running = undefined;
      link?.turns?.end();
      if ('result' in outcome) onResult(outcome.result);
      else {
        const fault = conversationFault(outcome.error);
        onNone(fault);
        // The link was lost before: that the driver could not bear it is to be seen all the same.
        if (phase === 'ended' && fault.code === 'driver-bug') countUp(tally.faults, fault.code);
        end(fault);
      }
      settle();
    };
    const conversation = converse(make, io, done);
    running = conversation;
    applyPause();
    if (link?.turns) link.turns.take(conversation.begin);
    else conversation.begin();
  }

  /** After each conversation. A listener may have begun the next one already. */
  function settle(): void {
    if (running) return;
    applyPause();
    handleInbox();
    startNext();
  }

  function startNext(): void {
    if (phase !== 'ready' || running) return;
    const cycleMayRun = cycleIsDue && !isHeld;
    if (cycleMayRun && (!lastWasCycle || queue.length === 0)) {
      startCycle();
      return;
    }
    const command = queue.shift();
    if (!command) return;
    lastWasCycle = false;
    run(
      command.start,
      (result) => command.resolve({ status: 'done', result }),
      (fault) => command.resolve({ status: 'interrupted', fault }),
    );
  }

  function startCycle(): void {
    const startedMs = clock.monotonicMs();
    cycleIsDue = false;
    lastWasCycle = true;
    run(
      () => cycle!.run(),
      (gone) => {
        if (gone) end(gone);
        if (phase !== 'ready') return;
        const waitMs = Math.max(0, startedMs + cycle!.everyMs - clock.monotonicMs());
        cancelCycle = clock.after(waitMs, () => {
          cycleIsDue = true;
          startNext();
        });
      },
    );
  }

  function flush(): void {
    tally.framesDropped += inbox.length;
    inbox = [];
    for (const item of guarded(() => framing.flush()) ?? []) {
      if ('discarded' in item) countUp(tally.discardedBytes, item.why, item.discarded);
      else tally.framesDropped += 1;
    }
  }

  function applyPause(): void {
    const pause = isHeld && !running;
    if (!link || phase === 'ended' || pause === isPaused) return;
    isPaused = pause;
    if (pause) {
      link.pause();
      return;
    }
    // Silence begins anew: while paused, bytes may have waited in the kernel.
    arrivedAt = now();
    link.resume();
    armIdle();
  }

  function now(): ArrivedAt {
    return { wallMs: clock.wallMs(), monoMs: clock.monotonicMs() };
  }

  /** Fires after `ms`; when the process itself was late, the bytes that wait in the kernel get their turn first. */
  function afterSilence(ms: number, fn: () => void): () => void {
    const dueMs = clock.monotonicMs() + ms;
    let cancel = clock.after(ms, () => {
      if (clock.monotonicMs() - dueMs <= lateMs) fn();
      else cancel = clock.after(graceMs, fn);
    });
    return () => cancel();
  }

  /** A driver that throws is a bug, and ends this session only. */
  function guarded<T>(ask: () => T): T | undefined {
    try {
      return ask();
    } catch (error) {
      end(driverBug(error));
      return undefined;
    }
  }

  // The end.

  function end(fault: Fault | null): void {
    if (phase === 'ended') return;
    phase = 'ended';
    if (fault) countUp(tally.faults, fault.code);
    for (const cancel of [cancelOpenLimit, cancelIdle, cancelCycle]) cancel();
    running?.abort(new LinkLost(fault?.detail ?? fault?.code ?? 'closed by us'));
    for (const { resolve } of queue.splice(0)) resolve({ status: 'refused', why: 'link-lost' });
    tally.framesDropped += inbox.length;
    inbox = [];
    // Cut in mid-frame: never glued to what the next connection brings.
    if (heldBytes() > 0) countUp(tally.discardedBytes, 'incomplete', heldBytes());

    let isTold = false;
    const tell = () => {
      if (isTold) return;
      isTold = true;
      cancelTell();
      events.ended(fault);
      tellEnded();
    };
    const cancelTell = clock.after(closeWithinMs, tell);
    opening.then((open) => open.close()).then(tell, tell);
  }
}

const refuse = (): Promise<CommandOutcome> => Promise.resolve({ status: 'refused', why: 'not-ready' });

const noisyLine: Fault = { code: 'noisy-line' };
