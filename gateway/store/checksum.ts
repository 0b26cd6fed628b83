/**
 * CRC-32 of a row's content. SQLite notices a damaged page by its structure; a flipped bit in a text it hands out as it
 * is, and one such event would spoil every batch it stands in.
 */
import { crc32 } from 'node:zlib';
import type { EventRow } from './envelope.ts';

/** Of all columns but the sealed part, which is purged earlier. */
export function eventCrc(row: Omit<EventRow, 'jwe' | 'crc' | 'jwe_crc'>): number {
  const { seq, type, subject, time, mono_ms, origin, clock, former_id, data } = row;
  return crc32(`${seq}|${type}|${subject ?? ''}|${time}|${mono_ms}|${origin}|${clock}|${former_id ?? ''}|${data}`);
}

export const sealedCrc = (jwe: string) => crc32(jwe);

export const isIntact = (row: EventRow) =>
  row.crc === eventCrc(row) && (row.jwe === null || row.jwe_crc === sealedCrc(row.jwe));
