/** The tables of the store file, as migrations counted by `PRAGMA user_version`. A migration is never edited once released. */
import type { Database } from 'better-sqlite3';
import { streams } from '../contract/streams.ts';

/**
 * Events of a stream are an append-ordered rowid table of their own: an insert always goes to the last page, and a
 * range is read and deleted in the order it was written. The sealed part is a table beside it, because it is purged
 * two days earlier than its event and whole pages then become free.
 */
const streamTables = (stream: string) => `
  CREATE TABLE event_${stream} (
    seq INTEGER PRIMARY KEY, origin INTEGER NOT NULL, mono_ms INTEGER NOT NULL,
    sealed INTEGER NOT NULL, -- 1 when it was written with a sealed part
    crc INTEGER NOT NULL, -- see checksum.ts
    body TEXT NOT NULL -- see envelope.ts
  ) STRICT;
  CREATE TABLE sealed_${stream} (seq INTEGER PRIMARY KEY, member TEXT NOT NULL, crc INTEGER NOT NULL) STRICT;
  INSERT INTO stream VALUES ('${stream}', 0, 0, 0, row_crc('${stream}', 0, 0, 0));`;

const migrations = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, crc INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  -- Who captured an event, and in which boot; a renamed hut does not rename what it captured before.
  CREATE TABLE origin (no INTEGER PRIMARY KEY, region TEXT NOT NULL, gateway TEXT NOT NULL, boot_id TEXT NOT NULL,
    crc INTEGER NOT NULL, UNIQUE (region, gateway, boot_id)) STRICT;
  -- Heads live here and not in the event tables: a number is never given twice, even when its row is gone.
  CREATE TABLE stream (name TEXT PRIMARY KEY, last_seq INTEGER NOT NULL, confirmed_seq INTEGER NOT NULL,
    decided_seq INTEGER, -- see historical.ts
    crc INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE historical_run (stream TEXT NOT NULL, from_seq INTEGER NOT NULL, historical INTEGER NOT NULL,
    PRIMARY KEY (stream, from_seq)) STRICT, WITHOUT ROWID;
  -- Everything up to seq was confirmed by then.
  CREATE TABLE confirmed_mark (stream TEXT NOT NULL, seq INTEGER NOT NULL, wall_ms INTEGER NOT NULL,
    mono_ms INTEGER NOT NULL, boot_id TEXT NOT NULL, PRIMARY KEY (stream, seq)) STRICT, WITHOUT ROWID;
  CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL, crc INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE dead_letter (epoch TEXT NOT NULL, stream TEXT NOT NULL, seq INTEGER NOT NULL, reason TEXT NOT NULL,
    time TEXT NOT NULL, event TEXT NOT NULL, PRIMARY KEY (epoch, stream, seq)) STRICT, WITHOUT ROWID;
  ${streams.map(streamTables).join('')}`,
] as const;

export const schemaVersion = migrations.length;

/** Needs `row_crc` (checksum.ts) on the connection. Brings the file to version `to`, each step in its own transaction. Throws when the file is from a newer hutgate. */
export function migrate(db: Database, to: number = schemaVersion): void {
  const version = db.pragma('user_version', { simple: true }) as number;
  if (version > schemaVersion) {
    throw new Error(
      `the store has schema version ${version}, this hutgate knows ${schemaVersion}: install a newer one`,
    );
  }
  for (let next = version; next < to; next += 1) {
    db.transaction(() => {
      db.exec(migrations[next]!);
      db.pragma(`user_version = ${next + 1}`);
    }).immediate();
  }
}
