/**
 * A store in memory, for tests of what stands on the store: same contract, no disk. `test/gateway/uplink/real-store.test.ts`
 * runs the uplink on the real one.
 */
import { randomUUID } from 'node:crypto';
import { type StreamName, streams } from '../../gateway/contract/streams.ts';
import { bodyComposer, eventJson, sealedMember } from '../../gateway/store/envelope.ts';
import type { Batch, EventDraft, Store } from '../../gateway/store/store.ts';

export interface MemoryStore extends Store {
  readonly quarantined: readonly { stream: StreamName; seq: number; reason: string }[];
  /** What the uplink reported as handed over at each disconnect. */
  readonly sentUpTo: ReadonlyMap<StreamName, number>;
  readonly confirmedUpTo: ReadonlyMap<StreamName, number>;
  readonly lastSeq: ReadonlyMap<StreamName, number>;
}

export interface MemoryStoreOptions {
  readonly gateway: string;
  readonly region: string;
  readonly bootId?: string;
}

export function memoryStore({ gateway, region, bootId = randomUUID() }: MemoryStoreOptions): MemoryStore {
  const epoch = randomUUID();
  const rows = new Map<StreamName, (string | undefined)[]>(streams.map((stream) => [stream, []]));
  const confirmed = new Map<StreamName, number>(streams.map((stream) => [stream, 0]));
  const sent = new Map<StreamName, number>();
  const state = new Map<string, string>();
  const listeners = new Set<Parameters<Store['onCommitted']>[0]>();
  const quarantined: { stream: StreamName; seq: number; reason: string }[] = [];

  const last = () =>
    Object.fromEntries([...rows].map(([stream, { length }]) => [stream, length])) as Record<StreamName, number>;
  const add = (draft: EventDraft) => {
    const { stream, pii } = draft;
    const events = rows.get(stream)!;
    const seq = events.length + 1;
    const body = bodyComposer(gateway, epoch, stream)(seq, draft);
    const member = pii === undefined ? null : sealedMember(body, pii);
    events.push(eventJson({ body, member }, stream, epoch, { gateway, region, bootId }, false));
    return { stream, seq };
  };
  const tell = () => {
    for (const listener of listeners) listener(last());
  };

  return {
    epoch,
    quarantined,
    sentUpTo: sent,
    confirmedUpTo: confirmed,
    get lastSeq() {
      return new Map(Object.entries(last())) as Map<StreamName, number>;
    },
    async append(drafts, moves = []) {
      const committed = drafts.map(add);
      for (const { key, value } of moves) value === null ? state.delete(key) : state.set(key, value);
      tell();
      return committed;
    },
    state: async (prefix) => new Map([...state].filter(([key]) => key.startsWith(prefix))),
    async batches(stream, afterSeq, { eventsMax, payloadBytesMax, batchesMax }, upToSeq = Infinity) {
      const events = rows.get(stream)!;
      const batches: Batch[] = [];
      let texts: string[] = [];
      let first = 0;
      let bytes = 0;
      const finish = (end: number) => {
        if (texts.length > 0)
          batches.push({ stream, first, last: end, count: texts.length, payload: Buffer.from(`[${texts.join(',')}]`) });
        texts = [];
      };
      let at = afterSeq;
      for (; at < Math.min(events.length, upToSeq) && batches.length < batchesMax; at += 1) {
        const text = events[at];
        if (text === undefined) {
          finish(at);
          continue;
        }
        const size = Buffer.byteLength(text) + 1;
        if (texts.length === eventsMax || (texts.length > 0 && bytes + size > payloadBytesMax)) finish(at);
        if (batches.length === batchesMax) break;
        if (texts.length === 0) [first, bytes] = [at + 1, 1];
        texts.push(text);
        bytes += size;
      }
      if (batches.length < batchesMax) finish(at);
      return batches;
    },
    giveBack() {},
    confirm(stream, upTo) {
      if (upTo > confirmed.get(stream)!) confirmed.set(stream, upTo);
      return upTo <= rows.get(stream)!.length;
    },
    sent(stream, sentUpTo) {
      sent.set(stream, sentUpTo);
    },
    async quarantine(stream, seq, reason, audit) {
      rows.get(stream)![seq - 1] = undefined;
      quarantined.push({ stream, seq, reason });
      add(audit);
      tell();
    },
    status: async () => ({
      epoch,
      streams: streams.map((stream) => ({
        stream,
        lastSeq: rows.get(stream)!.length,
        confirmedSeq: confirmed.get(stream)!,
        pending: rows.get(stream)!.length - confirmed.get(stream)!,
      })),
      quarantined: quarantined.length,
      fileBytes: 0,
      diskFreeBytes: 1e9,
      condition: { state: 'ok' },
    }),
    onCommitted(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onCondition: () => () => {},
    close: async () => {},
  };
}
