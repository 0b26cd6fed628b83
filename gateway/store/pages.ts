/**
 * Finds rows in a store file without SQLite's help: every leaf page of a table is read for itself, so that a damaged
 * page costs its own rows and no others, even when it is the root of the tree. Follows https://sqlite.org/fileformat2.html
 * (1.6 b-tree pages, 2.1 record format, 4 the write-ahead log). Freed pages are read too: whoever asks must know the rows it wants.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

export type RawValue = null | number | string | Uint8Array;
export interface RawRow {
  readonly rowid: number;
  /** Column values; the column that stands for the rowid is null. */
  readonly values: readonly RawValue[];
}

const pageBytes = 4096;
const tableLeaf = 0x0d;
/** Longest row looked at: an event and then some. */
const payloadBytesMax = 1024 * 1024;

type ReadPage = (number: number) => Buffer | undefined;

/**
 * All rows of all leaf pages: the log's newer pages instead of the file's, and at last what stands in the log beyond a
 * damaged place. Whatever cannot be a row is left out.
 */
export function* rawRows(file: string): Generator<RawRow> {
  const handle = openSync(file, 'r');
  const log = existsSync(`${file}-wal`) ? openSync(`${file}-wal`, 'r') : undefined;
  try {
    const { newer, beyond } = log === undefined ? { newer: new Map<number, number>(), beyond: [] } : logPages(log);
    const pages = Math.max(Math.ceil(fstatSync(handle).size / pageBytes), ...newer.keys());
    const readPage: ReadPage = (number) => {
      const inLog = newer.get(number);
      return inLog === undefined ? readAt(handle, (number - 1) * pageBytes, pageBytes) : readAt(log!, inLog, pageBytes);
    };
    for (let number = 1; number <= pages; number += 1) {
      const page = readPage(number);
      if (page !== undefined) yield* leafRows(page, number === 1 ? 100 : 0, readPage);
    }
    for (const position of beyond) {
      const page = readAt(log!, position, pageBytes);
      if (page !== undefined) yield* leafRows(page, 0, readPage);
    }
  } finally {
    closeSync(handle);
    if (log !== undefined) closeSync(log);
  }
}

function readAt(handle: number, position: number, length: number): Buffer | undefined {
  const bytes = Buffer.alloc(length);
  try {
    return readSync(handle, bytes, 0, length, position) === length ? bytes : undefined;
  } catch {
    return undefined; // a sector the disk cannot read
  }
}

function* leafRows(page: Buffer, start: number, readPage: ReadPage): Generator<RawRow> {
  if (page[start] !== tableLeaf) return;
  const cells = page.readUInt16BE(start + 3);
  for (let cell = 0; cell < cells; cell += 1) {
    const pointerAt = start + 8 + 2 * cell;
    if (pointerAt + 2 > pageBytes) return;
    const row = cellRow(page, page.readUInt16BE(pointerAt), readPage);
    if (row !== undefined) yield row;
  }
}

function cellRow(page: Buffer, at: number, readPage: ReadPage): RawRow | undefined {
  try {
    const length = varint(page, at);
    const rowid = varint(page, length.next);
    if (length.value > payloadBytesMax) return undefined;
    const payload = payloadOf(page, rowid.next, length.value, readPage);
    return payload && { rowid: rowid.value, values: recordValues(payload) };
  } catch (error) {
    if (error instanceof RangeError) return undefined; // a length or offset that leads out of the page
    throw error;
  }
}

/** The bytes on the page and those on its overflow pages (format 1.6, "Cell payload overflow"). */
function payloadOf(page: Buffer, at: number, length: number, readPage: ReadPage): Buffer | undefined {
  const localMax = pageBytes - 35;
  if (length <= localMax) return at + length <= pageBytes ? page.subarray(at, at + length) : undefined;
  const localMin = Math.floor(((pageBytes - 12) * 32) / 255) - 23;
  const fitting = localMin + ((length - localMin) % (pageBytes - 4));
  const local = fitting <= localMax ? fitting : localMin;
  const parts = [page.subarray(at, at + local)];
  let next = page.readUInt32BE(at + local);
  for (let left = length - local; left > 0; left -= pageBytes - 4) {
    const overflow = next === 0 ? undefined : readPage(next);
    if (overflow === undefined) return undefined;
    parts.push(overflow.subarray(4, 4 + Math.min(left, pageBytes - 4)));
    next = overflow.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

function recordValues(payload: Buffer): RawValue[] {
  const header = varint(payload, 0);
  const values: RawValue[] = [];
  let at = header.next;
  let body = header.value;
  while (at < header.value) {
    const type = varint(payload, at);
    at = type.next;
    const { value, bytes } = decodeValue(payload, body, type.value);
    values.push(value);
    body += bytes;
  }
  return values;
}

const integerBytes = [0, 1, 2, 3, 4, 6, 8] as const;

function decodeValue(payload: Buffer, at: number, type: number): { value: RawValue; bytes: number } {
  if (type === 0) return { value: null, bytes: 0 };
  if (type === 8 || type === 9) return { value: type - 8, bytes: 0 };
  if (type === 7) return { value: payload.readDoubleBE(at), bytes: 8 };
  if (type === 6) return { value: Number(payload.readBigInt64BE(at)), bytes: 8 };
  if (type < 6) return { value: payload.readIntBE(at, integerBytes[type]!), bytes: integerBytes[type]! };
  const bytes = (type - (type % 2 === 0 ? 12 : 13)) / 2;
  if (type < 12 || at + bytes > payload.length) throw new RangeError('value outside of its record');
  const content = payload.subarray(at, at + bytes);
  return { value: type % 2 === 0 ? content : content.toString('utf8'), bytes };
}

/** Big-endian, 7 bits a byte, the ninth byte whole. Throws RangeError outside of `bytes` and beyond 2^53. */
function varint(bytes: Buffer, at: number): { value: number; next: number } {
  let value = 0;
  for (let index = 0; index < 9; index += 1) {
    const byte = bytes.readUInt8(at + index);
    value = index === 8 ? value * 256 + byte : value * 128 + (byte & 0x7f);
    if (value > Number.MAX_SAFE_INTEGER) throw new RangeError('number too large');
    if (index === 8 || byte < 0x80) return { value, next: at + index + 1 };
  }
  throw new RangeError('no number');
}

interface LogPages {
  /** Where the newest committed copy of each page stands. */
  readonly newer: Map<number, number>;
  /** Pages of the same log that come after the first wrong checksum: SQLite does not count them any more. */
  readonly beyond: number[];
}

function logPages(log: number): LogPages {
  const found: LogPages = { newer: new Map(), beyond: [] };
  const header = readAt(log, 0, 32);
  if (header === undefined || (header.readUInt32BE(0) & ~1) !== 0x377f0682) return found;
  const bigEndian = (header.readUInt32BE(0) & 1) === 1;
  let sum = checksum([0, 0], header.subarray(0, 24), bigEndian);
  let sound = header.readUInt32BE(24) === sum[0] && header.readUInt32BE(28) === sum[1];
  let pending: [number, number][] = [];
  for (let at = 32; ; at += 24 + pageBytes) {
    const frame = readAt(log, at, 24 + pageBytes);
    if (frame === undefined) return found;
    const sameLog = frame.subarray(8, 16).equals(header.subarray(16, 24));
    if (sound) sum = checksum(checksum(sum, frame.subarray(0, 8), bigEndian), frame.subarray(24), bigEndian);
    sound &&= sameLog && frame.readUInt32BE(16) === sum[0] && frame.readUInt32BE(20) === sum[1];
    if (!sound) {
      if (sameLog) found.beyond.push(at + 24);
      continue;
    }
    pending.push([frame.readUInt32BE(0), at + 24]);
    if (frame.readUInt32BE(4) === 0) continue;
    for (const [page, position] of pending) found.newer.set(page, position);
    pending = [];
  }
}

/** Format 4.2: two running sums over 32-bit words. */
function checksum([first, second]: readonly [number, number], bytes: Buffer, bigEndian: boolean): [number, number] {
  const word = (at: number) => (bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  let a = first;
  let b = second;
  for (let at = 0; at < bytes.length; at += 8) {
    a = (a + word(at) + b) >>> 0;
    b = (b + word(at + 4) + a) >>> 0;
  }
  return [a, b];
}
