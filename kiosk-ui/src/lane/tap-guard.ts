/**
 * One tap, one action: with thick gloves a tap bounces, and what opens under the finger must not take a tap that was
 * meant for something else. After a tap, and after a question has appeared by itself, nothing is taken for 300 ms, on
 * the whole lane.
 */
const guardMs = 300;

export interface TapGuard {
  tap(run: () => void): void;
  /** What is on the screen has just become something else. */
  hold(): void;
}

export function createTapGuard(nowMs: () => number): TapGuard {
  let openAgainAtMs = Number.NEGATIVE_INFINITY;
  const hold = () => {
    openAgainAtMs = nowMs() + guardMs;
  };
  return {
    hold,
    tap: (run) => {
      if (nowMs() < openAgainAtMs) return;
      hold();
      run();
    },
  };
}
