/** `drainEventsPerSecond` of the pace message. A batch is sent whole when there is any token left; the debt delays the next. */
export interface TokenBucket {
  /** undefined: as fast as it goes. */
  setRate(perSecond: number | undefined): void;
  /** 0 when one more batch may be sent now, else how long to wait. */
  waitMs(nowMs: number): number;
  take(events: number, nowMs: number): void;
}

/** At most this much is saved up while there was nothing to send. */
const burstMs = 100;

export function createTokenBucket(): TokenBucket {
  let perMs = Infinity;
  let tokens = 0;
  let atMs = 0;
  const refill = (nowMs: number) => {
    tokens = Math.min(tokens + (nowMs - atMs) * perMs, burstMs * perMs);
    atMs = nowMs;
  };
  return {
    setRate(perSecond) {
      perMs = perSecond === undefined ? Infinity : perSecond / 1_000;
      tokens = 0;
    },
    waitMs(nowMs) {
      if (perMs === Infinity) return 0;
      refill(nowMs);
      // Strictly positive would let a rate below one event per burst never start.
      return tokens >= 0 ? 0 : Math.ceil(-tokens / perMs);
    },
    take(events, nowMs) {
      if (perMs === Infinity) return;
      refill(nowMs);
      tokens -= events;
    },
  };
}
