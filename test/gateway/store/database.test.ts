import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventEnvelope } from '../../../gateway/contract/envelope.ts';
import { openSqlite } from '../../../gateway/store/sqlite.ts';
import { bootB, draft, eventsOf, limits, open, seqsOf, tempDir, textOf, time } from './support/fixture.ts';

describe('append', () => {
  it('numbers each stream from 1 without a gap and composes the envelope of the contract', () => {
    const { database, release } = open(tempDir());
    const [outcome] = database.append([
      { drafts: [draft('reading', 1), draft('sampling', 2, { subject: 'T"1\u2028' }), draft('reading', 3)], moves: [] },
    ]);
    expect(outcome).toEqual({
      committed: [
        { stream: 'reading', seq: 1 },
        { stream: 'sampling', seq: 1 },
        { stream: 'reading', seq: 2 },
      ],
    });
    const [event] = eventsOf(database.batches('sampling', 0, limits));
    expect(eventEnvelope.parse(event)).toBeTruthy();
    expect(event).toEqual({
      specversion: '1.0',
      id: `hut-0417/${database.epoch}/sampling/1`,
      source: 'urn:hutgate:jinshui:hut-0417',
      type: 'org.hutgate.sampling.tested.v1',
      subject: 'T"1\u2028',
      time,
      datacontenttype: 'application/json',
      dataschema: 'urn:hutgate:schema:sampling.tested:1',
      stream: 'sampling',
      epoch: database.epoch,
      seq: '1',
      bootid: '9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d',
      monoms: '1000',
      clockq: 'synced',
      historical: false,
      data: { n: 2 },
    });
    database.close();
    release();
  });

  it('adds the sealed part as data.pii', () => {
    const { database, release } = open(tempDir());
    database.append([
      { drafts: [draft('reading', 1, { pii: 'a.b.c.d.e' }), draft('reading', 2, { data: '{}', pii: 'x' })], moves: [] },
    ]);
    expect(eventsOf(database.batches('reading', 0, limits)).map((event) => event.data)).toEqual([
      { n: 1, pii: 'a.b.c.d.e' },
      { pii: 'x' },
    ]);
    database.close();
    release();
  });

  it('leaves a bad call out of the commit and takes the others', () => {
    const { database, release } = open(tempDir());
    const big = draft('reading', 'x'.repeat(140_000));
    const outcomes = database.append([
      { drafts: [draft('reading', 1)], moves: [{ key: 'a', value: '1' }] },
      { drafts: [draft('reading', 2), big], moves: [{ key: 'b', value: '1' }] },
      { drafts: [draft('reading', 3, { data: '[' })], moves: [] },
      { drafts: [draft('reading', 4)], moves: [] },
    ]);
    expect(outcomes.map((outcome) => ('problem' in outcome ? outcome.problem.why : outcome.committed[0]!.seq))).toEqual(
      [1, 'too-large', 'malformed', 2],
    );
    expect([...database.state('')]).toEqual([['a', '1']]);
    expect(eventsOf(database.batches('reading', 0, limits)).map((event) => event.data.n)).toEqual([1, 4]);
    database.close();
    release();
  });

  it.each([
    ['data is an array', { data: '[]' }],
    ['data is cut off', { data: '{"a":' }],
    ['data is not an object', { data: 'null' }],
    ['a time that is no number', { monoMs: Number.NaN }],
    ['a type of another form', { type: 'constructor' }],
  ])('refuses an event that would spoil its batch: %s', (_, more) => {
    const { database, release } = open(tempDir());
    expect(database.append([{ drafts: [draft('reading', 1, more)], moves: [] }])).toMatchObject([
      { problem: { why: 'malformed' } },
    ]);
    expect(database.last()).toEqual({ sampling: 0, reading: 0, audit: 0 });
    database.close();
    release();
  });

  it('moves state with the events, and gives it by prefix', () => {
    const { database, release } = open(tempDir());
    const moves = ['lane/1', 'lane/2', 'lanes', 'other'].map((key) => ({ key, value: key }));
    database.append([{ drafts: [], moves }]);
    database.append([{ drafts: [], moves: [{ key: 'lane/1', value: null }] }]);
    expect([...database.state('lane/').keys()]).toEqual(['lane/2']);
    expect(database.state('').size).toBe(3);
    database.close();
    release();
  });
});

describe('batches', () => {
  it('stay within both limits, in order, and an event larger than the limit stands alone', () => {
    const { database, release } = open(tempDir());
    const sizes = [10, 10, 3_000, 10, 10, 10];
    database.append([{ drafts: sizes.map((size) => draft('reading', 'é'.repeat(size))), moves: [] }]);
    const made = database.batches('reading', 0, { eventsMax: 2, payloadBytesMax: 2_000, batchesMax: 10 });
    expect(made.map(({ first, last, count }) => [first, last, count])).toEqual([
      [1, 2, 2],
      [3, 3, 1],
      [4, 5, 2],
      [6, 6, 1],
    ]);
    for (const batch of made) if (batch.count > 1) expect(batch.payload.length).toBeLessThanOrEqual(2_000);
    expect(seqsOf(made)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(seqsOf(database.batches('reading', 1, limits, 3))).toEqual([2, 3]);
    expect(database.batches('reading', 6, limits)).toEqual([]);
    expect(database.batches('reading', 0, { ...limits, eventsMax: 1, batchesMax: 2 })).toHaveLength(2);
    database.close();
    release();
  });

  it('fill the memory they are given, and leave what does not fit for the next call', () => {
    const { database, release } = open(tempDir());
    database.append([{ drafts: [1, 2, 3, 4].map((n) => draft('reading', `${n}`.repeat(1_000))), moves: [] }]);
    const one = { ...limits, eventsMax: 1 };
    const plain = database.batches('reading', 0, one);
    const into = new SharedArrayBuffer(plain[0]!.payload.length * 3 - 1);
    const filled = database.batches('reading', 0, one, undefined, into);
    expect(filled.map(textOf)).toEqual(plain.slice(0, 2).map(textOf));
    expect(filled.every(({ payload }) => payload.buffer === into)).toBe(true);
    const small = database.batches('reading', 0, one, undefined, new SharedArrayBuffer(10));
    expect(small.map(textOf)).toEqual([textOf(plain[0]!)]);
    database.close();
    release();
  });

  it.each([
    ['a bit of its text', "body = replace(body, 'tested', 'tasted')"],
    ['its length', 'body = body || \',"x":1\''],
    ['its time', 'mono_ms = mono_ms + 1'],
    ['a high bit of its time', 'mono_ms = mono_ms + (1 << 40)'],
    ['its origin', 'origin = 1'],
    ['an origin that nobody knows', 'origin = 77'],
    ['that it was sealed', 'sealed = 0'],
    ['its checksum', 'crc = crc + 1'],
  ])('are never made of an event that is not as it was written: %s', (_, change) => {
    const dir = tempDir();
    const first = open(dir, { origin: { region: 'erqi', gateway: 'hut-9', bootId: bootB } });
    first.database.close();
    first.release();
    const { database, release } = open(dir);
    database.append([{ drafts: [1, 2, 3].map((n) => draft('reading', n, { pii: 'p' })), moves: [] }]);
    const other = openSqlite(join(dir, 'current', 'hutgate.db'));
    other.exec(`UPDATE event_reading SET ${change} WHERE seq = 2`);
    other.close();
    expect(() => database.batches('reading', 0, limits)).toThrow(
      expect.objectContaining({ code: 'SQLITE_CORRUPT', message: 'event reading/2 is not as it was written' }),
    );
    expect(seqsOf(database.batches('reading', 2, limits))).toEqual([3]);
    database.close();
    release();
  });

  it.each(["member = replace(member, 'p.2', 'p.3')", 'crc = crc + 1'])(
    'are never made of a sealed part that is not as it was written: %s',
    (change) => {
      const dir = tempDir();
      const { database, release } = open(dir);
      database.append([{ drafts: [1, 2].map((n) => draft('reading', n, { pii: `p.${n}` })), moves: [] }]);
      const other = openSqlite(join(dir, 'current', 'hutgate.db'));
      other.exec(`UPDATE sealed_reading SET ${change} WHERE seq = 2`);
      other.close();
      expect(() => database.batches('reading', 0, limits)).toThrow('event reading/2 is not as it was written');
      database.close();
      release();
    },
  );
});

describe('quarantine', () => {
  it('moves one event out and explains the gap; its number is never given again', () => {
    const dir = tempDir();
    const first = open(dir);
    first.database.append([{ drafts: [1, 2, 3].map((n) => draft('reading', n)), moves: [] }]);
    first.database.quarantine('reading', 3, 'refused three times', draft('audit', 1));
    expect(() => first.database.quarantine('reading', 9, '', draft('audit', 1))).toThrow('no event reading/9');
    first.database.close();
    first.release();

    const { database, release } = open(dir);
    database.append([{ drafts: [draft('reading', 4)], moves: [] }]);
    expect(seqsOf(database.batches('reading', 0, limits))).toEqual([1, 2, 4]);
    expect(seqsOf(database.batches('audit', 0, limits))).toEqual([1]);
    const status = database.status();
    expect(status.quarantined).toBe(1);
    expect(status.streams[1]).toMatchObject({ lastSeq: 4, pending: 3 });
    database.confirm('reading', 3);
    expect(database.status().streams[1]).toMatchObject({ confirmedSeq: 3, pending: 1, oldestPendingAt: time });
    database.close();
    release();
  });
});

describe('the file', () => {
  it('keeps numbers, watermark and state over a clean stop', () => {
    const dir = tempDir();
    const first = open(dir);
    first.database.append([{ drafts: [1, 2, 3].map((n) => draft('sampling', n)), moves: [{ key: 'k', value: 'v' }] }]);
    first.database.confirm('sampling', 2);
    first.database.confirm('sampling', 1);
    first.database.close();
    first.release();
    expect(readdirSync(join(dir, 'current')).sort()).toEqual(['epoch', 'heads', 'hutgate.db']);

    const { database, release } = open(dir);
    expect(database.epoch).toBe(first.database.epoch);
    expect(database.status().streams[0]).toEqual({
      stream: 'sampling',
      lastSeq: 3,
      confirmedSeq: 2,
      pending: 1,
      oldestPendingAt: time,
    });
    expect(database.state('k').get('k')).toBe('v');
    database.close();
    release();
  });

  it('never confirms more than it holds', () => {
    const { database, release } = open(tempDir());
    database.append([{ drafts: [draft('reading', 1)], moves: [] }]);
    database.confirm('reading', 1_000);
    database.append([{ drafts: [draft('reading', 2)], moves: [] }]);
    expect(database.status().streams[1]).toMatchObject({ confirmedSeq: 1, pending: 1 });
    database.close();
    release();
  });

  it('events keep the name of the hut and boot that captured them', () => {
    const dir = tempDir();
    const first = open(dir);
    first.database.append([{ drafts: [draft('reading', 1)], moves: [] }]);
    first.database.close();
    first.release();
    const { database, release } = open(dir, { origin: { region: 'erqi', gateway: 'hut-9', bootId: bootB } });
    database.append([{ drafts: [draft('reading', 2)], moves: [] }]);
    const events = eventsOf(database.batches('reading', 0, limits));
    expect(events.map((event) => event.id.split('/')[0])).toEqual(['hut-0417', 'hut-9']);
    expect(events.map((event) => event.bootid)).toEqual(['9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d', bootB]);
    database.close();
    release();
  });

  it('belongs to one gateway at a time', () => {
    const dir = tempDir();
    const first = open(dir);
    expect(() => open(dir)).toThrow(/another gateway runs on/);
    first.database.append([{ drafts: [draft('reading', 1)], moves: [] }]);
    first.database.close();
    first.release();
    const second = open(dir);
    second.database.close();
    second.release();
  });

  it('says so when it is from a newer hutgate, and leaves it alone', () => {
    const dir = tempDir();
    const first = open(dir);
    first.database.close();
    first.release();
    const db = openSqlite(join(dir, 'current', 'hutgate.db'));
    db.pragma('user_version = 99');
    db.close();
    expect(() => open(dir)).toThrow(/schema version 99, this hutgate knows 1/);
    expect(readdirSync(dir).filter((name) => name.startsWith('damaged'))).toEqual([]);
  });

  it('says so when its place cannot be a directory', () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'file'), '');
    expect(() => open(join(dir, 'file', 'store'))).toThrow(/cannot be opened \(ENOTDIR\)/);
  });

  it.each(['building', 'next'])('is made anew when a crash left only %s', (name) => {
    const dir = tempDir();
    const first = open(dir);
    first.database.close();
    first.release();
    rmSync(join(dir, 'current'), { recursive: true });
    if (name === 'building') mkdirSync(join(dir, 'building'));
    const { database, release } = open(dir);
    expect(database.last().reading).toBe(0);
    database.close();
    release();
  });
});

it('the same range is the same text each time', () => {
  const { database, release } = open(tempDir());
  database.append([
    { drafts: Array.from({ length: 120 }, (_, n) => draft('reading', n, { pii: `p.${n}` })), moves: [] },
  ]);
  const first = database.batches('reading', 0, limits).map(textOf);
  expect(database.batches('reading', 0, limits).map(textOf)).toEqual(first);
  database.close();
  release();
});
