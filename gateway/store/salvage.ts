/**
 * Carries all that can be read of a damaged file into a new one. Events the central system has not confirmed are
 * numbered anew in the new epoch, in their old order, so that the sequence has no gap. They keep the `id` they were born
 * with: the consumer deduplicates on it, so an event that had been sent before the damage still counts once.
 *
 * Events are looked for page by page and known by their checksum (pages.ts); heads, origins and state are asked of SQLite,
 * as far as it can still answer. Without a head, confirmed events may come along and are sent again.
 */
import { statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { type StreamName, streams } from '../contract/streams.ts';
import { onDamage, reading } from './check.ts';
import { eventCrc, sealedCrc, summed } from './checksum.ts';
import { isStream } from './draft.ts';
import { bodyComposer, type NewEventRow, type Origin, renumberedBody, streamOfBody } from './envelope.ts';
import { addOrigin } from './origin.ts';
import { type RawRow, rawRows } from './pages.ts';
import type { Stamp } from './settings.ts';

export interface SalvageOptions {
  readonly origin: Origin;
  readonly openedAt: Stamp;
  /** From beside the file; the file's own is believed first. */
  readonly formerEpoch: string | undefined;
  readonly found: string;
  readonly setAside: string;
}

interface Salvaged {
  readonly salvaged: number;
  /** Unconfirmed events that could not be read; 0 when it is not known how many there were. */
  readonly unreadable: number;
  /** Events that were read without their sealed part. */
  readonly withoutSealed: number;
  readonly states: number;
}

/** What SQLite still says about the damaged file. */
interface Known {
  readonly epoch: string | undefined;
  readonly heads: ReadonlyMap<StreamName, { readonly last: number; readonly confirmed: number }>;
  readonly deadLetters: ReadonlySet<string>;
  /** The number of an origin in the new file. */
  originOf(no: number): number;
  readonly states: number;
}

const unknownBoot = '00000000-0000-0000-0000-000000000000';
const rowsPerStep = 500;

/** `into` is a new, empty store. Ends with the `audit.store-recovered` event that says what was done. */
export function salvage(file: string, into: Database, options: SalvageOptions): void {
  into.transaction(() => {
    addOrigin(into, options.origin);
    const known = carrySmall(file, into, options);
    if (statSync(file, { throwIfNoEntry: false }) !== undefined) carryEvents(file, into, known);
    const counts = streams.map((stream) => renumber(into, stream, known));
    const sum = (of: 'salvaged' | 'unreadable' | 'withoutSealed') =>
      counts.reduce((total, count) => total + count[of], 0);
    appendRecovered(into, options, known.epoch, {
      salvaged: sum('salvaged'),
      unreadable: sum('unreadable'),
      withoutSealed: sum('withoutSealed'),
      states: known.states,
    });
  })();
}

/** Each question stands alone: what cannot be read of one table does not cost the next. */
function carrySmall(file: string, into: Database, { formerEpoch, origin }: SalvageOptions): Known {
  const nothing: Known = {
    epoch: formerEpoch,
    heads: new Map(),
    deadLetters: new Set(),
    originOf: () => addOrigin(into, { ...origin, bootId: unknownBoot }),
    states: 0,
  };
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return nothing;
  return onDamage(nothing, () =>
    reading(file, (from) => {
      const epochRow = "SELECT value FROM meta WHERE key = 'epoch' AND crc = row_crc(key, value)";
      const epoch =
        onDamage(undefined, () => from.prepare(epochRow).pluck().get() as string | undefined) ?? formerEpoch;
      const dead = bothEnds(from, 'dead_letter', 'epoch, stream, seq');
      carryRows(into, 'dead_letter', dead);
      return {
        epoch,
        heads: new Map(streams.flatMap((stream) => headOf(from, stream))),
        deadLetters: new Set(dead.filter((row) => row.epoch === epoch).map((row) => `${row.stream}/${row.seq}`)),
        originOf: carryOrigins(from, into, origin),
        states: carryRows(into, 'state', bothEnds(from, `state WHERE crc = row_crc(${summed.state})`, 'key')),
      };
    }),
  );
}

function headOf(from: Database, stream: StreamName): [StreamName, { last: number; confirmed: number }][] {
  const sql = `SELECT last_seq AS last, confirmed_seq AS confirmed FROM stream WHERE name = ? AND crc = row_crc(${summed.stream})`;
  const row = onDamage(
    undefined,
    () => from.prepare(sql).get(stream) as { last: number; confirmed: number } | undefined,
  );
  return row === undefined ? [] : [[stream, row]];
}

/** Puts every unconfirmed event and sealed part that is as it was written into the new file, still under its old number. */
function carryEvents(file: string, into: Database, { heads, deadLetters, originOf }: Known): void {
  const tables = new Map(streams.map((stream) => [stream, addTo(into, stream)]));
  const wanted = (stream: StreamName, seq: number) =>
    seq > (heads.get(stream)?.confirmed ?? 0) && !deadLetters.has(`${stream}/${seq}`);
  for (const raw of rawRows(file)) {
    const event = eventIn(raw);
    if (event !== undefined) {
      const { stream, row } = event;
      if (wanted(stream, row.seq)) tables.get(stream)!.event({ ...row, origin: originOf(row.origin) });
      continue;
    }
    const sealed = sealedIn(raw);
    if (sealed !== undefined && wanted(sealed.stream, raw.rowid))
      tables.get(sealed.stream)!.sealed(raw.rowid, sealed.member);
  }
}

/** The columns of schema.ts, proved by their checksum. */
function eventIn({ rowid, values }: RawRow): { stream: StreamName; row: NewEventRow } | undefined {
  if (values.length !== 6 || values[0] !== null) return undefined;
  const [, origin, mono_ms, sealed, crc, body] = values;
  if (typeof body !== 'string') return undefined;
  const row = { seq: rowid, origin, mono_ms, sealed, body } as NewEventRow;
  const stream = streamOfBody(body);
  return isStream(stream) && crc === eventCrc(row, body) ? { stream, row } : undefined;
}

function sealedIn({ rowid, values }: RawRow): { stream: StreamName; member: string } | undefined {
  const [key, member, crc] = values;
  if (values.length !== 3 || key !== null || typeof member !== 'string') return undefined;
  const stream = streams.find((name) => crc === sealedCrc(name, rowid, member));
  return stream && { stream, member };
}

function addTo(into: Database, stream: StreamName) {
  const event = into.prepare(
    `INSERT OR IGNORE INTO event_${stream} (seq, origin, mono_ms, sealed, crc, body)
     VALUES (:seq, :origin, :mono_ms, :sealed, :crc, :body)`,
  );
  const sealed = into.prepare(`INSERT OR IGNORE INTO sealed_${stream} VALUES (?, ?, ?)`);
  return {
    event: (row: NewEventRow) => event.run({ ...row, crc: eventCrc(row, row.body) }),
    sealed: (seq: number, member: string) => sealed.run(seq, member, sealedCrc(stream, seq, member)),
  };
}

/** From 1, in the old order. A new number is never above the old one, so each place is free when its turn comes. */
function renumber(into: Database, stream: StreamName, { heads, deadLetters }: Known) {
  const page = into.prepare(
    `SELECT e.*, s.member FROM event_${stream} e LEFT JOIN sealed_${stream} s ON s.seq = e.seq
     WHERE e.seq > ? ORDER BY e.seq LIMIT ${rowsPerStep}`,
  );
  const moveEvent = into.prepare(`UPDATE event_${stream} SET seq = ?, crc = ?, body = ? WHERE seq = ?`);
  const moveSealed = into.prepare(`UPDATE sealed_${stream} SET seq = ?, crc = ? WHERE seq = ?`);
  into.exec(`DELETE FROM sealed_${stream} WHERE seq NOT IN (SELECT seq FROM event_${stream})`);
  let salvaged = 0;
  let withoutSealed = 0;
  for (let after = 0; ; ) {
    const rows = page.all(after) as (NewEventRow & { member: string | null })[];
    for (const row of rows) {
      const seq = salvaged + 1;
      const body = renumberedBody(row.body, seq);
      moveEvent.run(seq, eventCrc({ ...row, seq }, body), body, row.seq);
      if (row.member !== null) moveSealed.run(seq, sealedCrc(stream, seq, row.member), row.seq);
      else if (row.sealed === 1) withoutSealed += 1;
      salvaged = seq;
    }
    if (rows.length < rowsPerStep) break;
    after = rows.at(-1)!.seq;
  }
  setLast(into, stream, salvaged);
  const head = heads.get(stream) ?? { last: 0, confirmed: 0 };
  const dead = [...deadLetters].filter(
    (key) => key.startsWith(`${stream}/`) && Number(key.split('/')[1]) > head.confirmed,
  );
  const unreadable = Math.max(0, head.last - head.confirmed - dead.length - salvaged);
  return { salvaged, withoutSealed, unreadable };
}

/** Origins keep their meaning under new numbers; rows of an origin that cannot be read keep at least the hut. */
function carryOrigins(from: Database, into: Database, own: Origin): (no: number) => number {
  const rows = bothEnds(from, `origin WHERE crc = row_crc(${summed.origin})`, 'no');
  const known = new Map(
    (rows as unknown as { no: number; region: string; gateway: string; boot_id: string }[]).map((row) => [
      row.no,
      addOrigin(into, { region: row.region, gateway: row.gateway, bootId: row.boot_id }),
    ]),
  );
  return (no) => known.get(no) ?? addOrigin(into, { ...own, bootId: unknownBoot });
}

function carryRows(into: Database, table: 'state' | 'dead_letter', rows: readonly Record<string, unknown>[]): number {
  for (const row of rows) {
    const columns = Object.keys(row);
    const add = into.prepare(`INSERT OR IGNORE INTO ${table} (${columns}) VALUES (${columns.map(() => '?')})`);
    onDamage(undefined, () => add.run(...Object.values(row)));
  }
  return into.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
}

/** Rows of a small table from its start and from its end, each up to where it cannot be read. */
function bothEnds(from: Database, table: string, key: string): Record<string, unknown>[] {
  return ['ASC', 'DESC'].flatMap((direction) => {
    const rows: Record<string, unknown>[] = [];
    onDamage(undefined, () => {
      const order = key.split(', ').map((column) => `${column} ${direction}`);
      const found = from.prepare(`SELECT * FROM ${table} ORDER BY ${order}`).iterate();
      for (const row of found as IterableIterator<Record<string, unknown>>) rows.push(row);
      return undefined;
    });
    return rows;
  });
}

function setLast(into: Database, name: StreamName, last: number): void {
  into
    .prepare('UPDATE stream SET last_seq = :last, crc = row_crc(:name, :last, 0, 0) WHERE name = :name')
    .run({ name, last });
}

function appendRecovered(
  into: Database,
  options: SalvageOptions,
  previousEpoch: string | undefined,
  counts: Salvaged,
): void {
  const { openedAt, found, setAside, origin } = options;
  const epoch = into.prepare("SELECT value FROM meta WHERE key = 'epoch'").pluck().get() as string;
  const salvaged = { key: 'salvaged', value: options.found };
  into.prepare('INSERT INTO meta VALUES (:key, :value, row_crc(:key, :value))').run(salvaged);
  const last = into.prepare("SELECT last_seq FROM stream WHERE name = 'audit'").pluck().get() as number;
  const seq = last + 1;
  const data = JSON.stringify({ previousEpoch: previousEpoch ?? null, setAside, reason: found, ...counts });
  addTo(into, 'audit').event({
    seq,
    origin: addOrigin(into, origin),
    mono_ms: Math.floor(openedAt.monoMs),
    sealed: 0,
    body: bodyComposer(
      origin.gateway,
      epoch,
      'audit',
    )(seq, {
      stream: 'audit',
      type: 'audit.store-recovered',
      ...openedAt,
      data,
    }),
  });
  setLast(into, 'audit', seq);
}
