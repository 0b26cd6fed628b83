/** What the file holds, read from its heads: no table is scanned. */
import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { type StreamName, streams } from '../contract/streams.ts';
import { timeOfBody } from './envelope.ts';
import type { StreamStatus } from './store.ts';

export interface FileStatus {
  readonly epoch: string;
  readonly streams: readonly StreamStatus[];
  readonly quarantined: number;
  /** REGION/GATEWAY of every hut that wrote into it. */
  readonly huts: readonly string[];
  readonly fileBytes: number;
  readonly diskFreeBytes: number;
}

interface Counters {
  readonly last: number;
  readonly confirmed: number;
}

export function statusReader(db: Database, file: string) {
  const epoch = db.prepare("SELECT value FROM meta WHERE key = 'epoch'").pluck().get() as string;
  const countDead = db.prepare('SELECT count(*) FROM dead_letter').pluck();
  const huts = db.prepare("SELECT DISTINCT region || '/' || gateway FROM origin").pluck();
  const countDeadAfter = db
    .prepare('SELECT count(*) FROM dead_letter WHERE epoch = ? AND stream = ? AND seq > ?')
    .pluck();
  const head = db.prepare('SELECT last_seq AS last, confirmed_seq AS confirmed FROM stream WHERE name = ?');
  const firstBodies = new Map(
    streams.map((stream) => [
      stream,
      db.prepare(`SELECT body FROM event_${stream} WHERE seq > ? ORDER BY seq LIMIT 1`).pluck(),
    ]),
  );

  function statusOf(stream: StreamName, { last, confirmed }: Counters): StreamStatus {
    const pending = last - confirmed - (countDeadAfter.get(epoch, stream, confirmed) as number);
    const oldest = firstBodies.get(stream)!.get(confirmed) as string | undefined;
    const oldestPendingAt = oldest === undefined ? undefined : timeOfBody(oldest);
    return {
      stream,
      lastSeq: last,
      confirmedSeq: confirmed,
      pending,
      ...(oldestPendingAt !== undefined && { oldestPendingAt }),
    };
  }

  return {
    /** `counters`: newer heads than those in the file, where the caller has them. */
    read(counters?: ReadonlyMap<StreamName, Counters>): FileStatus {
      const { bavail, bsize } = statfsSync(dirname(file));
      return {
        epoch,
        streams: streams.map((stream) => statusOf(stream, counters?.get(stream) ?? (head.get(stream) as Counters))),
        quarantined: countDead.get() as number,
        huts: huts.all() as string[],
        fileBytes: statSync(file).size + (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0),
        diskFreeBytes: bavail * bsize,
      };
    },
  };
}
