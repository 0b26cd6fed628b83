/** Devices that fail at the hut (workflow 3.6): binding goes on, another way takes over, and nothing happens by itself. */
import { expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import {
  arrived,
  card,
  dataOf,
  extraScanner,
  type LaneHut,
  lamp,
  laneHut,
  phone,
  printer,
  thermometer,
  tube,
} from '../lane-hut.ts';
import { deviceOf } from '../whole-hut.ts';

const look = (hut: LaneHut, id: string) => hut.rack.state().find((state) => state.id === id)!.device;
const printed = (hut: LaneHut) => (look(hut, 'printer-1') as { printedTotal: number }).printedTotal;
const inState = (hut: LaneHut, id: string, state: string) =>
  until(`${id} ${state}`, async () => (await deviceOf(hut as never, id))?.state === state);
const fill = async ({ one }: LaneHut, n: number) => {
  await one.scan(tube(n));
  await one.scan(phone(n));
  return one.tap('close-tube');
};

test.each([
  ['paper-out', { act: 'paper', bad: { labels: 0 }, good: {} }],
  ['head-open', { act: 'lid', bad: { open: true }, good: { open: false } }],
])('printer out of labels/paper jam/cold: %s', async (fault, { act, bad, good }) => {
  const hut = await laneHut({ devices: [printer] });
  const { one } = hut;
  await one.signIn();
  await hut.rack.act('printer-1', act, bad);
  await until('the fault', async () => (await deviceOf(hut as never, 'printer-1'))?.reason?.code === fault);
  // Two tubes are filled meanwhile, and both labels wait.
  expect(await fill(hut, 1)).toMatchObject({ tone: 'ok', code: 'tube-closed' });
  expect(await fill(hut, 2)).toMatchObject({ tone: 'ok', code: 'tube-closed' });
  await one.until('two labels wait', ({ label }) => label.waiting === 2 && label.failed === fault);
  expect(printed(hut)).toBe(0);

  await hut.rack.act('printer-1', act, good);
  await inState(hut, 'printer-1', 'ready');
  expect((await one.view()).label).toMatchObject({ waiting: 2 });
  expect(look(hut, 'printer-1')).toMatchObject({ printedTotal: 0, labelsWaiting: 0 });
  expect(await one.scan('HUTGATE:REPRINT')).toMatchObject({ tone: 'noted', code: 'reprinting' });
  await until('both labels', () => printed(hut) === 2);
  await one.until('nothing waits', ({ label }) => label.waiting === 0 && label.failed === undefined);
  await until('what became of each', () => dataOf(hut, 'label-printed').length === 4);
  const labels = dataOf(hut, 'label-printed').map(({ code, outcome, fault }) => ({ code, outcome, fault }));
  expect(labels).toEqual([
    { code: tube(1), outcome: 'failed', fault },
    { code: tube(2), outcome: 'failed', fault },
    { code: tube(1), outcome: 'done' },
    { code: tube(2), outcome: 'done' },
  ]);
  await arrived(hut);
});

test('reader/scanner unplugged', async () => {
  const hut = await laneHut({ devices: [extraScanner, card] });
  const { one, two } = hut;
  await one.signIn();
  await one.scan(tube(1));
  await hut.rack.unplug('scanner-1');
  await inState(hut, 'scanner-1', 'missing');
  expect(await deviceOf(hut as never, 'scanner-1')).toMatchObject({ lane: 'lane-1' });
  // Its other scanner takes over, and the card reader; the other lane's scanner does not reach into it.
  expect(await one.scanWith('scanner-3', phone(1))).toMatchObject({ tone: 'ok', values: { slot: 1 } });
  expect(await one.lay('crowd-2')).toMatchObject({ tone: 'ok', values: { slot: 2 } });
  expect(await two.scan(phone(3))).toMatchObject({ tone: 'refused', code: 'sign-in-first' });
  await hut.rack.unplug('card-1');
  await inState(hut, 'card-1', 'missing');
  const manual = { action: 'manual', idType: '03', idNumber: 'UT0000003' } as const;
  expect(await one.tap(manual)).toMatchObject({ tone: 'ok', values: { slot: 3 } });
  // Back in the same socket it works by itself.
  await hut.rack.plug('scanner-1');
  await inState(hut, 'scanner-1', 'ready');
  expect(await one.scan(phone(4))).toMatchObject({ tone: 'ok', values: { slot: 4 } });
  await arrived(hut);
  expect(dataOf(hut, 'person-added').map(({ via }) => via)).toEqual(['qr', 'card', 'manual', 'qr']);
});

test('reader/scanner unplugged in the middle of a code', async () => {
  const hut = await laneHut();
  const { one } = hut;
  await one.signIn();
  await one.scan(tube(1));
  const half = Buffer.from(`]Q1${phone(1)}`).subarray(0, 25);
  await hut.rack.act('scanner-1', 'inject', { base64: half.toString('base64') });
  await hut.rack.unplug('scanner-1');
  await inState(hut, 'scanner-1', 'missing');
  await hut.rack.plug('scanner-1');
  await inState(hut, 'scanner-1', 'ready');
  // What was cut off is nobody, and is not the beginning of the next.
  expect(await one.scan(phone(2))).toMatchObject({ tone: 'ok', code: 'person-added', values: { slot: 1 } });
  await arrived(hut);
  expect(dataOf(hut, 'person-added')).toHaveLength(1);
});

test('probe stuck/failed/too cold', async () => {
  const hut = await laneHut({ devices: [thermometer, lamp], campaign: { temperature: 'required' } });
  const { one } = hut;
  await one.signIn();
  await one.scan(tube(1));
  expect((await one.view()).next.step).toBe('measure');
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'refused', code: 'measure-first' });
  // A value that is no living person's, and one that is none at all.
  expect(await one.measure(61.2)).toMatchObject({ tone: 'refused', code: 'temperature-invalid' });
  await hut.rack.act('thermometer-1', 'inject', { base64: Buffer.from('Err\r\n').toString('base64') });
  await one.until('the second refusal', ({ said }) => said?.code === 'temperature-invalid');
  expect(await one.scan(phone(2))).toMatchObject({ tone: 'refused', code: 'measure-first' });
  // By hand, with another thermometer.
  expect((await one.view()).can).toContain('temperature');
  expect(await one.tap({ action: 'temperature', celsius: 36.6 })).toMatchObject({ code: 'temperature' });
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'ok', code: 'person-added' });
  // It was that person's, and is nobody else's.
  expect(await one.scan(phone(3))).toMatchObject({ tone: 'refused', code: 'measure-first' });
  await one.tap({ action: 'temperature', celsius: 36.7 });
  hut.clock.pass(91_000);
  expect(await one.scan(phone(4))).toMatchObject({ tone: 'refused', code: 'measure-first' });
  await arrived(hut);
  expect(dataOf(hut, 'person-added')).toMatchObject([{ temperature: 36.6 }]);
  await until('the lamp', () => (look(hut, 'lamp-1') as { levels: number[] }).levels.includes(1));
});
