/**
 * What the rest of the gateway knows of the store. Everything here is asynchronous: the SQLite file lives in a worker
 * thread, so that an SD card's slow fsync never stops a scanner being read.
 */
import type { ClockQuality, StreamName } from '../contract/streams.ts';

/** An event before it has a number. `data` is the JSON text of an object and holds no personal data. */
export interface EventDraft {
  readonly stream: StreamName;
  /** Short name, such as `reading.scanned`; the envelope adds `org.hutgate.` and `.v1`. */
  readonly type: string;
  readonly subject?: string;
  /** RFC 3339 with offset, from the wall clock at capture. */
  readonly time: string;
  /** Milliseconds since boot at capture. */
  readonly monoMs: number;
  readonly clockQuality: ClockQuality;
  readonly data: string;
  /** Compact JWE that becomes `data.pii`; kept apart so that it can be purged earlier than the event. */
  readonly pii?: string;
}

/** A change of the gateway's own state, committed in the same transaction as the events that caused it. `null` deletes. */
export interface StateMove {
  readonly key: string;
  readonly value: string | null;
}

export interface Committed {
  readonly stream: StreamName;
  readonly seq: number;
}

/** A ready MQTT payload: a JSON array of events `first`..`last` of one stream, byte-identical each time it is made of the same range. */
export interface Batch {
  readonly stream: StreamName;
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly payload: Uint8Array;
}

export interface BatchLimits {
  /** Events in one batch, 1 to 50. */
  readonly eventsMax: number;
  /** Bytes in one payload; one event larger than this stands alone. */
  readonly payloadBytesMax: number;
  /** Batches in one answer. */
  readonly batchesMax: number;
}

export interface StreamStatus {
  readonly stream: StreamName;
  readonly lastSeq: number;
  readonly confirmedSeq: number;
  readonly pending: number;
  /** RFC 3339, undefined when nothing is pending. */
  readonly oldestPendingAt?: string;
}

/** ok; disk-full: appends are refused until there is room, nothing that was accepted is lost; failed: the file cannot be written. */
export type StoreCondition =
  | { readonly state: 'ok' }
  | { readonly state: 'disk-full' | 'failed'; readonly detail: string };

export interface StoreStatus {
  readonly epoch: string;
  readonly streams: readonly StreamStatus[];
  readonly quarantined: number;
  readonly fileBytes: number;
  readonly diskFreeBytes: number;
  readonly condition: StoreCondition;
}

export interface Store {
  /** The lineage of this file (UUID): new when it is created or salvaged. */
  readonly epoch: string;
  /**
   * Resolves after the commit is on the disk, with one number per draft, in order. Calls that wait together share one
   * commit; a call that comes alone waits for nobody. Each call is atomic. Rejects with StoreRefused.
   */
  append(drafts: readonly EventDraft[], moves?: readonly StateMove[]): Promise<readonly Committed[]>;
  /** State entries whose key starts with `prefix`. */
  state(prefix: string): Promise<ReadonlyMap<string, string>>;
  /** Batches of the events after `afterSeq`, in order; empty when there are none. Also gives confirmed rows that are still kept (for `need`). */
  batches(stream: StreamName, afterSeq: number, limits: BatchLimits, upToSeq?: number): Promise<readonly Batch[]>;
  /** Nobody reads this payload of a batch any more: its memory is used again. For speed only; a payload may as well be dropped. */
  giveBack(payload: Uint8Array): void;
  /**
   * The uplink may forget everything up to `upTo`. Durable soon, not at once: after a crash a few events are sent again.
   * Never goes back. False when there is no such event: then only those that there are count.
   */
  confirm(stream: StreamName, upTo: number): boolean;
  /** Called on each disconnect, and when sending is held for long (central offline): what was never sent may be marked `historical` when it is sent later. `sentUpTo` is the highest seq handed to the broker. */
  sent(stream: StreamName, sentUpTo: number): void;
  /** Moves one event to the dead letters and appends the audit draft in the same transaction. */
  quarantine(stream: StreamName, seq: number, reason: string, audit: EventDraft): Promise<void>;
  /** Cheap: no scan of the table. */
  status(): Promise<StoreStatus>;
  /** Called after each commit, with the last sequence number of each stream. */
  onCommitted(listener: (last: Readonly<Record<StreamName, number>>) => void): () => void;
  /** Called when the condition changes. */
  onCondition(listener: (condition: StoreCondition) => void): () => void;
  close(): Promise<void>;
}

/** Nothing of the call was written. `why` is for the screen and the log. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused';
  readonly why: 'disk-full' | 'failed' | 'closed' | 'too-large';
  constructor(why: StoreRefused['why'], message: string) {
    super(message);
    this.why = why;
  }
}
