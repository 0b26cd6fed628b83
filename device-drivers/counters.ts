/** What one device has sent and suffered since the gateway started; kept over its reconnections. */
import type { FaultCode } from './faults.ts';
import type { DiscardReason } from './framing.ts';

export interface DeviceCounters {
  readonly bytes: number;
  readonly frames: number;
  readonly readings: number;
  /** The same code or card again within the driver's window. */
  readonly repeats: number;
  /** Frames that nobody received: replies to requests that were given up. */
  readonly framesDropped: number;
  readonly discardedBytes: ReadonlyMap<DiscardReason, number>;
  readonly faults: ReadonlyMap<FaultCode, number>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends ReadonlyMap<infer A, infer B> ? Map<A, B> : T[K] };
/** The counters as the session writes them. */
export type Tally = Mutable<DeviceCounters>;

export const newTally = (): Tally => ({
  ...{ bytes: 0, frames: 0, readings: 0, repeats: 0, framesDropped: 0 },
  ...{ discardedBytes: new Map(), faults: new Map() },
});

export function countUp<K>(map: Map<K, number>, key: K, by = 1): void {
  map.set(key, (map.get(key) ?? 0) + by);
}
