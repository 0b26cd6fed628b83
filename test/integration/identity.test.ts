/**
 * A person's way through the whole hut: six kinds of card read byte by byte after a megabyte of noise, and a health code.
 * Each arrives once, opens with the registry's key only, and stands in clear nowhere: not on the disk, not in the log at
 * its most talkative, not in a byte to or from the broker, not in an answer of the local API. People are synthetic.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactDecrypt, importJWK, type JWK } from 'jose';
import { expect, test } from 'vitest';
import { people } from '../../simulators/people.ts';
import { seededRandom } from '../../simulators/random.ts';
import { connectLive } from '../support/live-client.ts';
import { until } from '../support/until.ts';
import { traces } from './traces.ts';
import { dataOf, deviceOf, drained, inject, ready, type WholeHut, wholeHut } from './whole-hut.ts';

/** Three readers at once, so that the byte-by-byte reading takes a third of the time. */
const presented: ReadonlyMap<string, readonly string[]> = new Map([
  ['card-1', ['zhang-san', 'ouyang-long-term', 'permit-hong-kong']],
  ['card-2', ['permit-taiwan', 'foreign-2017']],
  // The first person again: the same reference.
  ['card-3', ['foreign-2023', 'zhang-san']],
]);
const idTypes: ReadonlyMap<string, string> = new Map([
  ['zhang-san', '01'],
  ['ouyang-long-term', '01'],
  ['permit-hong-kong', '06'],
  ['permit-taiwan', '07'],
  ['foreign-2017', '08'],
  ['foreign-2023', '08'],
]);
const healthCode = '{"姓名":"测试甲","手机":"13800000000","code":"9f8e7d6c"}';

/** Random bytes, with the head of a long frame every 4 KiB: a reader that trusts it swallows what follows. */
function noise(bytes: number): Buffer {
  const random = seededRandom(7, 'noise');
  const made = Buffer.from(Uint8Array.from({ length: bytes }, () => Math.floor(random() * 256)));
  for (let at = 0; at + 7 < bytes; at += 4096) Buffer.from('aaaaaa96690910', 'hex').copy(made, at);
  return made;
}

/** The reader's next looks at the antenna have begun: a card that was lifted before is not seen by the last of them. */
async function looks(hut: WholeHut, reader: string, times: number) {
  const received = async () => (await hut.rack.state()).find(({ id }) => id === reader)!.counters.receivedBytes;
  const before = await received();
  const findBytes = 10;
  await until('the reader looks', async () => (await received()) >= before + times * findBytes);
}

const readings = async (hut: WholeHut, reader: string) => (await deviceOf(hut, reader))!.counters.readings;

async function present(hut: WholeHut, reader: string, person: string) {
  const before = await readings(hut, reader);
  await hut.rack.act(reader, 'present', { person });
  await until(`the card of ${person}`, async () => (await readings(hut, reader)) > before);
  await hut.rack.act(reader, 'lift');
  await looks(hut, reader, 4);
}

test('six cards and a health code arrive once, sealed, and leave no trace in clear', async () => {
  const hut = await wholeHut({
    devices: [
      ...[...presented.keys()].map((id) => ({
        ...{ id, driver: 'id-sam', options: { pollMs: 100, sameCardWindowMs: 0 } },
        simulator: { options: { findMs: [0, 0], readMs: [0, 0], otherMs: [0, 0] } },
      })),
      { id: 'scanner-1', driver: 'scanner-line', options: { repeatWindowMs: 0 } },
    ],
    more: { log: { level: 'trace' } },
  });
  const gateway = hut.start();
  await ready(hut);
  const live = await connectLive(`http://127.0.0.1:${hut.files.apiPort}`);

  const megabyte = noise(1 << 20);
  await Promise.all(
    [...presented].map(async ([reader, cards]) => {
      await inject(hut, reader, megabyte);
      await hut.rack.faults(reader, { direction: 'to-host', split: 1, splitMs: 0 });
      for (const person of cards) await present(hut, reader, person);
    }),
  );
  for (const encoding of ['utf8', 'gb18030']) {
    await hut.rack.act('scanner-1', 'scan', { text: healthCode, encoding });
  }
  await hut.rack.act('scanner-1', 'scan', { text: 'T2211070042' });
  await drained(hut, 10);

  for (const reader of presented.keys()) {
    const { discardedBytes } = (await deviceOf(hut, reader))!.counters;
    expect(Object.values(discardedBytes).reduce((a, b) => a + b, 0)).toBeGreaterThan(1 << 19);
    const { faults } = (await hut.rack.state()).find(({ id }) => id === reader)!.counters;
    expect(faults.split).toBeGreaterThan(2_500);
  }

  // Only the registry opens it.
  const key = await importJWK(hut.files.privateKey as JWK, 'ECDH-ES');
  const open = async (pii: unknown) =>
    JSON.parse(Buffer.from((await compactDecrypt(pii as string, key)).plaintext).toString('utf8'));
  const cards = dataOf(hut, 'reading.card-read');
  const references = new Map<unknown, unknown>();
  const opened: string[] = [];
  for (const { device, idType, personRef, pii } of cards) {
    const sealed = await open(pii);
    const person = people.find(({ idNumber }) => idNumber === sealed.idNumber)!;
    expect(sealed).toMatchObject({ name: person.name, idType });
    expect(idType).toBe(idTypes.get(person.id));
    // The same person, the same reference; another person, another one.
    expect(references.get(personRef) ?? person.id).toBe(person.id);
    references.set(personRef, person.id);
    opened.push(`${device} ${person.id}`);
  }
  expect(references.size).toBe(people.length);
  // Each once, in the order in which they lay on their reader.
  for (const [reader, persons] of presented)
    expect(opened.filter((line) => line.startsWith(reader))).toEqual(persons.map((person) => `${reader} ${person}`));
  expect(hut.central.report()).toMatchObject({ gaps: 0, violations: 0 });

  const scans = dataOf(hut, 'reading.scanned');
  expect(scans.map(({ text }) => text)).toEqual([undefined, undefined, 'T2211070042']);
  expect(await open(scans[0]!.pii)).toEqual({ text: healthCode });
  expect(await open(scans[1]!.pii)).toEqual({ text: healthCode });
  expect(scans[1]!.textRef).toBe(scans[0]!.textRef);

  // In clear nowhere.
  const secrets = [
    ...people.flatMap(({ name, chineseName, idNumber, address }) => [name, chineseName, idNumber, address]),
    ...[healthCode, '13800000000', '测试甲'],
  ].filter((secret) => secret !== undefined);
  const places = new Map<string, Buffer>();
  const addFiles = (when: string) => {
    for (const entry of readdirSync(hut.dataDir, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) places.set(`${entry.name} ${when}`, readFileSync(join(entry.parentPath, entry.name)));
  };
  for (const path of ['/api/health', '/api/devices', '/'])
    places.set(path, Buffer.from(await (await fetch(`http://127.0.0.1:${hut.files.apiPort}${path}`)).text()));
  places.set('live feed', Buffer.from(JSON.stringify(live.messages)));
  live.close();
  addFiles('while running');
  expect(await gateway.kill('SIGTERM')).toBe(0);
  addFiles('after the end');
  places.set('log', readFileSync(hut.files.logFile));
  places.set('wire to the broker', hut.tap.bytes());
  expect([...places.keys()]).toEqual(
    expect.arrayContaining(['hutgate.db while running', 'hutgate.db-wal while running']),
  );
  expect(places.get('wire to the broker')!.includes('T2211070042')).toBe(true);
  expect(traces(secrets, places)).toEqual([]);
});

test('a trace would be found', () => {
  const secret = '张三410199';
  const holds = (bytes: Buffer) => traces([secret], new Map([['there', bytes]])).length > 0;
  for (const before of ['', 'x', 'xy']) {
    const text = `${before}${secret}z`;
    for (const encoding of ['utf8', 'utf16le', 'base64', 'hex'] as const) {
      const bytes =
        encoding === 'base64' || encoding === 'hex'
          ? Buffer.from(Buffer.from(text).toString(encoding))
          : Buffer.from(text, encoding);
      expect(holds(bytes), `${before} ${encoding}`).toBe(true);
    }
    expect(
      holds(Buffer.from(JSON.stringify(text).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`))),
    ).toBe(true);
    expect(holds(Buffer.from(Buffer.from(text, 'utf16le').toString('base64url')))).toBe(true);
  }
  expect(holds(Buffer.from('张 三 410 199'))).toBe(false);
});
