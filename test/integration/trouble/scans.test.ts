/** What goes wrong with codes at the hut (workflow 3.6): each row of the table as it happens, over real PTYs. */
import { compactDecrypt, importJWK, type JWK } from 'jose';
import { expect, test } from 'vitest';
import { logOf } from '../../support/gateway-process.ts';
import {
  arrived,
  box,
  card,
  dataOf,
  extraScanner,
  type LaneHut,
  laneHut,
  operators,
  phone,
  samplingTypes,
  thermometer,
  tube,
} from '../lane-hut.ts';
import { deviceOf } from '../whole-hut.ts';

/** With a tube open on lane-1. */
async function withTube(setup: Parameters<typeof laneHut>[0] = {}): Promise<LaneHut> {
  const hut = await laneHut(setup);
  await hut.one.signIn();
  expect(await hut.one.scan(tube(1))).toMatchObject({ tone: 'ok', code: 'tube-opened' });
  return hut;
}

test('same code fired twice', async () => {
  const hut = await withTube({ devices: [extraScanner] });
  const { one } = hut;
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'ok', code: 'person-added', values: { slot: 1 } });
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'repeat', code: 'same-code' });
  // The scanner's own window is not the lane's: its other scanner saw the same phone.
  expect(await one.scanWith('scanner-3', phone(1))).toMatchObject({ tone: 'repeat', code: 'same-code' });
  await arrived(hut);
  expect(samplingTypes(hut)).toEqual(['session-opened', 'tube-opened', 'person-added']);
  expect(hut.received.filter(({ stream }) => stream === 'reading')).toEqual([]);
});

test('same code fired twice: what was not recorded is no repeat', async () => {
  const hut = await withTube({ devices: [thermometer, card], campaign: { temperature: 'required' } });
  const { one } = hut;
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'refused', code: 'measure-first' });
  expect(await one.measure(36.5)).toMatchObject({ tone: 'noted', code: 'temperature' });
  // The same phone at once: the scanner takes it for a repeat, and nobody has recorded it yet.
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'ok', code: 'person-added' });

  expect(await one.lay('crowd-2')).toMatchObject({ tone: 'refused', code: 'measure-first' });
  await one.measure(36.6);
  expect(await one.lay('crowd-2')).toMatchObject({ tone: 'ok', code: 'person-added', values: { slot: 2 } });
  await arrived(hut);
  expect(dataOf(hut, 'person-added')).toMatchObject([{ temperature: 36.5 }, { temperature: 36.6 }]);
});

test('same code fired twice: what was taken back by a tap may be scanned again', async () => {
  const hut = await withTube({ devices: [extraScanner] });
  const { one } = hut;
  await one.scan(phone(1));
  expect(await one.tap('undo')).toMatchObject({ tone: 'ok', code: 'person-removed' });
  expect(await one.scanWith('scanner-3', phone(1))).toMatchObject({ tone: 'ok', code: 'person-added' });
});

test('person already in this tube / other lane / earlier this round here', async () => {
  const hut = await withTube();
  const { one, two } = hut;
  await one.scanAll(phone(1), phone(2), phone(3));
  expect(await one.scan(phone(1))).toMatchObject({
    ...{ tone: 'repeat', code: 'person-in-this-tube' },
    values: { slot: 1 },
  });
  await two.signIn(operators[1]);
  await two.scan(tube(2));
  expect(await two.scan(phone(2))).toMatchObject({
    ...{ tone: 'refused', code: 'person-elsewhere' },
    values: { lane: 'lane-1', tube: '0001' },
  });
  await one.tap('close-tube');
  expect(await two.scan(phone(2))).toMatchObject({
    ...{ tone: 'question', code: 'sampled-earlier' },
    values: { tube: '0001' },
  });
  // Until it is answered nobody else is taken, and nothing is recorded.
  expect(await two.scan(phone(9))).toMatchObject({ tone: 'refused', code: 'answer-first' });
  expect(await two.tap('cancel')).toMatchObject({ tone: 'noted', code: 'cancelled' });
  expect((await two.view()).tube?.count).toBe(0);
  await two.scan(phone(9));
  await two.scan(phone(2));
  expect(await two.scan('HUTGATE:YES')).toMatchObject({ tone: 'ok', code: 'person-added', values: { slot: 2 } });
  await arrived(hut);
  expect(dataOf(hut, 'person-added').at(-1)).toMatchObject({ tube: tube(2), earlierTube: tube(1), slot: 2 });
});

test('unreadable/torn/wet QR', async () => {
  const hut = await withTube({ devices: [card] });
  const { one } = hut;
  const torn = phone(1).slice(0, 14);
  const payment = 'https://pay.example/410199199003070018?to=%3Cscript%3E';
  const wrongDigit = phone(2).replace(/\d\|/, (end) => `${(Number(end[0]) + 1) % 10}|`);
  for (const text of [torn, payment, wrongDigit, `${'x'.repeat(600)}`]) {
    const said = await one.scan(text);
    expect(said).toMatchObject({ tone: 'refused' });
    expect(JSON.stringify(said)).not.toContain(text.slice(0, 12));
  }
  expect((await deviceOf(hut as never, 'scanner-1'))?.counters).toMatchObject({ unknownCodes: 4 });
  expect((await deviceOf(hut as never, 'scanner-2'))?.counters).toMatchObject({ unknownCodes: 0 });
  // The next ways: the card, then the number on the pad.
  expect((await one.view()).can).toContain('manual');
  expect(await one.lay('crowd-1')).toMatchObject({ tone: 'ok', code: 'person-added', values: { slot: 1 } });
  const manual = { action: 'manual', idType: '03', idNumber: 'ut0000001' } as const;
  expect(await one.tap(manual)).toMatchObject({ tone: 'ok', code: 'person-added', values: { slot: 2 } });
  await arrived(hut);
  expect(dataOf(hut, 'person-added')).toMatchObject([
    { via: 'card', idType: '01' },
    { via: 'manual', idType: '03' },
  ]);
  expect(hut.received.filter(({ stream }) => stream === 'reading')).toEqual([]);
  expect(logOf(hut.files)).not.toContain('pay.example');
});

test('expired dynamic code offline', async () => {
  const hut = await withTube();
  await hut.broker.stop();
  const token = 'P:A1B2C3D4E5F6';
  expect(await hut.one.scan(token)).toMatchObject({ tone: 'ok', code: 'person-added', values: { slot: 1 } });
  await hut.brokerBack();
  await arrived(hut);
  const [added] = dataOf(hut, 'person-added');
  expect(added).toMatchObject({ idType: '99', via: 'paper' });
  // Only the registry learns the token, and finds out who it was at the time of the scan.
  const key = await importJWK(hut.files.privateKey as JWK, 'ECDH-ES');
  const { plaintext } = await compactDecrypt(added!.pii as string, key);
  expect(JSON.parse(Buffer.from(plaintext).toString())).toEqual({ text: token });
  expect(hut.tap.bytes().includes(token)).toBe(false);
});

test("wrong QR (someone else's)", async () => {
  const hut = await withTube({ campaign: { undoSeconds: 60 } });
  const { one } = hut;
  await one.scan(phone(1));
  await one.scan(phone(2));
  expect(await one.scan('HUTGATE:UNDO')).toMatchObject({ tone: 'ok', code: 'person-removed', values: { slot: 2 } });
  expect(await one.scan(phone(3))).toMatchObject({ tone: 'ok', code: 'person-added', values: { slot: 2 } });
  // One by one, and only for a minute.
  hut.clock.pass(61_000);
  await one.until('no undo', ({ undoLeftMs, can }) => undoLeftMs === undefined && !can.includes('undo'));
  expect(await one.scan('HUTGATE:UNDO')).toMatchObject({ tone: 'refused', code: 'undo-too-late' });
  // The swab is in the tube, the name was wrong: it gets the right one in its place.
  expect(await one.tap('correct')).toMatchObject({ tone: 'question', code: 'correct-who', values: { slot: 2 } });
  expect(await one.scan(phone(4))).toMatchObject({ tone: 'ok', code: 'person-corrected', values: { slot: 2 } });
  await arrived(hut);
  const [first, second, third] = dataOf(hut, 'person-added');
  expect(dataOf(hut, 'person-removed')).toMatchObject([{ slot: 2, personRef: second!.personRef }]);
  expect(dataOf(hut, 'person-corrected')).toMatchObject([{ slot: 2, previousPersonRef: third!.personRef }]);
  expect(first!.personRef).not.toBe(third!.personRef);
});

test('tube code scanned while people expected', async () => {
  const hut = await withTube();
  const { one } = hut;
  await one.scan(phone(1));
  expect(await one.scan(tube(2))).toMatchObject({
    ...{ tone: 'question', code: 'close-and-open' },
    values: { old: '0001', tube: '0002', count: 1, capacity: 5 },
  });
  expect((await one.view()).tube).toMatchObject({ code: tube(1), count: 1 });
  expect(await one.scan('HUTGATE:NO')).toMatchObject({ code: 'cancelled' });
  expect(await one.scan(phone(2))).toMatchObject({ tone: 'ok', values: { slot: 2 } });
  await one.scan(tube(2));
  expect(await one.scan('HUTGATE:YES')).toMatchObject({ tone: 'ok', code: 'tube-opened' });
  await arrived(hut);
  expect(samplingTypes(hut).slice(1)).toEqual([
    ...['tube-opened', 'person-added', 'person-added'],
    ...['tube-closed', 'tube-opened'],
  ]);
  expect(dataOf(hut, 'tube-closed')).toMatchObject([{ tube: tube(1), count: 2, poolSize: 5 }]);
});

test('person scanned with no tube', async () => {
  const hut = await laneHut();
  const { one } = hut;
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'refused', code: 'sign-in-first' });
  await one.signIn();
  expect((await one.view()).next.step).toBe('scan-tube');
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'refused', code: 'scan-tube-first' });
  await one.scan(tube(1));
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'ok', code: 'person-added' });
  await one.tap('close-tube');
  await hut.central.publishPlan({ version: 'p2', flow: 'people-first' });
  await one.until('people first', ({ flow }) => flow === 'people-first');
  expect(await one.scan(phone(2))).toMatchObject({ tone: 'ok', code: 'person-staged', values: { slot: 1 } });
  await arrived(hut);
  expect(dataOf(hut, 'person-staged')).toHaveLength(1);
});

test('tube code duplicate / wrong pattern / box label', async () => {
  const hut = await withTube();
  const { one, two } = hut;
  await one.scan(phone(1));
  await two.signIn(operators[1]);
  expect(await two.scan(tube(1))).toMatchObject({ tone: 'refused', code: 'tube-code-used', values: { state: 'open' } });
  expect(await one.scan('T123')).toMatchObject({ tone: 'refused', code: 'unknown-code' });
  expect(await one.scan(box(1))).toMatchObject({ tone: 'refused', code: 'not-now' });
  expect(await one.scan('S00000001')).toMatchObject({ tone: 'refused', code: 'not-now' });
  expect((await one.view()).tube).toMatchObject({ code: tube(1), count: 1 });
  await one.tap('close-tube');
  expect(await one.scan(tube(1))).toMatchObject({ tone: 'refused', code: 'tube-code-used' });
  await two.scan(tube(2));
  await two.scan(phone(2));
  await two.tap({ action: 'void-tube', reason: 'leaked' });
  await two.tap('confirm');
  expect(await one.scan(tube(2))).toMatchObject({
    ...{ tone: 'refused', code: 'tube-code-used' },
    values: { state: 'voided' },
  });
  await arrived(hut);
  expect(dataOf(hut, 'tube-opened').map((data) => data.tube)).toEqual([tube(1), tube(2)]);
});
