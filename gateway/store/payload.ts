/**
 * Reads payloads out of an event table: first what comes next, as numbers only; then each batch as one blob that SQLite
 * joins. No event becomes a text of its own, and every checksum is compared on the very bytes that go out.
 */
import type { Database } from 'better-sqlite3';
import type { StreamName } from '../contract/streams.ts';
import { uniformParts } from './batch.ts';
import { eventCrc, sealedCrc } from './checksum.ts';
import { closing, type NewEventRow, type Origin, openingText } from './envelope.ts';

/** What stands before the bodies; the same object for the same text. */
export interface Opening {
  readonly text: string;
  readonly bytes: number;
  readonly historical: boolean;
}

/** An event without its texts. */
export interface OutgoingEvent extends Omit<NewEventRow, 'body'> {
  readonly crc: number;
  readonly bodyBytes: number;
  /** 0 when there is no sealed part. */
  readonly memberBytes: number;
  readonly memberCrc: number;
  readonly opening: Opening;
  /** Of the whole event as JSON. */
  readonly bytes: number;
}

export interface PayloadReader {
  /** At most `limit` events after `after`, up to `upTo`, in order. `isHistorical` is asked for each. */
  outgoing(
    after: number,
    upTo: number,
    limit: number,
    isHistorical: (seq: number, origin: number, monoMs: number) => boolean,
  ): OutgoingEvent[];
  /** Writes the JSON array of these events, which takes `payloadBytes(events)`. */
  write(events: readonly OutgoingEvent[], payload: Uint8Array): void;
}

/** A row that is not as it was written. Has SQLite's own code for damage, because it means the same. */
export class Damaged extends Error {
  override readonly name = 'Damaged';
  readonly code = 'SQLITE_CORRUPT';
}

type Numbers = [number, number, number, 0 | 1, number, number, number | null, number | null];

export function payloadReader(
  db: Database,
  stream: StreamName,
  epoch: string,
  origins: ReadonlyMap<number, Origin>,
): PayloadReader {
  const plain = statementsOf(db, `event_${stream} e`, 'NULL', 'NULL');
  const withSealed = statementsOf(
    db,
    `event_${stream} e LEFT JOIN sealed_${stream} s ON s.seq = e.seq`,
    'member',
    's.crc',
  );
  const anySealed = db.prepare(`SELECT 1 FROM sealed_${stream} WHERE seq > ? AND seq <= ? LIMIT 1`).pluck();
  const openings = new Map<string, Opening>();

  function openingOf(origin: number, historical: boolean): Opening | undefined {
    const key = `${origin} ${historical}`;
    const known = openings.get(key);
    const whose = origins.get(origin);
    if (known !== undefined || whose === undefined) return known;
    const text = openingText(stream, epoch, whose, historical);
    const made = { text, bytes: Buffer.byteLength(text), historical };
    openings.set(key, made);
    return made;
  }

  function numbersOf(after: number, upTo: number, limit: number): Numbers[] {
    try {
      const { numbers } = anySealed.get(after, upTo) === undefined ? plain : withSealed;
      return JSON.parse(numbers.get(after, upTo, limit) as string) as Numbers[];
    } catch (error) {
      // A damaged row may hold what is no number and has no JSON.
      if ((error as { code?: unknown }).code === 'SQLITE_ERROR') throw new Damaged((error as Error).message);
      throw error;
    }
  }

  /** A part in which all have the same opening, with what stands before and after it. */
  function joined(events: readonly OutgoingEvent[], before: string, after: string): Buffer {
    const { opening } = events[0]!;
    const [first, last] = [events[0]!.seq, events.at(-1)!.seq];
    const between = `${closing},${opening.text}`;
    const { texts } = events.every(({ memberBytes }) => memberBytes === 0) ? plain : withSealed;
    const part = texts.get(before + opening.text, between, closing + after, first, last) as Buffer;
    let at = before.length + opening.bytes;
    for (const event of events) {
      const member = at + event.bodyBytes;
      const end = member + event.memberBytes;
      const intact =
        end <= part.length &&
        event.crc === eventCrc(event, bytesOf(part, at, member)) &&
        (member === end || event.memberCrc === sealedCrc(stream, event.seq, bytesOf(part, member, end)));
      if (!intact) throw notAsWritten(event.seq);
      at = end + closing.length + 1 + opening.bytes;
    }
    return part;
  }

  const notAsWritten = (seq: number) => new Damaged(`event ${stream}/${seq} is not as it was written`);

  return {
    outgoing: (after, upTo, limit, isHistorical) =>
      numbersOf(after, upTo, limit).map(([seq, origin, mono_ms, sealed, crc, bodyBytes, memberBytes, memberCrc]) => {
        const opening = openingOf(origin, isHistorical(seq, origin, mono_ms));
        if (opening === undefined) throw notAsWritten(seq);
        const bytes = opening.bytes + bodyBytes + (memberBytes ?? 0) + closing.length;
        return {
          seq,
          origin,
          mono_ms,
          sealed,
          crc,
          bodyBytes,
          memberBytes: memberBytes ?? 0,
          memberCrc: memberCrc ?? 0,
          opening,
          bytes,
        };
      }),
    write(events, payload) {
      const parts = uniformParts(events, ({ opening }) => opening);
      let at = 0;
      for (const [index, part] of parts.entries()) {
        const bytes = joined(part, index === 0 ? '[' : ',', index === parts.length - 1 ? ']' : '');
        if (at + bytes.length > payload.length) throw notAsWritten(part[0]!.seq);
        payload.set(bytes, at);
        at += bytes.length;
      }
      if (at !== payload.length) throw notAsWritten(events[0]!.seq);
    },
  };
}

/** Twice: looking for a sealed part that is not there costs a third of the time. */
function statementsOf(db: Database, table: string, member: string, memberCrc: string) {
  return {
    // One text for all rows: as rows of their own they cost twice as much.
    numbers: db
      .prepare(
        `SELECT json_group_array(json_array(seq, origin, mono_ms, sealed, crc, body_bytes, member_bytes, member_crc)) FROM (
           SELECT e.seq, origin, mono_ms, sealed, e.crc, octet_length(body) AS body_bytes,
             octet_length(${member}) AS member_bytes, ${memberCrc} AS member_crc
           FROM ${table} WHERE e.seq > ? AND e.seq <= ? ORDER BY e.seq LIMIT ?)`,
      )
      .pluck(),
    // In the order of seq, because that is how a table is read; if it ever were not, the checksums would tell.
    texts: db
      .prepare(
        `SELECT CAST(? || group_concat(body || coalesce(${member}, ''), ?) || ? AS BLOB)
         FROM ${table} WHERE e.seq BETWEEN ? AND ?`,
      )
      .pluck(),
  };
}

/** Cheaper than `Buffer.subarray`. */
const bytesOf = ({ buffer, byteOffset }: Buffer, from: number, to: number) =>
  new Uint8Array(buffer, byteOffset + from, to - from);
