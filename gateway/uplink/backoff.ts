/**
 * Reconnecting with full jitter (Brooker, "Exponential Backoff and Jitter"), the first try included: after a power cut
 * 6,398 huts come back in the same second.
 */
export interface BackoffLimits {
  readonly backoffFirstMs: number;
  readonly backoffMaxMs: number;
}

/** Milliseconds to wait before the next try. `spreadMs` is the least range to spread over, as the pace message asks. */
export function backoffMs(failures: number, random: number, limits: BackoffLimits, spreadMs = 0): number {
  const grown = limits.backoffFirstMs * 2 ** Math.min(failures, 30);
  return random * Math.max(Math.min(grown, limits.backoffMaxMs), spreadMs);
}
