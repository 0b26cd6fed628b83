/**
 * Runs one conversation of a driver, step by step, without a promise except where bytes are written. All it touches is
 * handed in; the session decides what a frame nobody waits for becomes.
 */
import type { Conversation, DriverOutput, Step } from './driver.ts';
import type { LinkLost } from './link.ts';

export interface ConversationIo<F> {
  /** Resolves when the link has taken the bytes; when it never does, `abort` follows. */
  write(bytes: Uint8Array, withinMs: number, asFeature: boolean): Promise<unknown>;
  /** The oldest frame that waits; undefined when there is none. */
  takeFrame(): F | undefined;
  /** Drops waiting frames and held bytes. */
  flush(): void;
  emit(output: DriverOutput): void;
  /** The conversation pauses: frames that wait are no replies. */
  idle(): void;
  /** Both return a function that cancels. */
  afterSilence(ms: number, fn: () => void): () => void;
  after(ms: number, fn: () => void): () => void;
}

export type Outcome<R> = { readonly result: R } | { readonly error: unknown };

export interface Running<F> {
  /** Runs to the first wait. `done` may be called before this returns. */
  begin(): void;
  /** Gives a frame to a conversation that waits for one; false when it does not. */
  offer(frame: F): boolean;
  /** True while bytes are on their way out: a fast reply can arrive before the write is reported. */
  readonly isSending: boolean;
  /** Throws into the conversation. What it returns is its result; yielding again is a bug. One that has not begun never does. */
  abort(error: LinkLost): void;
}

export function converse<F, R>(
  make: () => Conversation<F, R>,
  io: ConversationIo<F>,
  done: (outcome: Outcome<R>) => void,
): Running<F> {
  let waitsFor: 'nothing' | 'frame' | 'write' | 'time' = 'nothing';
  let cancelTimer = () => {};
  let isDone = false;
  let conversation: Conversation<F, R> | undefined;

  const finish = (outcome: Outcome<R>) => {
    isDone = true;
    waitsFor = 'nothing';
    done(outcome);
  };
  const wait = (what: typeof waitsFor, cancel = () => {}) => {
    waitsFor = what;
    cancelTimer = cancel;
  };

  /** Goes on with `reply` until the conversation waits or ends. */
  const resume = (reply?: F) => {
    cancelTimer();
    waitsFor = 'nothing';
    let input = reply;
    while (!isDone && waitsFor === 'nothing') {
      let turn: IteratorResult<Step, R>;
      try {
        conversation ??= make();
        turn = conversation.next(input);
      } catch (error) {
        finish({ error });
        return;
      }
      if (turn.done) finish({ result: turn.value });
      else input = perform(turn.value);
    }
  };
  const perform = (step: Step): F | undefined => {
    switch (step.step) {
      case 'send':
        wait('write');
        io.write(step.bytes, step.withinMs, step.feature === true).then(
          () => {
            if (!isDone) resume();
          },
          () => {},
        );
        return undefined;
      case 'receive': {
        const frame = io.takeFrame();
        if (frame === undefined)
          wait(
            'frame',
            io.afterSilence(step.withinMs, () => resume()),
          );
        return frame;
      }
      case 'pause':
        wait(
          'time',
          io.after(step.ms, () => resume()),
        );
        io.idle();
        return undefined;
      case 'flush':
        io.flush();
        return undefined;
      case 'emit':
        io.emit(step.output);
        return undefined;
    }
  };

  return {
    begin: () => resume(),
    offer(frame) {
      if (waitsFor !== 'frame') return false;
      resume(frame);
      return true;
    },
    get isSending() {
      return waitsFor === 'write';
    },
    abort(lost) {
      if (isDone) return;
      cancelTimer();
      if (!conversation) {
        finish({ error: lost });
        return;
      }
      try {
        const turn = conversation.throw(lost);
        finish(
          turn.done ? { result: turn.value } : { error: new Error('a conversation went on after its link was lost') },
        );
      } catch (error) {
        finish({ error });
      }
    },
  };
}
