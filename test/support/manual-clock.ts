/** A clock that moves only when told to: tests of anything that waits run without waiting. */
import type { Clock } from '../../device-drivers/clock.ts';

export interface ManualClock extends Clock {
  /** Moves on by `ms`, running what falls due on the way, in order of its time. */
  advance(ms: number): void;
  /** Monotonic time of the next timer; undefined when none is set. */
  nextDueMs(): number | undefined;
}

/** `wallStartMs` may be 0: a machine without a battery starts in 1970. */
export function manualClock(wallStartMs = Date.UTC(2022, 10, 7)): ManualClock {
  let nowMs = 0;
  const timers = new Set<{ dueMs: number; fn: () => void }>();
  const next = () => [...timers].reduce((a, b) => (b.dueMs < a.dueMs ? b : a), { dueMs: Infinity, fn: () => {} });
  return {
    monotonicMs: () => nowMs,
    wallMs: () => wallStartMs + nowMs,
    after(ms, fn) {
      const timer = { dueMs: nowMs + ms, fn };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    nextDueMs: () => (timers.size === 0 ? undefined : next().dueMs),
    advance(ms) {
      const endMs = nowMs + ms;
      for (let timer = next(); timer.dueMs <= endMs; timer = next()) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.dueMs);
        timer.fn();
      }
      nowMs = endMs;
    },
  };
}
