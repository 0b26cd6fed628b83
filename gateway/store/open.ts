/**
 * Opens the store: starts its worker thread and gives the client that the rest of the gateway calls. One group of
 * appends is under way at a time; calls that come meanwhile wait here and share the next commit.
 */
import { Worker } from 'node:worker_threads';
import type { StreamName } from '../contract/streams.ts';
import type { AppendCall } from './database.ts';
import type { Answers, FromWorker, Notice, Opened, OpenFailure, Refusal, Request, ToWorker } from './protocol.ts';
import type { Stamp, WorkerSettings } from './settings.ts';
import { createSlabs } from './slabs.ts';
import { type Batch, type Committed, type Store, type StoreCondition, StoreRefused } from './store.ts';
import type { LastSeqs } from './witness.ts';

export interface OpenStoreOptions {
  /** Made when it is missing; belongs to one gateway alone. */
  readonly dir: string;
  readonly gateway: string;
  readonly region: string;
  /** UUID of this boot of the machine (`/proc/sys/kernel/random/boot_id`). */
  readonly bootId: string;
  /** This moment, as drafts carry it: `monoMs` on CLOCK_MONOTONIC. */
  readonly stamp: () => Stamp;
  /** How long confirmed events are kept for `need`; 72 h. */
  readonly keepConfirmedMs?: number;
  /** How long their sealed parts are kept; 24 h. */
  readonly keepSealedMs?: number;
}

/** The store could not be opened; `message` says what to do about it. */
export class StoreNotOpened extends Error {
  override readonly name = 'StoreNotOpened';
  readonly why: OpenFailure;
  constructor(why: OpenFailure, message: string) {
    super(message);
    this.why = why;
  }
}

const hourMs = 3_600_000;
const tellConfirmedWithinMs = 20;
const retainEveryMs = 60_000;
/** What one commit takes: bounds how long a late-comer waits, and the memory of a message. One call is never split. */
const draftsPerCommitMax = 1_000;
const charactersPerCommitMax = 2 * 1024 * 1024;

interface Waiting {
  readonly call: AppendCall;
  resolve(committed: readonly Committed[]): void;
  reject(error: Error): void;
}

/** Rejects with StoreNotOpened. */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const settings: WorkerSettings = {
    dir: options.dir,
    origin: { region: options.region, gateway: options.gateway, bootId: options.bootId },
    keep: { confirmedForMs: options.keepConfirmedMs ?? 72 * hourMs, sealedForMs: options.keepSealedMs ?? 24 * hourMs },
    openedAt: options.stamp(),
  };
  const worker = new Worker(workerUrl(), {
    workerData: settings,
    name: 'store',
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 },
  });
  return attach(worker, options.stamp);
}

/** The store over a worker thread that has just been started. Rejects with StoreNotOpened. */
export async function attach(worker: Worker, stamp: () => Stamp): Promise<Store> {
  return client(worker, await opened(worker), stamp);
}

/** Run from source (tests), the thread is the compiled one: Node 20 cannot load TypeScript. */
export const workerUrl = () =>
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/gateway/store/worker.js' : './worker.js', import.meta.url);

function opened(worker: Worker): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(new StoreNotOpened('failed', `the store's thread died: ${error.message}`));
    worker.once('error', failed);
    worker.once('message', (message: FromWorker) => {
      worker.off('error', failed);
      if ('opened' in message) resolve(message.opened);
      else if ('openFailed' in message) reject(new StoreNotOpened(message.openFailed.why, message.openFailed.message));
    });
  });
}

function client(worker: Worker, { epoch, last }: Opened, stamp: () => Stamp): Store {
  let condition: StoreCondition = { state: 'ok' };
  let closing: Promise<void> | undefined;
  let closed = false;
  let committing = false;
  let lastId = 0;
  const answers = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  const waiting: Waiting[] = [];
  const committedListeners = new Set<Parameters<Store['onCommitted']>[0]>();
  const conditionListeners = new Set<Parameters<Store['onCondition']>[0]>();

  const slabs = createSlabs();
  const lastSeq = new Map(Object.entries(last) as [StreamName, number][]);
  /** Confirmations that the thread has not been told yet: one message for many. */
  const confirmed = new Map<StreamName, number>();

  const post = (message: ToWorker) => {
    tellConfirmed();
    worker.postMessage(message);
  };
  function tellConfirmed(): void {
    for (const [stream, upTo] of confirmed) worker.postMessage({ notice: { op: 'confirm', stream, upTo } });
    confirmed.clear();
  }
  const notify = (notice: Notice) => {
    if (!closed) post({ notice });
  };
  function committedUpTo(seqs: LastSeqs): void {
    for (const [stream, seq] of Object.entries(seqs) as [StreamName, number][]) lastSeq.set(stream, seq);
    for (const listener of committedListeners) listener(seqs);
  }
  function ask<R extends Request>(request: R): Promise<Answers[R['op']]> {
    if (closed) return Promise.reject(new StoreRefused('closed', 'the store is closed'));
    if (condition.state === 'failed') return Promise.reject(new StoreRefused('failed', condition.detail));
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      answers.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      post({ id, request });
    });
  }

  function become(next: StoreCondition): void {
    condition = next;
    for (const listener of conditionListeners) listener(next);
  }

  /** The thread is gone: whatever had not been answered may or may not be in the file, and nobody is told it is. */
  function died(detail: string): void {
    clearInterval(retaining);
    if (condition.state !== 'failed') become({ state: 'failed', detail });
    const error = new StoreRefused('failed', detail);
    for (const { reject } of answers.values()) reject(error);
    answers.clear();
    for (const { reject } of waiting.splice(0)) reject(error);
  }
  worker.on('error', (error) => died(`the store's thread died: ${error.message}`));
  worker.on('exit', (code) => {
    if (closing === undefined) died(`the store's thread ended with ${code}`);
  });
  worker.on('message', (message: FromWorker) => {
    if ('condition' in message) return become(message.condition);
    if (!('id' in message)) return;
    const asked = answers.get(message.id);
    answers.delete(message.id);
    if ('answer' in message) asked?.resolve(message.answer);
    else asked?.reject(errorOf(message.refusal));
  });

  const retaining = setInterval(() => {
    const { time, clockQuality } = stamp();
    if (clockQuality !== 'unsynced') notify({ op: 'retain', wallMs: Date.parse(time) });
  }, retainEveryMs);
  retaining.unref();

  function takeGroup(): Waiting[] {
    let drafts = 0;
    let characters = 0;
    const end = waiting.findIndex(({ call }, index) => {
      drafts += call.drafts.length;
      for (const { data, pii } of call.drafts) characters += data.length + (pii?.length ?? 0);
      return index > 0 && (drafts > draftsPerCommitMax || characters > charactersPerCommitMax);
    });
    return waiting.splice(0, end === -1 ? waiting.length : end);
  }

  async function commitNext(): Promise<void> {
    if (committing || waiting.length === 0) return;
    committing = true;
    const group = takeGroup();
    try {
      const { outcomes, last } = await ask({ op: 'append', calls: group.map(({ call }) => call) });
      for (const [index, outcome] of outcomes.entries()) {
        if ('committed' in outcome) group[index]!.resolve(outcome.committed);
        else group[index]!.reject(draftError(outcome.problem));
      }
      committedUpTo(last);
    } catch (error) {
      for (const { reject } of group) reject(error as Error);
    } finally {
      committing = false;
      void commitNext();
    }
  }

  async function close(): Promise<void> {
    clearInterval(retaining);
    while (committing || waiting.length > 0) await new Promise((resolve) => setImmediate(resolve));
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    if (condition.state === 'failed') await worker.terminate();
    else {
      const answered = ask({ op: 'close' });
      closed = true;
      await answered;
      await exited;
    }
  }

  return {
    epoch,
    append(drafts, moves = []) {
      if (closing !== undefined) return Promise.reject(new StoreRefused('closed', 'the store is closed'));
      return new Promise((resolve, reject) => {
        waiting.push({ call: { drafts, moves }, resolve, reject });
        void commitNext();
      });
    },
    state: (prefix) => ask({ op: 'state', prefix }),
    async batches(stream, afterSeq, limits, upToSeq) {
      const into = slabs.take();
      let made: readonly Batch[] = [];
      try {
        made = await ask({ op: 'batches', stream, afterSeq, limits, upToSeq, into });
      } finally {
        made = slabs.handOut(into, made);
      }
      return made;
    },
    giveBack: slabs.giveBack,
    confirm(stream, upTo) {
      if (confirmed.size === 0) setTimeout(() => !closed && tellConfirmed(), tellConfirmedWithinMs);
      confirmed.set(stream, Math.max(upTo, confirmed.get(stream) ?? 0));
      return upTo <= lastSeq.get(stream)!;
    },
    sent: (stream, sentUpTo) => notify({ op: 'sent', stream, sentUpTo }),
    async quarantine(stream, seq, reason, audit) {
      const { last } = await ask({ op: 'quarantine', stream, seq, reason, audit });
      committedUpTo(last);
    },
    async status() {
      return { ...(await ask({ op: 'status' })), condition };
    },
    onCommitted(listener) {
      committedListeners.add(listener);
      return () => committedListeners.delete(listener);
    },
    onCondition(listener) {
      conditionListeners.add(listener);
      return () => conditionListeners.delete(listener);
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

const errorOf = ({ why, message }: Refusal) =>
  why === undefined ? new Error(message) : new StoreRefused(why, message);
const draftError = ({ why, message }: { why: 'too-large' | 'malformed'; message: string }) =>
  why === 'too-large' ? new StoreRefused(why, message) : new TypeError(message);
