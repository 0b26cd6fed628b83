/** Time as a parameter: monotonic time for every interval, wall time only for the event envelope. */
export interface Clock {
  /** Milliseconds since the machine booted (fractional); never steps. */
  monotonicMs(): number;
  /** Milliseconds since 1970 as the machine believes; may step. */
  wallMs(): number;
  /** Calls `fn` once, `ms` from now; the returned function cancels it. */
  after(ms: number, fn: () => void): () => void;
}

/** On Linux `process.hrtime` is CLOCK_MONOTONIC, whose zero is the boot: that makes it the contract's `monoms`. */
export const systemClock: Clock = {
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  wallMs: () => Date.now(),
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms);
    return () => clearTimeout(timer);
  },
};
