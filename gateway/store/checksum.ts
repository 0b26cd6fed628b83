/**
 * CRC-32 of a row's content. SQLite notices a damaged page by its structure; a flipped bit in a text it hands out as it
 * is, and one such event would spoil every batch it stands in. It also tells a row from what only looks like one.
 */
import { crc32 } from 'node:zlib';
import type { Database } from 'better-sqlite3';
import type { StreamName } from '../contract/streams.ts';
import type { EventRow, NewEventRow } from './envelope.ts';

/** Of all columns but the sealed part, which is purged earlier. The stream is the first word of the type. */
export function eventCrc(row: NewEventRow): number {
  const { seq, type, subject, time, mono_ms, origin, clock, sealed, former_id, data } = row;
  return crc32(
    `${seq}|${type}|${subject ?? ''}|${time}|${mono_ms}|${origin}|${clock}|${sealed}|${former_id ?? ''}|${data}`,
  );
}

export const sealedCrc = (stream: StreamName, seq: number, jwe: string) => crc32(`${stream}|${seq}|${jwe}`);

export const isIntact = (stream: StreamName, row: EventRow) =>
  row.crc === eventCrc(row) && (row.jwe === null || row.jwe_crc === sealedCrc(stream, row.seq, row.jwe));

/** Gives the connection `row_crc(column, …)`, which the small tables keep in their column `crc`. */
export function addRowCrc(db: Database): void {
  db.function('row_crc', { varargs: true, deterministic: true }, (...columns: unknown[]) => crc32(columns.join('|')));
}

/** The small tables, with what their `crc` speaks of. */
export const summed = {
  meta: 'key, value',
  origin: 'no, region, gateway, boot_id',
  stream: 'name, last_seq, confirmed_seq, decided_seq',
  state: 'key, value',
} as const;
