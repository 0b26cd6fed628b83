/** What the worker thread is told when it starts. */
import type { ClockQuality } from '../contract/streams.ts';
import type { Origin } from './envelope.ts';
import type { KeepPolicy } from './retention.ts';

/** A moment as an event carries it. */
export interface Stamp {
  /** RFC 3339 with offset. */
  readonly time: string;
  readonly monoMs: number;
  readonly clockQuality: ClockQuality;
}

export interface WorkerSettings {
  readonly dir: string;
  readonly origin: Origin;
  readonly keep: KeepPolicy;
  readonly openedAt: Stamp;
}
