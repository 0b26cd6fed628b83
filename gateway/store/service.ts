/**
 * The open store as its worker thread serves it: the database, the reserve, and the one condition that says whether
 * events are taken. Synchronous; knows nothing of threads.
 */
import type { StoreDatabase } from './database.ts';
import type { Answer, Notice, Refusal, Request } from './protocol.ts';
import type { Reserve } from './reserve.ts';
import type { StoreCondition } from './store.ts';

export interface ServiceOptions {
  readonly database: StoreDatabase;
  readonly reserve: Reserve;
  readonly monotonicMs: () => number;
  readonly onCondition: (condition: StoreCondition) => void;
  /** Called when the file turns out to be damaged: the next start then looks at all of it. */
  readonly suspect: () => void;
}

export interface Service {
  answer(request: Request): { readonly answer: Answer } | { readonly refusal: Refusal };
  notice(notice: Notice): void;
  /** Writes what notices left behind. */
  flush(): void;
  /** One step of the housekeeping that is due; true when there is more. */
  tidy(): boolean;
  /** While the disk is full: looks whether there is room again. */
  retry(): void;
  condition(): StoreCondition;
}

/** With less than this free, an I/O error counts as a full disk. */
const diskFullBelowBytes = 1024 * 1024;

export function createService({ database, reserve, monotonicMs, onCondition, suspect }: ServiceOptions): Service {
  let condition: StoreCondition = { state: 'ok' };
  let retainWallMs: number | undefined;

  function become(next: StoreCondition): void {
    const changed = next.state !== condition.state;
    condition = next;
    if (changed) onCondition(next);
  }

  /** What an error means for the caller, and for the store from now on. Errors that are not SQLite's are bugs of the caller. */
  function refuse(error: unknown): Refusal {
    const message = error instanceof Error ? error.message : String(error);
    const code = codeOf(error);
    if (code === undefined) return { why: undefined, message };
    if (code.startsWith('SQLITE_BUSY')) return { why: 'failed', message: 'another program holds the store file' };
    if (code === 'SQLITE_FULL' || (code.startsWith('SQLITE_IOERR') && reserve.diskFreeBytes() < diskFullBelowBytes)) {
      reserve.release();
      become({ state: 'disk-full', detail: `the disk of the store is full (${code})` });
      return { why: 'disk-full', message: 'the disk of the store is full' };
    }
    if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') suspect();
    become({ state: 'failed', detail: `the store file cannot be used (${code}): ${message}` });
    return { why: 'failed', message: `the store file cannot be used (${code})` };
  }

  function run(request: Request): Answer {
    switch (request.op) {
      case 'append':
        return { outcomes: database.append(request.calls), last: database.last() };
      case 'state':
        return database.state(request.prefix);
      case 'batches':
        return database.batches(request.stream, request.afterSeq, request.limits, request.upToSeq, request.into);
      case 'quarantine':
        database.quarantine(request.stream, request.seq, request.reason, request.audit);
        return { last: database.last() };
      case 'status':
        return database.status();
      case 'close':
        return database.close() as undefined;
    }
  }

  /** For work nobody waits for: the error shows in the condition. */
  function quietly(work: () => void): void {
    if (condition.state === 'failed') return;
    try {
      work();
    } catch (error) {
      if (refuse(error).why === undefined) throw error;
    }
  }

  return {
    condition: () => condition,
    answer(request) {
      const refused = condition.state === 'failed' || (condition.state === 'disk-full' && request.op === 'append');
      if (refused && request.op !== 'close') {
        const why = condition.state as 'failed' | 'disk-full';
        return { refusal: { why, message: 'detail' in condition ? condition.detail : why } };
      }
      try {
        return { answer: run(request) };
      } catch (error) {
        return { refusal: refuse(error) };
      }
    },
    notice(notice) {
      if (notice.op === 'retain') retainWallMs = notice.wallMs;
      else if (notice.op === 'confirm') database.confirm(notice.stream, notice.upTo);
      else database.sent(notice.stream, notice.sentUpTo);
    },
    flush: () => quietly(database.flush),
    tidy() {
      let more = false;
      quietly(() => {
        database.checkpoint();
        if (retainWallMs !== undefined) more = database.retain({ wallMs: retainWallMs, monoMs: monotonicMs() });
      });
      if (!more) retainWallMs = undefined;
      return more;
    },
    retry() {
      if (condition.state !== 'disk-full' || !reserve.hold()) return;
      quietly(() => {
        database.probe();
        become({ state: 'ok' });
      });
    },
  };
}

const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined;
};
