/** Damaged files: what can be read goes on in a new epoch, the file is set aside, the centre is told. */
import {
  closeSync,
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditEvents } from '../../../gateway/contract/audit-events.ts';
import { storeFile } from '../../../gateway/store/directory.ts';
import { verifyStore } from '../../../gateway/store/inspect.ts';
import { rawRows } from '../../../gateway/store/pages.ts';
import { openSqlite } from '../../../gateway/store/sqlite.ts';
import { draft, eventsOf, limits, open, tempDir } from './support/fixture.ts';

const pageBytes = 4096;
/** Of the readings that `filled` writes: no page has room for more. */
const rowsPerPageMax = 60;

/** A store with `count` readings, closed; gives its epoch. */
function filled(dir: string, count: number, confirmed = 0): string {
  const { database, release } = open(dir);
  for (let n = 1; n <= count; n += 1) {
    database.append([
      {
        drafts: [draft('reading', n, { pii: `sealed.${n}.${'x'.repeat(200)}` })],
        moves: [{ key: 'n', value: String(n) }],
      },
    ]);
  }
  database.confirm('reading', confirmed);
  database.close();
  release();
  return database.epoch;
}

function overwrite(file: string, page: number, bytes: Uint8Array): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, bytes, 0, bytes.length, page * pageBytes);
  closeSync(handle);
}

const rootOf = (db: Database, table: string) =>
  db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table) as number;

function recovered(dir: string) {
  const { database, release } = open(dir);
  const readings = eventsOf(database.batches('reading', 0, limits));
  const audits = eventsOf(database.batches('audit', 0, limits));
  const states = database.state('');
  database.close();
  release();
  return { epoch: database.epoch, readings, audits, states };
}

describe('a damaged file', () => {
  it('is set aside; unconfirmed events keep order and id under new numbers, and the audit says so', () => {
    const dir = tempDir();
    const epoch = filled(dir, 200, 50);
    const file = storeFile(dir);
    const pages = statSync(file).size / pageBytes;
    overwrite(file, Math.floor(pages / 2), new Uint8Array(pageBytes).fill(0xa5));

    const after = recovered(dir);
    expect(after.epoch).not.toBe(epoch);
    const kept = after.readings.map((event) => event.data.n as number);
    expect(kept.length).toBeGreaterThan(130);
    expect(kept.every((n, index) => n > 50 && (index === 0 || n > kept[index - 1]!))).toBe(true);
    expect(after.readings.map((event) => event.seq)).toEqual(kept.map((_, index) => String(index + 1)));
    expect(after.readings.map((event) => event.id)).toEqual(kept.map((n) => `hut-0417/${epoch}/reading/${n}`));
    expect(after.readings.every((event) => event.epoch === after.epoch)).toBe(true);
    expect(after.states.get('n')).toBe('200');

    expect(after.audits).toHaveLength(1);
    expect(after.audits[0]!.type).toBe('org.hutgate.audit.store-recovered.v1');
    const data = auditEvents['audit.store-recovered'].parse(after.audits[0]!.data);
    expect(data).toMatchObject({ previousEpoch: epoch, salvaged: kept.length });
    expect(existsSync(join(dir, data.setAside!, 'hutgate.db'))).toBe(true);
    expect(verifyStore(dir).problems).toEqual([]);
    // Once is enough.
    expect(recovered(dir).epoch).toBe(after.epoch);
  });

  it.each([
    ['the first page of the file', () => 1],
    ['the root of the events', (db: Database) => rootOf(db, 'event_reading')],
    ['the root of the sealed parts', (db: Database) => rootOf(db, 'sealed_reading')],
    ['the table of the heads', (db: Database) => rootOf(db, 'stream')],
    ['the table of the origins', (db: Database) => rootOf(db, 'origin')],
  ])('loses no event with %s', (_, pageOf) => {
    const dir = tempDir();
    const epoch = filled(dir, 200);
    const db = openSqlite(storeFile(dir), { readonly: true });
    const page = pageOf(db);
    db.close();
    overwrite(storeFile(dir), page - 1, new Uint8Array(pageBytes).fill(0x5a));
    const { readings } = recovered(dir);
    expect(readings.map((event) => event.id)).toEqual(
      Array.from({ length: 200 }, (_, index) => `hut-0417/${epoch}/reading/${index + 1}`),
    );
    expect(readings.every((event) => String(event.data.pii).startsWith(`sealed.${event.data.n}.`))).toBe(true);
    expect(verifyStore(dir).problems).toEqual([]);
  });

  it('reads on after a damaged log, and rows longer than a page', () => {
    const live = tempDir();
    const dir = tempDir();
    const { database, release } = open(live);
    const long = 'ö'.repeat(20_000);
    for (let n = 1; n <= 30; n += 1)
      database.append([{ drafts: [draft('reading', n, { data: JSON.stringify({ n, long }) })], moves: [] }]);
    cpSync(join(live, 'current'), join(dir, 'current'), { recursive: true });
    database.close();
    release();
    rmSync(`${storeFile(dir)}-shm`);
    const bodies = new Map(
      [...rawRows(storeFile(dir))].flatMap(({ rowid, values: [, , , , , body] }) =>
        typeof body === 'string' && body.includes('reading.tested') ? [[rowid, body] as const] : [],
      ),
    );
    expect([...bodies.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    for (const [n, body] of bodies) expect(body.endsWith(`"data":{"n":${n},"long":"${long}"`)).toBe(true);
    overwrite(storeFile(dir), 0, new Uint8Array(pageBytes));
    const after = recovered(dir);
    expect(after.readings.map((event) => event.data.n)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });

  it('keeps the id of an event through two recoveries', () => {
    const dir = tempDir();
    const epoch = filled(dir, 5);
    for (const _ of [1, 2]) {
      overwrite(storeFile(dir), 2, new Uint8Array(pageBytes).fill(0xff));
      expect(recovered(dir).readings.map((event) => event.id)).toEqual(
        [1, 2, 3, 4, 5].map((n) => `hut-0417/${epoch}/reading/${n}`),
      );
    }
    expect(readdirSync(dir).filter((name) => name.startsWith('damaged-'))).toHaveLength(2);
  });

  it('whatever pages are overwritten with whatever, the store opens, sound, with no event that was not written', {
    timeout: 120_000,
  }, () => {
    const source = tempDir();
    filled(source, 120);
    const size = statSync(storeFile(source)).size / pageBytes;
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.nat(size - 1), fc.uint8Array({ minLength: 1, maxLength: pageBytes }), fc.nat(pageBytes - 1)),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        (hits) => {
          const dir = tempDir();
          cpSync(source, dir, { recursive: true });
          for (const [page, bytes, offset] of hits) {
            overwrite(storeFile(dir), page + offset / pageBytes, bytes.subarray(0, pageBytes - offset));
          }
          const after = recovered(dir);
          const numbers = after.readings.map((event) => Number(event.seq));
          expect(numbers).toEqual(numbers.map((_, index) => index + 1));
          const written = after.readings.map((event) => event.data.n as number);
          expect(written).toEqual([...new Set(written)].sort((a, b) => a - b));
          const pagesHit = new Set(hits.map(([page]) => page)).size;
          expect(written.length).toBeGreaterThanOrEqual(120 - pagesHit * rowsPerPageMax);
          for (const { data } of after.readings) {
            if (data.pii !== undefined) expect(data.pii).toBe(`sealed.${data.n}.${'x'.repeat(200)}`);
          }
          recovered(dir);
          rmSync(dir, { recursive: true });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('zero bytes long: a new epoch begins', () => {
    const dir = tempDir();
    const epoch = filled(dir, 3);
    truncateSync(storeFile(dir), 0);
    const after = recovered(dir);
    expect(after.epoch).not.toBe(epoch);
    expect(after.readings).toEqual([]);
    expect(after.audits[0]!.data).toMatchObject({ previousEpoch: epoch, salvaged: 0, reason: 'the file is empty' });
  });

  it('gone from its directory: a new epoch begins', () => {
    const dir = tempDir();
    filled(dir, 3);
    rmSync(storeFile(dir));
    expect(recovered(dir).audits[0]!.data.reason).toBe('the file is missing');
  });

  it.each([1, 100, pageBytes, 3 * pageBytes + 17])('cut off after %i bytes', (bytes) => {
    const dir = tempDir();
    filled(dir, 50);
    truncateSync(storeFile(dir), bytes);
    const after = recovered(dir);
    expect(after.audits.at(-1)!.type).toBe('org.hutgate.audit.store-recovered.v1');
    expect(verifyStore(dir).problems).toEqual([]);
  });
});

describe('the log of a store that was not closed', () => {
  /** A copy of a store in mid-life, as the disk has it when the power goes. */
  function unplugged(count: number): { dir: string; epoch: string } {
    const live = tempDir();
    const dir = tempDir();
    const { database, release } = open(live);
    for (let n = 1; n <= count; n += 1) database.append([{ drafts: [draft('reading', n)], moves: [] }]);
    cpSync(join(live, 'current'), join(dir, 'current'), { recursive: true });
    database.close();
    release();
    return { dir, epoch: database.epoch };
  }

  it('holds what was committed, also without its index', () => {
    const { dir, epoch } = unplugged(20);
    rmSync(`${storeFile(dir)}-shm`);
    const after = recovered(dir);
    expect(after.epoch).toBe(epoch);
    expect(after.readings).toHaveLength(20);
  });

  it('torn at its end: what is whole counts, numbers go on', () => {
    const { dir, epoch } = unplugged(20);
    const log = `${storeFile(dir)}-wal`;
    truncateSync(log, statSync(log).size - 100);
    // The power went in the middle of the last commit, so nobody was told of it.
    rmSync(join(dir, 'current', 'heads'));
    const after = recovered(dir);
    expect(after.epoch).toBe(epoch);
    expect(after.readings).toHaveLength(19);
    expect(verifyStore(dir).problems).toEqual([]);
  });

  it.each(['missing', 'empty'])('%s: numbers must not be given twice, so a new epoch begins', (how) => {
    const { dir, epoch } = unplugged(20);
    const log = `${storeFile(dir)}-wal`;
    if (how === 'missing') rmSync(log);
    else truncateSync(log, 0);
    const after = recovered(dir);
    expect(after.epoch).not.toBe(epoch);
    expect(after.audits[0]!.data.reason).toBe('events of reading that were acknowledged are missing');
  });

  it('damaged in its middle: what stands behind the damage is found all the same', () => {
    const { dir, epoch } = unplugged(20);
    const log = `${storeFile(dir)}-wal`;
    const handle = openSync(log, 'r+');
    writeSync(handle, new Uint8Array(64).fill(0xee), 0, 64, Math.floor(statSync(log).size / 2));
    closeSync(handle);
    const after = recovered(dir);
    expect(after.epoch).not.toBe(epoch);
    expect(after.readings.map((event) => event.id)).toEqual(
      Array.from({ length: 20 }, (_, index) => `hut-0417/${epoch}/reading/${index + 1}`),
    );
  });
});

it('an old copy put back does not give numbers a second time', () => {
  const dir = tempDir();
  const epoch = filled(dir, 3);
  const old = readFileSync(storeFile(dir));
  filled(dir, 3);
  writeFileSync(storeFile(dir), old);
  const after = recovered(dir);
  expect(after.epoch).not.toBe(epoch);
  expect(after.readings).toHaveLength(3);
});

it('what went wrong holds no text from the events', () => {
  const dir = tempDir();
  filled(dir, 100);
  const file = storeFile(dir);
  for (let page = 1; page < statSync(file).size / pageBytes; page += 3)
    overwrite(file, page, readFileSync(file).subarray(0, 300));
  const { audits } = recovered(dir);
  expect(JSON.stringify(audits)).not.toContain('sealed.');
});
