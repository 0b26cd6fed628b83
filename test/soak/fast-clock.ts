/** A clock that goes as fast as the machine can: it jumps from timer to timer, and lets everything that is ready run between two. */
import type { Clock } from '../../device-drivers/clock.ts';

export interface FastClock extends Clock {
  /** Runs everything that falls due up to `monoMs`. */
  runTo(monoMs: number): Promise<void>;
  timersRun(): number;
}

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  fn: (() => void) | undefined;
}

const isBefore = (a: Timer, b: Timer) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

const everythingReady = () => new Promise((resolve) => setImmediate(resolve));

export function fastClock(wallStartMs = Date.UTC(2022, 10, 7)): FastClock {
  let nowMs = 0;
  let made = 0;
  let run = 0;
  /** A binary heap, the next one first; cancelled ones stay in it until they are due. */
  const heap: Timer[] = [];

  const swap = (a: number, b: number) => {
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  };
  const push = (timer: Timer) => {
    heap.push(timer);
    for (let at = heap.length - 1; at > 0 && isBefore(heap[at]!, heap[(at - 1) >> 1]!); at = (at - 1) >> 1)
      swap(at, (at - 1) >> 1);
  };
  const pop = (): Timer => {
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left;
      if (right < heap.length && isBefore(heap[right]!, heap[least]!)) least = right;
      if (least === at) return first;
      swap(at, least);
      at = least;
    }
  };

  return {
    monotonicMs: () => nowMs,
    wallMs: () => wallStartMs + nowMs,
    after(ms, fn) {
      made += 1;
      const timer: Timer = { dueMs: nowMs + Math.max(0, ms), order: made, fn };
      push(timer);
      return () => {
        timer.fn = undefined;
      };
    },
    async runTo(monoMs) {
      await everythingReady();
      while (heap[0] !== undefined && heap[0].dueMs <= monoMs) {
        const { dueMs, fn } = pop();
        if (!fn) continue;
        nowMs = dueMs;
        run += 1;
        fn();
        await everythingReady();
      }
      nowMs = monoMs;
    },
    timersRun: () => run,
  };
}
