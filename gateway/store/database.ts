/**
 * The synchronous core of the store: all that happens to an open file, on one connection, without threads or timers.
 * WAL with `synchronous=FULL`: a commit is on the disk when it returns (https://sqlite.org/pragma.html#pragma_synchronous).
 */
import type { Database } from 'better-sqlite3';
import { type StreamName, streams } from '../contract/streams.ts';
import { cut, payloadBytes, uniformParts } from './batch.ts';
import { addRowCrc, eventCrc, sealedCrc } from './checksum.ts';
import { type DraftProblem, problemOf } from './draft.ts';
import { bodyComposer, type Origin, sealedMember } from './envelope.ts';
import { decide, flagOf, forget, type Ledger, liveForMs, type Run, reopen } from './historical.ts';
import { addOrigin } from './origin.ts';
import { Damaged, type OutgoingEvent, payloadReader } from './payload.ts';
import { type KeepPolicy, type RetainNow, retention } from './retention.ts';
import { migrate } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { type FileStatus, statusReader } from './status.ts';
import type { Batch, BatchLimits, Committed, EventDraft, StateMove } from './store.ts';
import { type LastSeqs, witnessOf } from './witness.ts';

/** Points at which a test may kill the process. */
export type Step =
  | 'append:begun'
  | 'append:inserted'
  | 'append:moved'
  | 'append:headed'
  | 'append:committed'
  | 'flush:begun'
  | 'flush:headed'
  | 'flush:committed'
  | 'decide:begun'
  | 'decide:written'
  | 'decide:committed'
  | 'quarantine:begun'
  | 'quarantine:moved'
  | 'quarantine:committed';

export interface DatabaseOptions {
  readonly file: string;
  readonly origin: Origin;
  readonly monotonicMs: () => number;
  readonly keep: KeepPolicy;
  readonly step?: (step: Step) => void;
}

export interface AppendCall {
  readonly drafts: readonly EventDraft[];
  readonly moves: readonly StateMove[];
}
export type AppendOutcome = { readonly committed: readonly Committed[] } | { readonly problem: DraftProblem };

/** SQLite errors (SQLITE_FULL, SQLITE_IOERR…, SQLITE_CORRUPT) come out as they are; then nothing of the call was written. */
export interface StoreDatabase {
  readonly epoch: string;
  /** All calls in one commit; a call with a bad draft is left out and told so. */
  append(calls: readonly AppendCall[]): readonly AppendOutcome[];
  state(prefix: string): ReadonlyMap<string, string>;
  /** Payloads are put into `into` one after the other; what does not fit is left for the next call, but for the first batch. */
  batches(
    stream: StreamName,
    afterSeq: number,
    limits: BatchLimits,
    upToSeq?: number,
    into?: SharedArrayBuffer,
  ): readonly Batch[];
  /** Both only in memory; the next commit, or `flush`, writes them. */
  confirm(stream: StreamName, upTo: number): void;
  sent(stream: StreamName, sentUpTo: number): void;
  /** Writes what `confirm` and `sent` left, without waiting for the disk: losing it costs a resend. */
  flush(): void;
  quarantine(stream: StreamName, seq: number, reason: string, audit: EventDraft): void;
  /** One small step; true when there is more to do. */
  retain(now: RetainNow): boolean;
  /** Moves the write-ahead log into the file when it has grown. */
  checkpoint(): void;
  /** Proves by a real write that there is room again. */
  probe(): void;
  last(): LastSeqs;
  status(): FileStatus;
  close(): void;
}

/** Written to the log before it is moved into the file. A commit writes at least four pages. */
const checkpointEveryBytes = 4 * 1024 * 1024;
const commitBytes = 4 * 4096;
const retainStepBytes = 50 * 4096;
/** Bounds the list of what comes next. */
const batchesPerRead = 16;

interface Head {
  last: number;
  confirmed: number;
  ledger: Ledger;
  /** Decisions are being made: durable as `decided_seq` NULL. */
  deciding: boolean;
}
interface HeadRow {
  last_seq: number;
  confirmed_seq: number;
  decided_seq: number | null;
}

export function openDatabase(options: DatabaseOptions): StoreDatabase {
  const db = openSqlite(options.file, { timeout: 2_000 });
  try {
    return openOn(db, options);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Settings of every connection that writes. */
export function configure(db: Database): void {
  addRowCrc(db);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('cache_size = -4000');
  db.pragma('temp_store = MEMORY');
  db.pragma('journal_size_limit = 16777216');
  // Checkpoints come after the answer, not inside a commit; this one is only the net below.
  db.pragma('wal_autocheckpoint = 8000');
  // What is purged is overwritten, where that costs no extra page.
  db.pragma('secure_delete = FAST');
}

function openOn(db: Database, { file, origin, monotonicMs, keep, step = () => {} }: DatabaseOptions): StoreDatabase {
  configure(db);
  migrate(db);
  const epoch = db.prepare("SELECT value FROM meta WHERE key = 'epoch'").pluck().get() as string | undefined;
  if (epoch === undefined) throw new Error('the store has no epoch: it was not made by hutgate');

  const atomically = db.transaction((work: () => void) => work()).immediate;
  /** Without waiting for the disk. A later commit that waits makes this one durable too. */
  const lazily = (work: () => void) => {
    db.pragma('synchronous = NORMAL');
    try {
      atomically(work);
    } finally {
      db.pragma('synchronous = FULL');
    }
  };

  let originNo = 0;
  atomically(() => {
    originNo = addOrigin(db, origin);
  });
  const origins = new Map<number, Origin>(
    (db.prepare('SELECT no, region, gateway, boot_id AS bootId FROM origin').all() as (Origin & { no: number })[]).map(
      (row) => [row.no, row],
    ),
  );

  const tables = new Map(
    streams.map((stream) => [
      stream,
      {
        ...statementsOf(db, stream),
        bodyOf: bodyComposer(origin.gateway, epoch, stream),
        reader: payloadReader(db, stream, epoch, origins),
      },
    ]),
  );
  const readHead = db.prepare('SELECT last_seq, confirmed_seq, decided_seq FROM stream WHERE name = ?');
  const writeHead =
    db.prepare(`UPDATE stream SET last_seq = :last_seq, confirmed_seq = :confirmed_seq, decided_seq = :decided_seq,
       crc = row_crc(:name, :last_seq, :confirmed_seq, :decided_seq) WHERE name = :name`);
  const readRuns = db.prepare('SELECT from_seq, historical FROM historical_run WHERE stream = ? ORDER BY from_seq');
  const dropRuns = db.prepare('DELETE FROM historical_run WHERE stream = ? AND from_seq > ?');
  const addRun = db.prepare('INSERT INTO historical_run VALUES (?, ?, ?)');
  const putState = db.prepare('INSERT OR REPLACE INTO state VALUES (:key, :value, row_crc(:key, :value))');
  const dropState = db.prepare('DELETE FROM state WHERE key = ?');
  const readState = db.prepare(
    'SELECT key, value, crc = row_crc(key, value) AS intact FROM state WHERE key >= ? AND key < ? ORDER BY key',
  );
  const putDead = db.prepare('INSERT INTO dead_letter VALUES (?, ?, ?, ?, ?, ?)');
  const putMeta = db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?, 0)');
  const dropMeta = db.prepare('DELETE FROM meta WHERE key = ?');

  const heads = new Map<StreamName, Head>(streams.map((stream) => [stream, headOf(stream)]));
  const written = new Map<StreamName, HeadRow>(streams.map((stream) => [stream, readHead.get(stream) as HeadRow]));
  const status = statusReader(db, file);
  const witness = witnessOf(file);
  const retain = retention(db, lazily, keep, origin.bootId);
  let logBytes = 0;

  const lastSeqs = () =>
    Object.fromEntries([...heads].map(([stream, head]) => [stream, head.last])) as Record<StreamName, number>;

  function headOf(stream: StreamName): Head {
    const row = readHead.get(stream) as HeadRow;
    const decided = row.decided_seq ?? row.last_seq;
    const runs: Run[] = (readRuns.all(stream) as { from_seq: number; historical: number }[])
      .map((run) => ({ from: run.from_seq, historical: run.historical === 1 }))
      .filter((run) => run.from <= decided);
    return {
      last: row.last_seq,
      confirmed: row.confirmed_seq,
      deciding: row.decided_seq === null,
      ledger: { runs, decided, floor: decided },
    };
  }

  /** The heads as they would be written now, only those that differ from the file. */
  function movedHeads(last: ReadonlyMap<StreamName, number> = new Map()): [StreamName, HeadRow][] {
    return [...heads].flatMap(([stream, head]) => {
      const row: HeadRow = {
        last_seq: last.get(stream) ?? head.last,
        confirmed_seq: head.confirmed,
        decided_seq: head.deciding ? null : head.ledger.decided,
      };
      const old = written.get(stream)!;
      const same =
        row.last_seq === old.last_seq && row.confirmed_seq === old.confirmed_seq && row.decided_seq === old.decided_seq;
      return same ? [] : [[stream, row] as [StreamName, HeadRow]];
    });
  }
  function writeHeads(moved: readonly [StreamName, HeadRow][]): void {
    for (const [stream, row] of moved) writeHead.run({ name: stream, ...row });
  }
  function headsWritten(moved: readonly [StreamName, HeadRow][]): void {
    for (const [stream, row] of moved) {
      written.set(stream, row);
      heads.get(stream)!.last = row.last_seq;
    }
    if (moved.length > 0) witness.record(lastSeqs());
  }

  function insert(draft: EventDraft, seq: number): void {
    const { stream, monoMs, pii } = draft;
    const { addEvent, addSealed, bodyOf } = tables.get(stream)!;
    const body = bodyOf(seq, draft);
    const row = { seq, origin: originNo, mono_ms: Math.floor(monoMs), sealed: pii === undefined ? 0 : 1 } as const;
    addEvent.run(seq, row.origin, row.mono_ms, row.sealed, eventCrc(row, body), body);
    if (pii !== undefined) {
      const member = sealedMember(body, pii);
      addSealed.run(seq, member, sealedCrc(stream, seq, member));
    }
    logBytes += body.length + (pii?.length ?? 0) + 40;
  }

  function append(calls: readonly AppendCall[]): readonly AppendOutcome[] {
    const problems = calls.map((call) => call.drafts.map(problemOf).find((problem) => problem !== undefined));
    const last = new Map([...heads].map(([stream, head]) => [stream, head.last]));
    const committed: Committed[][] = [];
    let moved: [StreamName, HeadRow][] = [];
    atomically(() => {
      step('append:begun');
      for (const [index, { drafts, moves }] of calls.entries()) {
        if (problems[index] !== undefined) continue;
        committed[index] = drafts.map((draft) => {
          const seq = last.get(draft.stream)! + 1;
          insert(draft, seq);
          last.set(draft.stream, seq);
          return { stream: draft.stream, seq };
        });
        step('append:inserted');
        for (const { key, value } of moves) value === null ? dropState.run(key) : putState.run({ key, value });
        step('append:moved');
      }
      moved = movedHeads(last);
      writeHeads(moved);
      step('append:headed');
    });
    step('append:committed');
    logBytes += commitBytes;
    headsWritten(moved);
    return calls.map((_, index) => {
      const problem = problems[index];
      return problem === undefined ? { committed: committed[index]! } : { problem };
    });
  }

  /** Whether an event is historical that is handed out now. */
  function flagged({ runs, decided }: Ledger) {
    const now = monotonicMs();
    return (seq: number, originNo: number, monoMs: number) => {
      if (seq <= decided) return flagOf(runs, seq);
      return origins.get(originNo)?.bootId !== origin.bootId || now - monoMs > liveForMs;
    };
  }

  function batches(
    stream: StreamName,
    afterSeq: number,
    limits: BatchLimits,
    upToSeq?: number,
    into?: SharedArrayBuffer,
  ): readonly Batch[] {
    const head = heads.get(stream)!;
    const upTo = Math.min(upToSeq ?? head.last, head.last);
    const { reader } = tables.get(stream)!;
    const isHistorical = flagged(head.ledger);
    const made: Batch[] = [];
    let ledger = head.ledger;
    let after = afterSeq;
    let used = 0;
    function make(events: readonly OutgoingEvent[], payload: Uint8Array): void {
      reader.write(events, payload);
      for (const part of uniformParts(events, ({ opening }) => opening.historical))
        ledger = decide(ledger, part[0]!.seq, part.at(-1)!.seq, part[0]!.opening.historical);
      after = events.at(-1)!.seq;
      made.push({ stream, first: events[0]!.seq, last: after, count: events.length, payload });
    }
    let full = false;
    while (!full && made.length < limits.batchesMax && after < upTo) {
      const eventsMax = limits.eventsMax * Math.min(limits.batchesMax - made.length, batchesPerRead);
      const coming = reader.outgoing(after, upTo, eventsMax, isHistorical);
      if (coming.length === 0) break;
      for (const events of cut(coming, limits, coming.length < eventsMax).slice(0, limits.batchesMax - made.length)) {
        const bytes = payloadBytes(events);
        const fits = into !== undefined && used + bytes <= into.byteLength;
        full = into !== undefined && !fits && made.length > 0;
        if (full) break;
        make(events, fits ? new Uint8Array(into, used, bytes) : new Uint8Array(bytes));
        used += bytes;
      }
    }
    settle(stream, ledger);
    return made;
  }

  /** Makes the decisions durable before anything that rests on them is handed out. */
  function settle(stream: StreamName, ledger: Ledger): void {
    const head = heads.get(stream)!;
    if (ledger.decided === head.ledger.decided) return;
    const fresh = ledger.runs.slice(head.ledger.runs.length);
    if (!head.deciding || fresh.length > 0) {
      const before = { ledger: head.ledger, deciding: head.deciding };
      Object.assign(head, { ledger, deciding: true });
      try {
        const moved = movedHeads();
        atomically(() => {
          step('decide:begun');
          dropRuns.run(stream, before.ledger.decided);
          for (const run of fresh) addRun.run(stream, run.from, run.historical ? 1 : 0);
          writeHeads(moved);
          step('decide:written');
        });
        headsWritten(moved);
        step('decide:committed');
      } catch (error) {
        Object.assign(head, before);
        throw error;
      }
    }
    head.ledger = ledger;
  }

  function flush(): void {
    const moved = movedHeads();
    if (moved.length === 0) return;
    lazily(() => {
      step('flush:begun');
      writeHeads(moved);
      step('flush:headed');
    });
    headsWritten(moved);
    step('flush:committed');
  }

  function quarantine(stream: StreamName, seq: number, reason: string, audit: EventDraft): void {
    const problem = problemOf(audit);
    if (problem !== undefined) throw new Error(problem.message);
    const { reader, dropEvent, dropSealed } = tables.get(stream)!;
    const { runs } = heads.get(stream)!.ledger;
    const event = reader.outgoing(seq - 1, seq, 1, () => flagOf(runs, seq));
    if (event.length === 0) throw new Error(`no event ${stream}/${seq} to quarantine`);
    const payload = Buffer.alloc(payloadBytes(event));
    reader.write(event, payload);
    const json = payload.toString('utf8', 1, payload.length - 1);
    const auditSeq = heads.get(audit.stream)!.last + 1;
    const moved = movedHeads(new Map([[audit.stream, auditSeq]]));
    atomically(() => {
      step('quarantine:begun');
      putDead.run(epoch, stream, seq, reason, audit.time, json);
      dropSealed.run(seq);
      dropEvent.run(seq);
      step('quarantine:moved');
      insert(audit, auditSeq);
      writeHeads(moved);
    });
    headsWritten(moved);
    step('quarantine:committed');
  }

  return {
    epoch,
    append,
    batches,
    flush,
    quarantine,
    state(prefix) {
      const rows = readState.all(prefix, `${prefix}\u{10ffff}`) as { key: string; value: string; intact: 0 | 1 }[];
      if (rows.some((row) => row.intact === 0)) throw new Damaged('a row of the state is not as it was written');
      return new Map(rows.map(({ key, value }) => [key, value]));
    },
    confirm(stream, upTo) {
      const head = heads.get(stream)!;
      head.confirmed = Math.max(head.confirmed, Math.min(upTo, head.last));
    },
    sent(stream, sentUpTo) {
      const head = heads.get(stream)!;
      head.ledger = reopen(head.ledger, Math.max(sentUpTo, head.confirmed));
      head.deciding = false;
    },
    retain(now) {
      flush();
      let more = false;
      logBytes += retainStepBytes;
      for (const [stream, head] of heads) {
        const gone = retain(stream, head.confirmed, now);
        more ||= gone.more;
        head.ledger = { ...head.ledger, runs: forget(head.ledger.runs, gone.eventsUpTo) };
      }
      return more;
    },
    checkpoint() {
      if (logBytes < checkpointEveryBytes) return;
      logBytes = 0;
      db.pragma('wal_checkpoint(PASSIVE)');
    },
    probe() {
      atomically(() => putMeta.run('probe', ' '.repeat(64 * 1024)));
      atomically(() => dropMeta.run('probe'));
    },
    last: lastSeqs,
    status: () => status.read(heads),
    close() {
      // A clean stop knows what was handed out, so decisions end here.
      for (const head of heads.values()) head.deciding = false;
      const moved = movedHeads();
      try {
        atomically(() => writeHeads(moved));
        db.pragma('wal_checkpoint(TRUNCATE)');
      } finally {
        db.close();
        witness.close();
      }
    },
  };
}

function statementsOf(db: Database, stream: StreamName) {
  return {
    addEvent: db.prepare(
      `INSERT INTO event_${stream} (seq, origin, mono_ms, sealed, crc, body) VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    addSealed: db.prepare(`INSERT INTO sealed_${stream} VALUES (?, ?, ?)`),
    dropEvent: db.prepare(`DELETE FROM event_${stream} WHERE seq = ?`),
    dropSealed: db.prepare(`DELETE FROM sealed_${stream} WHERE seq = ?`),
  };
}
