/**
 * Carries all that can be read of a damaged file into a new one. Events the central system has not confirmed are
 * numbered anew in the new epoch, in their old order, so that the sequence has no gap. They keep the `id` they were born
 * with: the consumer deduplicates on it, so an event that had been sent before the damage still counts once.
 */
import { statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { type StreamName, streams } from '../contract/streams.ts';
import { onDamage, reading } from './check.ts';
import { eventCrc, isIntact, sealedCrc } from './checksum.ts';
import { type EventRow, eventId, type Origin } from './envelope.ts';
import type { Stamp } from './settings.ts';

export interface SalvageOptions {
  readonly origin: Origin;
  readonly openedAt: Stamp;
  /** From beside the file; the file's own is believed first. */
  readonly formerEpoch: string | undefined;
  readonly found: string;
  readonly setAside: string;
}

export interface Salvaged {
  readonly events: Readonly<Record<StreamName, number>>;
  /** Numbers in the range of unconfirmed events that could not be read. */
  readonly unreadable: number;
  /** Events that were read without their sealed part. */
  readonly withoutSealed: number;
  readonly states: number;
}

const unknownBoot = '00000000-0000-0000-0000-000000000000';
const rowsPerRead = 512;
/** No event row is smaller: bounds the numbers to try when no head can be read. */
const rowBytesMin = 64;

/** `into` is a new, empty store. Ends with the `audit.store-recovered` event that says what was done. */
export function salvage(file: string, into: Database, options: SalvageOptions): Salvaged {
  const tally: Tally = { events: { sampling: 0, reading: 0, audit: 0 }, unreadable: 0, withoutSealed: 0, states: 0 };
  into.transaction(() => {
    addOrigin(into, options.origin);
    let previousEpoch = options.formerEpoch;
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) {
      onDamage(undefined, () =>
        reading(file, (from) => {
          previousEpoch = onDamage(
            previousEpoch,
            () => from.prepare("SELECT value FROM meta WHERE key = 'epoch'").pluck().get() as string,
          );
          carry(from, into, previousEpoch, options.origin, tally);
        }),
      );
    }
    appendRecovered(into, options, previousEpoch, tally);
  })();
  return tally;
}

type Tally = { -readonly [K in keyof Salvaged]: K extends 'events' ? Record<StreamName, number> : Salvaged[K] };

/** Each part stands alone: what cannot be read of one does not cost the next. */
function carry(from: Database, into: Database, epoch: string | undefined, own: Origin, tally: Tally): void {
  const originOf = carryOrigins(from, into, own);
  for (const stream of streams) {
    onDamage(undefined, () => carryStream(from, into, stream, epoch, originOf, tally));
    into.prepare('UPDATE stream SET last_seq = ? WHERE name = ?').run(tally.events[stream], stream);
  }
  carryTable(from, into, 'dead_letter', 'epoch, stream, seq');
  tally.states = carryTable(from, into, 'state', 'key');
}

function carryStream(
  from: Database,
  into: Database,
  stream: StreamName,
  epoch: string | undefined,
  originOf: (no: number) => { no: number; gateway: string },
  tally: Tally,
): void {
  const add = addEventTo(into, stream);
  const addSealed = into.prepare(`INSERT INTO sealed_${stream} VALUES (?, ?, ?)`);
  let before = 0;
  for (const row of readRows(from, stream, tally)) {
    // A damaged page can still look like rows.
    if (row.crc !== eventCrc(row) || row.seq <= before) {
      tally.unreadable += 1;
      continue;
    }
    before = row.seq;
    const seq = tally.events[stream] + 1;
    const { no, gateway } = originOf(row.origin);
    const id = row.former_id ?? (epoch === undefined ? null : eventId(gateway, epoch, stream, row.seq));
    add({ ...row, seq, origin: no, former_id: id });
    if (isIntact(row) && row.jwe !== null) addSealed.run(seq, row.jwe, sealedCrc(row.jwe));
    else if (row.jwe !== null) tally.withoutSealed += 1;
    tally.events[stream] = seq;
  }
}

type NewRow = Omit<EventRow, 'jwe' | 'crc' | 'jwe_crc'>;

function addEventTo(into: Database, stream: StreamName): (row: NewRow) => void {
  const add = into.prepare(
    `INSERT INTO event_${stream} (seq, type, subject, time, mono_ms, origin, clock, data, crc, former_id)
     VALUES (:seq, :type, :subject, :time, :mono_ms, :origin, :clock, :data, :crc, :former_id)`,
  );
  return (row) => {
    add.run({ ...row, crc: eventCrc(row) });
  };
}

function addOrigin(into: Database, { region, gateway, bootId }: Origin): number {
  into.prepare('INSERT OR IGNORE INTO origin (region, gateway, boot_id) VALUES (?, ?, ?)').run(region, gateway, bootId);
  return into
    .prepare('SELECT no FROM origin WHERE region = ? AND gateway = ? AND boot_id = ?')
    .pluck()
    .get(region, gateway, bootId) as number;
}

/** Origins keep their meaning under new numbers; rows of an origin that cannot be read keep at least the hut. */
function carryOrigins(from: Database, into: Database, own: Origin): (no: number) => { no: number; gateway: string } {
  const rows = bothEnds(from, 'origin', 'no') as { no: number; region: string; gateway: string; boot_id: string }[];
  const put = (origin: Origin) => ({ no: addOrigin(into, origin), gateway: origin.gateway });
  const known = new Map(
    rows
      .filter((row) => [row.region, row.gateway, row.boot_id].every((text) => typeof text === 'string'))
      .map((row) => [row.no, put({ region: row.region, gateway: row.gateway, bootId: row.boot_id })]),
  );
  return (no) => known.get(no) ?? put({ ...own, bootId: unknownBoot });
}

function* readRows(from: Database, stream: StreamName, tally: Tally): Generator<EventRow> {
  const range = `FROM event_${stream} e LEFT JOIN sealed_${stream} s ON s.seq = e.seq WHERE e.seq BETWEEN ? AND ? ORDER BY e.seq`;
  const whole = from.prepare(`SELECT e.*, s.jwe, s.crc AS jwe_crc ${range}`);
  const bare = from.prepare(`SELECT *, NULL AS jwe, NULL AS jwe_crc FROM event_${stream} WHERE seq = ?`);
  /** Halves a range that cannot be read until only the unreadable rows are left out. */
  function* read(first: number, last: number): Generator<EventRow> {
    const rows = onDamage(undefined, () => whole.all(first, last) as EventRow[]);
    if (rows !== undefined) return yield* rows;
    if (first < last) {
      const middle = Math.floor((first + last) / 2);
      yield* read(first, middle);
      yield* read(middle + 1, last);
      return;
    }
    const row = onDamage(undefined, () => bare.get(first) as EventRow | undefined);
    if (row === undefined) tally.unreadable += 1;
    else {
      tally.withoutSealed += 1;
      yield row;
    }
  }
  const { first, last } = unconfirmedRange(from, stream);
  for (let at = first; at <= last; at += rowsPerRead) yield* read(at, Math.min(at + rowsPerRead - 1, last));
}

function unconfirmedRange(from: Database, stream: StreamName): { first: number; last: number } {
  const number = (sql: string, ...args: string[]) =>
    onDamage(
      undefined,
      () =>
        (from
          .prepare(sql)
          .pluck()
          .get(...args) as number | null) ?? undefined,
    );
  const confirmed = number('SELECT confirmed_seq FROM stream WHERE name = ?', stream);
  const first = confirmed === undefined ? (number(`SELECT min(seq) FROM event_${stream}`) ?? 1) : confirmed + 1;
  const pages = from.pragma('page_count', { simple: true }) as number;
  const last =
    number('SELECT last_seq FROM stream WHERE name = ?', stream) ??
    number(`SELECT max(seq) FROM event_${stream}`) ??
    first + Math.floor((pages * 4096) / rowBytesMin);
  return { first, last };
}

function carryTable(from: Database, into: Database, table: 'state' | 'dead_letter', key: string): number {
  const rows = bothEnds(from, table, key);
  for (const row of rows) {
    const columns = Object.keys(row);
    into
      .prepare(`INSERT OR IGNORE INTO ${table} (${columns}) VALUES (${columns.map(() => '?')})`)
      .run(...Object.values(row));
  }
  return into.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
}

/** Rows of a small table from its start and from its end, each up to where it cannot be read. */
function bothEnds(from: Database, table: string, key: string): Record<string, unknown>[] {
  return ['ASC', 'DESC'].flatMap((direction) => {
    const rows: Record<string, unknown>[] = [];
    onDamage(undefined, () => {
      const order = key.split(', ').map((column) => `${column} ${direction}`);
      for (const row of from.prepare(`SELECT * FROM ${table} ORDER BY ${order}`).iterate())
        rows.push(row as Record<string, unknown>);
      return undefined;
    });
    return rows;
  });
}

function appendRecovered(
  into: Database,
  { openedAt, found, setAside, origin }: SalvageOptions,
  previousEpoch: string | undefined,
  { events, unreadable, withoutSealed, states }: Salvaged,
): void {
  const seq = events.audit + 1;
  const salvaged = events.sampling + events.reading + events.audit;
  const data = {
    previousEpoch: previousEpoch ?? null,
    salvaged,
    setAside,
    reason: found,
    unreadable,
    withoutSealed,
    states,
  };
  addEventTo(
    into,
    'audit',
  )({
    seq,
    type: 'audit.store-recovered',
    subject: null,
    time: openedAt.time,
    mono_ms: Math.floor(openedAt.monoMs),
    origin: addOrigin(into, origin),
    clock: openedAt.clockQuality,
    data: JSON.stringify(data),
    former_id: null,
  });
  into.prepare("UPDATE stream SET last_seq = ? WHERE name = 'audit'").run(seq);
}
