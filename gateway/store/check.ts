/**
 * Is the file sound? Asked before it is opened for writing, on a read-only connection: closing one that can write would
 * already move the log into the file.
 */
import { statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { type StreamName, streams } from '../contract/streams.ts';
import { addRowCrc, isIntact, summed } from './checksum.ts';
import type { EventRow } from './envelope.ts';
import { migrate, schemaVersion } from './schema.ts';
import { openSqlite } from './sqlite.ts';
import { type LastSeqs, witnessed } from './witness.ts';

/** Up to here all of the file is checked at every start: a fraction of a second. Beyond, the parts that are written and read next. */
const wholeBytesMax = 16 * 1024 * 1024;
const rowsAtEachEnd = 500;

/** The codes that mean damage; others (no rights, disk full, locked) mean that nobody knows yet. */
const damageCodes = new Set([
  'SQLITE_NOTADB',
  'SQLITE_IOERR_READ',
  'SQLITE_IOERR_SHORT_READ',
  'SQLITE_IOERR_CORRUPTFS',
  'SQLITE_ERROR',
]);

function isDamage(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && (damageCodes.has(code) || code.startsWith('SQLITE_CORRUPT'));
}

/** What is wrong with the file, undefined when nothing was found. Throws when it cannot be looked at. */
export function damageOf(file: string, suspect: boolean): string | undefined {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size;
  if (bytes === undefined) return 'the file is missing';
  if (bytes === 0) return 'the file is empty';
  const witness = witnessed(file);
  try {
    return reading(file, (db) => {
      if (db.pragma('user_version', { simple: true }) === 0) return 'the file holds no store';
      return bytes <= wholeBytesMax || suspect ? wholeDamage(db, witness) : partDamage(db, witness);
    });
  } catch (error) {
    if (isDamage(error)) return (error as Error).message.slice(0, 200);
    throw error;
  }
}

function wholeDamage(db: Database, witness: LastSeqs | undefined): string | undefined {
  return (
    quickCheck(db) ??
    schemaDamage(db) ??
    summedDamage(db) ??
    headDamage(db, witness) ??
    firstOf(streams, (stream) => rowsDamage(stream, allRows(db, stream)))
  );
}

/** The small tables whole, and both ends of each stream: where the next event goes, and what is sent next. */
function partDamage(db: Database, witness: LastSeqs | undefined): string | undefined {
  const small = ['meta', 'origin', 'stream', 'historical_run', 'confirmed_mark', 'state', 'dead_letter'];
  return (
    schemaDamage(db) ??
    firstOf(small, (table) => quickCheck(db, table)) ??
    summedDamage(db) ??
    headDamage(db, witness) ??
    firstOf(streams, (stream) => rowsDamage(stream, endRows(db, stream)))
  );
}

function firstOf<T>(items: readonly T[], look: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

const rowsOf = (stream: StreamName) =>
  `SELECT e.*, s.member, s.crc AS member_crc FROM event_${stream} e LEFT JOIN sealed_${stream} s ON s.seq = e.seq`;

const allRows = (db: Database, stream: StreamName) =>
  db.prepare(rowsOf(stream)).iterate() as IterableIterator<EventRow>;

function* endRows(db: Database, stream: StreamName): Generator<EventRow> {
  const confirmed = db.prepare('SELECT confirmed_seq FROM stream WHERE name = ?').pluck().get(stream);
  const oldest = db.prepare(`${rowsOf(stream)} WHERE e.seq > ? ORDER BY e.seq LIMIT ${rowsAtEachEnd}`);
  const newest = db.prepare(`${rowsOf(stream)} ORDER BY e.seq DESC LIMIT ${rowsAtEachEnd}`);
  yield* oldest.iterate(confirmed) as IterableIterator<EventRow>;
  yield* newest.iterate() as IterableIterator<EventRow>;
}

function rowsDamage(stream: StreamName, rows: Iterable<EventRow>): string | undefined {
  for (const row of rows) if (!isIntact(stream, row)) return `event ${stream}/${row.seq} is not as it was written`;
  return undefined;
}

/** The schema is text in the file: a flipped bit renames a column. Compared with that of a new store of the same version. */
function schemaDamage(db: Database): string | undefined {
  const version = db.pragma('user_version', { simple: true }) as number;
  if (version > schemaVersion) return undefined; // for `migrate` to refuse
  const sqlOf = (of: Database) =>
    JSON.stringify(of.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name').all());
  const expected = openSqlite(':memory:');
  try {
    addRowCrc(expected);
    migrate(expected, version);
    return sqlOf(db) === sqlOf(expected) ? undefined : 'the schema is not as it was written';
  } finally {
    expected.close();
  }
}

function quickCheck(db: Database, table?: string): string | undefined {
  const found = db.pragma(`quick_check${table === undefined ? '(1)' : `('${table}')`}`, { simple: true }) as string;
  return found === 'ok' ? undefined : found.slice(0, 200);
}

export function summedDamage(db: Database): string | undefined {
  return firstOf(Object.entries(summed), ([table, columns]) => {
    const damaged = db.prepare(`SELECT 1 FROM ${table} WHERE crc <> row_crc(${columns}) LIMIT 1`).get();
    return damaged === undefined ? undefined : `a row of ${table} is not as it was written`;
  });
}

/** A head behind its rows would give a number a second time. */
function headDamage(db: Database, witness: LastSeqs | undefined): string | undefined {
  if (db.prepare("SELECT value FROM meta WHERE key = 'epoch'").pluck().get() === undefined)
    return 'the epoch is missing';
  for (const stream of streams) {
    const last = db.prepare('SELECT last_seq FROM stream WHERE name = ?').pluck().get(stream) as number | undefined;
    const highest = db.prepare(`SELECT max(seq) FROM event_${stream}`).pluck().get() as number | null;
    if (last === undefined) return `the head of ${stream} is missing`;
    if (highest !== null && highest > last) return `the head of ${stream} is behind its events`;
    if (witness !== undefined && witness[stream] > last)
      return `events of ${stream} that were acknowledged are missing`;
  }
  return undefined;
}

export function reading<T>(file: string, look: (db: Database) => T): T {
  const db = openSqlite(file, { readonly: true, fileMustExist: true });
  try {
    addRowCrc(db);
    db.pragma('cache_size = -4000');
    return look(db);
  } finally {
    db.close();
  }
}

/** What can be read, or `instead` where the file is damaged. */
export function onDamage<T>(instead: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (isDamage(error)) return instead;
    throw error;
  }
}
