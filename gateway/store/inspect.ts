/**
 * Looks into a store from another process, also while its gateway runs: read-only connections, short reads, no locks
 * that an append would wait for.
 */
import { accessSync, constants } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { type StreamName, streams } from '../contract/streams.ts';
import { reading, summedDamage } from './check.ts';
import { isIntact } from './checksum.ts';
import { storeFile } from './directory.ts';
import { type EventRow, eventJson, type Origin } from './envelope.ts';
import { flagOf, type Run } from './historical.ts';
import type { FileStatus } from './status.ts';
import { statusReader } from './status.ts';

export interface Verified {
  readonly events: number;
  /** What is wrong, in words without personal data; empty when the store is sound. */
  readonly problems: readonly string[];
}

const rowsPerRead = 500;
const problemsMax = 100;

/** Throws an Error that says so when there is no store in `dir`, or none that this user may read. */
function inside<T>(dir: string, look: (db: Database) => T): T {
  const file = storeFile(dir);
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw new Error(`there is no store in ${dir}`);
    throw new Error(`the store in ${dir} may not be read by this user: ask as the gateway's user`);
  }
  return reading(file, look);
}

export const inspectStatus = (dir: string): FileStatus => inside(dir, (db) => statusReader(db, storeFile(dir)).read());

/** Reads the whole file: structure, numbers without a gap, every envelope. Takes a second for 100,000 events. */
export function verifyStore(dir: string): Verified {
  return inside(dir, (db) => {
    const problems = (db.pragma(`quick_check(${problemsMax})`) as { quick_check: string }[])
      .map((row) => row.quick_check)
      .filter((text) => text !== 'ok');
    const summed = summedDamage(db);
    if (summed !== undefined) problems.push(summed);
    let events = 0;
    for (const stream of streams) {
      for (const problem of streamProblems(db, stream, () => {
        events += 1;
      })) {
        if (problems.length < problemsMax) problems.push(problem);
      }
    }
    return { events, problems };
  });
}

function* streamProblems(db: Database, stream: StreamName, seen: () => void): Generator<string> {
  const dead = new Set(
    db
      .prepare("SELECT seq FROM dead_letter WHERE stream = ? AND epoch = (SELECT value FROM meta WHERE key = 'epoch')")
      .pluck()
      .all(stream),
  );
  const head = db.prepare('SELECT last_seq, confirmed_seq FROM stream WHERE name = ?');
  const { last_seq: last, confirmed_seq: confirmed } = head.get(stream) as { last_seq: number; confirmed_seq: number };
  let expected: number | undefined;
  for (const { seq, intact, json } of eventsOf(db, stream, last)) {
    seen();
    // Retention takes confirmed events from the front, so only a pending first number must be the next one.
    expected ??= Math.min(seq, confirmed + 1);
    yield* gaps(stream, expected, seq - 1, dead);
    expected = seq + 1;
    if (!intact) yield `${stream}/${seq}: not as it was written`;
    else if (!isEnvelope(json, stream, seq)) yield `${stream}/${seq}: not an envelope of the contract`;
  }
  yield* gaps(stream, expected ?? confirmed + 1, last, dead);
}

/** One line per gap, whatever its length; quarantined numbers are explained. */
function* gaps(stream: StreamName, from: number, to: number, dead: ReadonlySet<unknown>): Generator<string> {
  let first: number | undefined;
  for (let seq = from; seq <= to + 1; seq += 1) {
    const missing = seq <= to && !dead.has(seq);
    if (missing) first ??= seq;
    else if (first !== undefined) {
      yield `${stream}/${first === seq - 1 ? first : `${first} to ${seq - 1}`}: missing`;
      first = undefined;
    }
  }
}

function isEnvelope(json: string, stream: StreamName, seq: number): boolean {
  try {
    const event = JSON.parse(json) as { stream: unknown; seq: unknown; data: unknown };
    return (
      event.stream === stream && event.seq === String(seq) && typeof event.data === 'object' && event.data !== null
    );
  } catch {
    return false;
  }
}

/** Every event in the file as one line of JSON, stream by stream in order; sealed parts stay sealed. `write` gets whole lines; events that are not as they were written are left out and counted. */
export function exportStore(
  dir: string,
  write: (lines: string) => void,
): { readonly events: number; readonly damaged: number } {
  return inside(dir, (db) => {
    let events = 0;
    let damaged = 0;
    let lines = '';
    for (const stream of streams) {
      const last = db.prepare('SELECT last_seq FROM stream WHERE name = ?').pluck().get(stream) as number;
      for (const { intact, json } of eventsOf(db, stream, last)) {
        if (!intact) {
          damaged += 1;
          continue;
        }
        // Line ends can only be white space between JSON tokens: inside strings they are escaped.
        lines += `${json.replace(/[\r\n]/g, ' ')}\n`;
        events += 1;
        if (lines.length > 256 * 1024) {
          write(lines);
          lines = '';
        }
      }
    }
    if (lines !== '') write(lines);
    return { events, damaged };
  });
}

export interface Replayed {
  /** Under the prefix, as it was at the last of the events. */
  readonly state: ReadonlyMap<string, string>;
  /** The first events are gone: confirmed and purged, or left behind in a damaged file. */
  readonly isCut: boolean;
}

/**
 * Every event of a stream that is still kept, in order, those among them that were set aside too. Sealed parts stay sealed.
 * Events that are not as they were written are left out: `verifyStore` names them.
 */
export function replayStream(
  dir: string,
  stream: StreamName,
  prefix: string,
  each: (event: Record<string, unknown>) => void,
): Replayed {
  return inside(dir, (db) => {
    // One short transaction: what is committed later belongs to neither.
    const { last, state, dead, isSalvaged } = db.transaction(() => ({
      last: db.prepare('SELECT last_seq FROM stream WHERE name = ?').pluck().get(stream) as number,
      state: db
        .prepare('SELECT key, value FROM state WHERE key >= ? AND key < ?')
        .all(prefix, `${prefix}\u{10ffff}`) as { key: string; value: string }[],
      dead: db
        .prepare(
          `SELECT seq, event FROM dead_letter
           WHERE stream = ? AND epoch = (SELECT value FROM meta WHERE key = 'epoch') ORDER BY seq`,
        )
        .all(stream) as { seq: number; event: string }[],
      isSalvaged: db.prepare("SELECT 1 FROM meta WHERE key = 'salvaged'").get() !== undefined,
    }))();
    const aside = new Map(dead.map(({ seq, event }) => [seq, event]));
    let first: number | undefined;
    let next = 1;
    const asideBefore = (seq: number) => {
      for (; next < seq; next += 1) if (aside.has(next)) each(JSON.parse(aside.get(next)!));
      next = seq + 1;
    };
    for (const { seq, intact, json } of eventsOf(db, stream, last)) {
      if (first === undefined) {
        // What was set aside long before the first that is kept is older than the log.
        for (first = seq; aside.has(first - 1); ) first -= 1;
        next = first;
      }
      asideBefore(seq);
      if (intact) each(JSON.parse(json));
    }
    if (first !== undefined) asideBefore(last + 1);
    return {
      state: new Map(state.map(({ key, value }) => [key, value])),
      isCut: isSalvaged || (first ?? last + 1) > 1,
    };
  });
}

/** Page by page, so that no long read keeps the log from being reused. What was never sent counts as historical. */
function* eventsOf(
  db: Database,
  stream: StreamName,
  upTo: number,
): Generator<{ seq: number; intact: boolean; json: string }> {
  const epoch = db.prepare("SELECT value FROM meta WHERE key = 'epoch'").pluck().get() as string;
  const origins = new Map(
    (db.prepare('SELECT no, region, gateway, boot_id AS bootId FROM origin').all() as (Origin & { no: number })[]).map(
      (row) => [row.no, row],
    ),
  );
  const runs = (
    db.prepare('SELECT from_seq, historical FROM historical_run WHERE stream = ? ORDER BY from_seq').all(stream) as {
      from_seq: number;
      historical: number;
    }[]
  ).map((run): Run => ({ from: run.from_seq, historical: run.historical === 1 }));
  const decided =
    (db.prepare('SELECT decided_seq FROM stream WHERE name = ?').pluck().get(stream) as number | null) ?? upTo;
  const page = db.prepare(
    `SELECT e.*, s.member, s.crc AS member_crc FROM event_${stream} e LEFT JOIN sealed_${stream} s ON s.seq = e.seq
     WHERE e.seq > ? AND e.seq <= ? ORDER BY e.seq LIMIT ${rowsPerRead}`,
  );
  for (let after = 0; ; ) {
    const rows = page.all(after, upTo) as EventRow[];
    for (const row of rows) {
      const historical = row.seq > decided || flagOf(runs, row.seq);
      const origin = origins.get(row.origin);
      const intact = origin !== undefined && isIntact(stream, row);
      yield { seq: row.seq, intact, json: intact ? eventJson(row, stream, epoch, origin, historical) : '' };
    }
    if (rows.length < rowsPerRead) return;
    after = rows.at(-1)!.seq;
  }
}
