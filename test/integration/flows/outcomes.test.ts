/** People who end otherwise than in the common tube (workflow 3.1 and 3.4): alone, again, or not sampled at all. */
import { expect, test } from 'vitest';
import { arrived, card, dataOf, lamp, laneHut, phone, samplingTypes, single, thermometer, tube } from '../lane-hut.ts';

const day = (wallMs: number) => new Date(wallMs + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '');
const hourMs = 3_600_000;

test('single class: whoever has to be alone gets a tube of their own', async () => {
  const hut = await laneHut();
  const { one } = hut;
  await one.signIn();
  await one.scan(tube(1));
  expect(await one.scan(single(1))).toMatchObject({ tone: 'refused', code: 'needs-single-tube' });
  await one.scan(phone(2));
  await one.tap('close-tube');
  expect(await one.tap('single')).toMatchObject({ tone: 'noted', code: 'single-tube-next' });
  expect((await one.view()).next.step).toBe('scan-single-tube');
  expect(await one.scan(tube(2))).toMatchObject({ tone: 'ok', values: { capacity: 1 } });
  expect(await one.scan(single(1))).toMatchObject({ tone: 'full', values: { slot: 1, capacity: 1 } });
  // Only that one.
  expect(await one.scan(tube(3))).toMatchObject({ tone: 'ok', values: { capacity: 5 } });
  await arrived(hut);
  expect(dataOf(hut, 'tube-opened').map(({ poolSize }) => poolSize)).toEqual([5, 1, 5]);
});

test('single class among people who wait for their tube', async () => {
  const hut = await laneHut({ campaign: { flow: 'people-first' } });
  const { one } = hut;
  await one.signIn();
  await one.scan(phone(1));
  expect(await one.scan(single(2))).toMatchObject({ tone: 'refused', code: 'needs-single-tube' });
  await one.scan(tube(1));
  await one.tap('close-tube');
  expect(await one.scan(single(2))).toMatchObject({ tone: 'full', code: 'group-full', values: { capacity: 1 } });
  expect(await one.scan(phone(3))).toMatchObject({ tone: 'refused', code: 'group-full-scan-tube' });
  expect(await one.scan(tube(2))).toMatchObject({ tone: 'full', code: 'tube-full' });
  await arrived(hut);
  expect(dataOf(hut, 'tube-closed').map(({ poolSize, count }) => [poolSize, count])).toEqual([
    [5, 1],
    [1, 1],
  ]);
});

test('resample: the centre asks for it; single tubes, each with the pool that its person was in', async () => {
  const hut = await laneHut();
  const { one } = hut;
  await one.signIn();
  await one.scanAll(tube(1), phone(1), phone(2), 'HUTGATE:CLOSE-TUBE');
  // Nothing came of this one: whoever was in it is sampled again, but not for a positive tube.
  await one.scanAll(tube(2), phone(3), 'HUTGATE:VOID:LEAKED', 'HUTGATE:YES');
  await one.scanAll('HUTGATE:CLOSE-SESSION', 'HUTGATE:YES');
  await hut.central.publishPlan({ version: 'plan-2', kind: 'resample' });
  await one.until('the plan', ({ poolSize }) => poolSize === 1);
  await one.signIn();
  expect(await one.scan(tube(11))).toMatchObject({ tone: 'ok', values: { capacity: 1 } });
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'full', code: 'tube-full' });
  await one.scanAll(tube(12), phone(3), tube(13), phone(4));
  // The wrong person: the tube is of the pool of the right one.
  await one.scan('HUTGATE:CORRECT');
  expect(await one.scan(phone(2))).toMatchObject({ tone: 'ok', code: 'person-corrected' });
  await one.scanAll('HUTGATE:CLOSE-SESSION', 'HUTGATE:YES');

  await hut.central.publishPlan({ version: 'plan-3', kind: 'resample', flow: 'people-first' });
  await one.until('the plan', ({ flow }) => flow === 'people-first');
  await one.signIn();
  await one.scanAll(phone(2), tube(14));
  await arrived(hut);
  expect(dataOf(hut, 'session-opened').map(({ kind }) => kind)).toEqual(['normal', 'resample', 'resample']);
  expect(dataOf(hut, 'person-added').filter(({ earlierTube }) => earlierTube !== undefined)).toEqual([]);
  expect(dataOf(hut, 'tube-closed').map(({ tube, parentTube }) => [tube, parentTube])).toEqual([
    [tube(1), undefined],
    [tube(11), tube(1)],
    [tube(12), undefined],
    [tube(13), undefined],
    [tube(13), tube(1)],
    [tube(14), tube(1)],
  ]);
  // Only where the person is known before the tube.
  expect(dataOf(hut, 'tube-opened').map(({ parentTube }) => parentTube)).toEqual([
    ...Array(5).fill(undefined),
    tube(1),
  ]);
});

test('outside the hours of the plan the lane says so, and samples; with a clock that is not synchronised it says nothing', async () => {
  const hut = await laneHut({ campaign: { poolSize: 1 } });
  const { one } = hut;
  const hours = (n: number) => new Date(hut.clock.wallMs() + n * hourMs).toISOString();
  const from = hours(2);
  await hut.central.publishPlan({ version: 'plan-2', windows: [{ from, to: hours(4) }] });
  await one.until('the hours', ({ samplingTimes }) => samplingTimes?.next !== undefined);
  const { values } = await one.signIn();
  expect(values).toMatchObject({ operator: 'op-001', outside: 1 });
  expect(Date.parse(String(values.opens))).toBe(Date.parse(from));
  await one.scan(tube(1));
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'full' });
  hut.clock.pass(2 * hourMs + 1_000);
  expect((await one.view()).samplingTimes?.present).toMatchObject({ from: values.opens });
  hut.setNtp(false);
  await hut.restart();
  expect((await one.view()).samplingTimes).toBeUndefined();
  await arrived(hut);
});

test('fever: measured, diverted, and in no tube', async () => {
  const hut = await laneHut({
    devices: [card, thermometer, lamp],
    campaign: { temperature: 'optional', feverC: 37.3 },
  });
  const { one } = hut;
  await one.signIn();
  await one.scan(tube(1));
  expect(await one.measure(37.3)).toMatchObject({ code: 'temperature', values: { celsius: 37.3, fever: 1 } });
  expect(await one.lay('crowd-1')).toMatchObject({ tone: 'ok', code: 'person-diverted' });
  // The next one is measured anew, and is well.
  await one.measure(37.2);
  expect(await one.scan(phone(2))).toMatchObject({ tone: 'ok', code: 'person-added', values: { slot: 1 } });
  // Somebody who was measured elsewhere.
  expect(await one.scan('HUTGATE:FEVER')).toMatchObject({ tone: 'question', code: 'divert-who' });
  expect((await one.view()).can).toEqual(['manual', 'cancel']);
  expect(await one.scan(phone(3))).toMatchObject({ tone: 'ok', code: 'person-diverted' });
  // Who is in the tube already cannot be sent away as if never sampled.
  await one.scan('HUTGATE:FEVER');
  expect(await one.scan(phone(2))).toMatchObject({ tone: 'repeat', code: 'person-in-this-tube' });
  await one.tap('cancel');
  expect((await one.view()).tube).toMatchObject({ count: 1 });
  await arrived(hut);
  expect(dataOf(hut, 'person-diverted')).toMatchObject([
    { reason: 'fever', temperature: 37.3, via: 'card' },
    { reason: 'fever', via: 'qr' },
  ]);
  expect(dataOf(hut, 'person-added')).toMatchObject([{ temperature: 37.2 }]);
});

test('vaccinated, refused: excluded with the reason, and sampled by nobody', async () => {
  const hut = await laneHut({ campaign: { temperature: 'off' } });
  const { one } = hut;
  await one.signIn();
  await one.scan(tube(1));
  const vaccinated = (ago: number) => `|v${day(hut.clock.wallMs() - ago)}`;
  expect(await one.scan(phone(1, vaccinated(0)))).toMatchObject({ tone: 'ok', code: 'person-excluded' });
  expect(await one.scan(phone(2, vaccinated(47 * hourMs)))).toMatchObject({ tone: 'ok', code: 'person-excluded' });
  expect(await one.scan(phone(3, vaccinated(73 * hourMs)))).toMatchObject({ tone: 'ok', code: 'person-added' });
  expect(await one.scan('HUTGATE:EXCLUDE:REFUSED')).toMatchObject({ tone: 'question', code: 'exclude-who' });
  expect(await one.scan(phone(4))).toMatchObject({
    tone: 'ok',
    code: 'person-excluded',
    values: { reason: 'refused' },
  });
  // Needs no tube.
  await one.tap('close-tube');
  await one.tap({ action: 'exclude', reason: 'not-eligible' });
  expect(await one.scan(phone(5))).toMatchObject({ tone: 'ok', code: 'person-excluded' });
  await one.tap('close-session');
  expect(await one.tap('confirm')).toMatchObject({ values: { persons: 1, tubes: 1 } });
  await arrived(hut);
  expect(dataOf(hut, 'person-excluded').map(({ reason }) => reason)).toEqual([
    ...['vaccine-lt-48h', 'vaccine-lt-48h', 'refused', 'not-eligible'],
  ]);
  expect(samplingTypes(hut).filter((type) => type === 'person-added')).toHaveLength(1);
});
