/**
 * CRC-32 of a row's content. SQLite notices a damaged page by its structure; a flipped bit in a text it hands out as it
 * is, and one such event would spoil every batch it stands in. It also tells a row from what only looks like one.
 */
import { crc32 } from 'node:zlib';
import type { Database } from 'better-sqlite3';
import type { StreamName } from '../contract/streams.ts';
import type { EventRow, NewEventRow } from './envelope.ts';

const columns = new Float64Array(4);
const columnBytes = new Uint8Array(columns.buffer);

/** Of all columns but the sealed part, which is purged earlier. The body may be text or its bytes. */
export function eventCrc(row: Omit<NewEventRow, 'body'>, body: string | Uint8Array): number {
  columns[0] = row.seq;
  columns[1] = row.origin;
  columns[2] = row.mono_ms;
  columns[3] = row.sealed;
  return crc32(body, crc32(columnBytes));
}

export const sealedCrc = (stream: StreamName, seq: number, member: string | Uint8Array) =>
  crc32(member, crc32(`${stream}|${seq}|`));

export const isIntact = (stream: StreamName, row: EventRow) =>
  row.crc === eventCrc(row, row.body) &&
  (row.member === null || row.member_crc === sealedCrc(stream, row.seq, row.member));

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
