/**
 * The store's directory, and what happens before the file is open: one gateway at a time, a new store, a damaged one set aside.
 *
 *   lock                 held by the gateway that runs
 *   current/hutgate.db   the file, with its log beside it; current/epoch names its lineage should the file be unreadable;
 *                        current/heads: see witness.ts
 *   damaged-TIME/        what was set aside
 *   suspect              the file misbehaved in service: look at all of it
 *   reserve              see reserve.ts
 *
 * A store moves as a whole directory, so that a file and its log never part, and each move is one rename. It is built in
 * `building`, complete from the moment it is called `next`, and `current` when the old one is out of the way; after a
 * crash the next start takes it up from there.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { damageOf } from './check.ts';
import { addRowCrc } from './checksum.ts';
import { type DatabaseOptions, openDatabase, type StoreDatabase } from './database.ts';
import type { OpenFailure } from './protocol.ts';
import { salvage } from './salvage.ts';
import { migrate } from './schema.ts';
import type { WorkerSettings } from './settings.ts';
import { openSqlite } from './sqlite.ts';

export type OpenDirectoryOptions = WorkerSettings & Pick<DatabaseOptions, 'monotonicMs' | 'step'>;

export interface OpenedDirectory {
  readonly database: StoreDatabase;
  /** Has the next start check the whole file. */
  suspect(): void;
  /** Lets another gateway in; after `database.close`. */
  release(): void;
}

/** The store cannot be opened; `message` says what to do. Nothing was changed. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
  readonly why: OpenFailure;
  constructor(why: OpenFailure, message: string) {
    super(message);
    this.why = why;
  }
}

const storeFileName = 'hutgate.db';
export const storeFile = (dir: string) => join(dir, 'current', storeFileName);

export function openDirectory(options: OpenDirectoryOptions): OpenedDirectory {
  const { dir } = options;
  let release = () => {};
  try {
    mkdirSync(dir, { recursive: true });
    release = lock(dir);
    finishMoves(dir);
    const paths = { current: join(dir, 'current'), suspect: join(dir, 'suspect') };
    if (!existsSync(paths.current)) {
      build(dir, (db, epoch) => putEpoch(db, epoch));
      move(dir, 'next', 'current');
    }
    const file = storeFile(dir);
    const found = damageOf(file, existsSync(paths.suspect));
    if (found !== undefined) replace(options, file, found);
    rmSync(paths.suspect, { force: true });
    const database = openDatabase({ ...options, file });
    return { database, release, suspect: () => writeFileSync(paths.suspect, '') };
  } catch (error) {
    release();
    throw explained(error, dir);
  }
}

/** An SQLite lock on a file of its own: the kernel drops it when the process dies, however it dies. */
function lock(dir: string): () => void {
  const db = openSqlite(join(dir, 'lock'), { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
    throw new StoreOpenError('in-use', `another gateway runs on ${dir}: stop it, or give this one its own dataDir`);
  }
  return () => db.close();
}

/** A crash may have come between two renames. */
function finishMoves(dir: string): void {
  rmSync(join(dir, 'building'), { recursive: true, force: true });
  if (!existsSync(join(dir, 'next'))) return;
  if (existsSync(join(dir, 'current'))) rmSync(join(dir, 'next'), { recursive: true });
  else move(dir, 'next', 'current');
}

/** Makes a complete store of a new lineage and calls it `next`. */
function build(dir: string, fill: (db: Database, epoch: string) => void): void {
  const building = join(dir, 'building');
  const epoch = randomUUID();
  mkdirSync(building);
  writeFileSync(join(building, 'epoch'), epoch, { flush: true });
  const db = openSqlite(join(building, storeFileName));
  try {
    // Until it is called `next` nobody minds losing it, so it is filled without a journal.
    addRowCrc(db);
    db.pragma('journal_mode = OFF');
    db.pragma('synchronous = OFF');
    migrate(db);
    fill(db, epoch);
    db.pragma('journal_mode = WAL');
  } finally {
    db.close();
  }
  sync(join(building, storeFileName));
  sync(building);
  move(dir, 'building', 'next');
}

const putEpoch = (db: Database, epoch: string) =>
  db.prepare("INSERT INTO meta VALUES ('epoch', :epoch, row_crc('epoch', :epoch))").run({ epoch });

/** Sets the damaged store aside and begins a new one with all that can be read of it. */
function replace(options: OpenDirectoryOptions, file: string, found: string): void {
  const { dir, openedAt } = options;
  let setAside = `damaged-${openedAt.time.replace(/[^0-9T]/g, '')}`;
  while (existsSync(join(dir, setAside))) setAside += 'x';
  const epochFile = join(dir, 'current', 'epoch');
  const formerEpoch = existsSync(epochFile) ? readFileSync(epochFile, 'utf8') : undefined;
  build(dir, (db, epoch) => {
    putEpoch(db, epoch);
    salvage(file, db, { ...options, formerEpoch, found, setAside });
  });
  move(dir, 'current', setAside);
  move(dir, 'next', 'current');
}

function move(dir: string, from: string, to: string): void {
  renameSync(join(dir, from), join(dir, to));
  sync(dir);
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function explained(error: unknown, dir: string): StoreOpenError {
  if (error instanceof StoreOpenError) return error;
  const { code = '', message } = error as { code?: string; message: string };
  if (['EACCES', 'EPERM', 'EROFS', 'SQLITE_CANTOPEN'].includes(code) || code.startsWith('SQLITE_READONLY')) {
    return new StoreOpenError(
      'denied',
      `the store directory ${dir} cannot be written (${code}): check owner and mount`,
    );
  }
  if (['ENOSPC', 'EDQUOT', 'SQLITE_FULL'].includes(code)) {
    return new StoreOpenError(
      'disk-full',
      `there is no room for the store in ${dir} (${code}): free some and start again`,
    );
  }
  if (message.includes('schema version')) return new StoreOpenError('newer', message);
  return new StoreOpenError('failed', `the store in ${dir} cannot be opened (${code || 'no code'}): ${message}`);
}
