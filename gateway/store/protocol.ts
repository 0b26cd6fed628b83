/** What the store's client and its worker thread say to each other. */
import type { StreamName } from '../contract/streams.ts';
import type { AppendCall, AppendOutcome } from './database.ts';
import type { FileStatus } from './status.ts';
import type { Batch, BatchLimits, EventDraft, StoreCondition } from './store.ts';
import type { LastSeqs } from './witness.ts';

export type Request =
  | { readonly op: 'append'; readonly calls: readonly AppendCall[] }
  | { readonly op: 'state'; readonly prefix: string }
  | {
      readonly op: 'batches';
      readonly stream: StreamName;
      readonly afterSeq: number;
      readonly limits: BatchLimits;
      readonly upToSeq: number | undefined;
      /** Where payloads go as far as there is room. */
      readonly into: SharedArrayBuffer | undefined;
    }
  | {
      readonly op: 'quarantine';
      readonly stream: StreamName;
      readonly seq: number;
      readonly reason: string;
      readonly audit: EventDraft;
    }
  | { readonly op: 'status' }
  | { readonly op: 'close' };

/** Requests without an answer. */
export type Notice =
  | { readonly op: 'confirm'; readonly stream: StreamName; readonly upTo: number }
  | { readonly op: 'sent'; readonly stream: StreamName; readonly sentUpTo: number }
  | { readonly op: 'retain'; readonly wallMs: number };

export type ToWorker = { readonly id: number; readonly request: Request } | { readonly notice: Notice };

export interface Opened {
  readonly epoch: string;
  readonly last: LastSeqs;
}

export interface Answers {
  append: { readonly outcomes: readonly AppendOutcome[]; readonly last: LastSeqs };
  state: ReadonlyMap<string, string>;
  batches: readonly Batch[];
  quarantine: { readonly last: LastSeqs };
  status: FileStatus;
  close: undefined;
}
export type Answer = Answers[keyof Answers];

/** `why` is that of StoreRefused; without it the caller made a mistake. */
export interface Refusal {
  readonly why: 'disk-full' | 'failed' | undefined;
  readonly message: string;
}

export type FromWorker =
  | { readonly opened: Opened }
  | { readonly openFailed: { readonly why: OpenFailure; readonly message: string } }
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly refusal: Refusal }
  | { readonly condition: StoreCondition };

/** in-use: another gateway has it; denied: no rights, or a read-only disk; disk-full; newer: written by a newer hutgate; failed: the rest. */
export type OpenFailure = 'in-use' | 'denied' | 'disk-full' | 'newer' | 'failed';
