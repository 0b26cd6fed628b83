/** The machine's clock with a hand on it: time can be made to pass at once, and the wall clock set, as a user or NTP would. */
import { type Clock, systemClock } from '../../device-drivers/clock.ts';

export interface PassingClock extends Clock {
  /** So much later, at once: what falls due on the way is run, in the order of its time. */
  pass(ms: number): void;
  /** The wall clock alone; `ms` since 1970. */
  setWall(ms: number): void;
}

interface Timer {
  readonly dueMs: number;
  readonly fn: () => void;
  cancel: () => void;
}

/** `wallMs`: what the wall clock says at first; the machine's own time unless given. */
export function passingClock(wallMs?: number): PassingClock {
  let passedMs = 0;
  let wallOffsetMs = wallMs === undefined ? 0 : wallMs - systemClock.wallMs();
  const timers = new Set<Timer>();
  const nowMs = () => systemClock.monotonicMs() + passedMs;
  const arm = (timer: Timer) => {
    timer.cancel = systemClock.after(Math.max(0, timer.dueMs - nowMs()), () => {
      timers.delete(timer);
      timer.fn();
    });
  };
  return {
    monotonicMs: nowMs,
    wallMs: () => systemClock.wallMs() + passedMs + wallOffsetMs,
    after(ms, fn) {
      const timer: Timer = { dueMs: nowMs() + ms, fn, cancel: () => {} };
      timers.add(timer);
      arm(timer);
      return () => {
        timers.delete(timer);
        timer.cancel();
      };
    },
    pass(ms) {
      passedMs += ms;
      for (const timer of [...timers].sort((a, b) => a.dueMs - b.dueMs)) {
        timer.cancel();
        arm(timer);
      }
    },
    setWall(ms) {
      wallOffsetMs += ms - (systemClock.wallMs() + passedMs + wallOffsetMs);
    },
  };
}
