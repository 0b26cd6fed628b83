/** The three orders of scans (workflow 3.1), each from the badge to the courier, as the central system gets them. */
import { expect, test } from 'vitest';
import { rosterDigest } from '../../../gateway/lane/roster.ts';
import { crowdPerson } from '../../../simulators/people.ts';
import {
  arrived,
  box,
  card,
  courier,
  dataOf,
  type LaneHut,
  lamp,
  laneHut,
  overview,
  phone,
  phoneOf,
  printer,
  type Sampler,
  samplingTypes,
  seal,
  slipPrinter,
  thermometer,
  tube,
} from '../lane-hut.ts';

const five = [1, 2, 3, 4, 5];
const passport = 'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10';

/** Packs, counts, seals and hands over these tubes. */
async function sendAway(at: Sampler, boxNumber: number, tubes: readonly string[]): Promise<void> {
  if ((await at.view()).mode === 'sampling') await at.scan('HUTGATE:PACK');
  await at.scan(box(boxNumber));
  for (const code of tubes) expect(await at.scan(code)).toMatchObject({ tone: 'ok', code: 'tube-packed' });
  await at.scan('HUTGATE:SEAL');
  expect(await at.tap({ action: 'count', count: tubes.length })).toMatchObject({ code: 'scan-seal' });
  expect(await at.scan(seal(boxNumber))).toMatchObject({ tone: 'ok', code: 'box-sealed' });
  await at.scan('HUTGATE:HAND-OVER');
  await at.scan(courier);
  expect(await at.tap({ action: 'count', count: tubes.length })).toMatchObject({ code: 'box-handed-over' });
  await at.scan('HUTGATE:SAMPLE');
}

/** What the registry opens of the newest events, by its personRef. */
async function opened(hut: LaneHut): Promise<Map<unknown, unknown>> {
  const events = await hut.central.lastEvents();
  return new Map(events.flatMap(({ data, opened }) => (opened === undefined ? [] : [[data.personRef, opened]])));
}

test('tube-first: every way a person is identified, and the whole life of the tube', async () => {
  const hut = await laneHut({
    devices: [card, thermometer, printer, slipPrinter, lamp],
    campaign: { temperature: 'optional', destination: 'lab-1', tubeAge: { amberMinutes: 60, redMinutes: 90 } },
    more: { labels: { slip: 'on-person' } },
  });
  const { one } = hut;
  await one.signIn();
  expect((await one.view()).next.step).toBe('scan-tube');
  await one.scan(tube(1));
  expect((await one.view()).next).toEqual({ step: 'scan-person', values: { slot: 1 } });
  await one.measure(36.5);
  expect(await one.scan(phone(1))).toMatchObject({
    tone: 'ok',
    values: { slot: 1, shown: `${crowdPerson(1).name[0]}*` },
  });
  expect(await one.lay('crowd-2')).toMatchObject({ tone: 'ok', values: { slot: 2 } });
  expect(await one.scan(passport)).toMatchObject({ tone: 'ok', values: { slot: 3 } });
  expect(await one.scan('P:PAPER000001')).toMatchObject({ tone: 'ok', values: { slot: 4 } });
  const manual = { action: 'manual', idType: '01', idNumber: crowdPerson(5).idNumber } as const;
  expect(await one.tap(manual)).toMatchObject({ tone: 'full', code: 'tube-full', values: { slot: 5, capacity: 5 } });
  expect((await one.view()).next.step).toBe('scan-tube');
  expect(await overview(hut)).toMatchObject({ unpacked: [{ code: tube(1), count: 5 }], oldestTube: { level: 'ok' } });
  hut.clock.pass(61 * 60_000);
  expect(await overview(hut)).toMatchObject({ oldestTube: { code: tube(1), level: 'amber' } });

  await sendAway(one, 1, [tube(1)]);
  expect(await overview(hut)).toEqual({ unpacked: [], boxes: [] });
  await one.tap('close-session');
  expect(await one.tap('confirm')).toMatchObject({ code: 'session-closed', values: { persons: 5, tubes: 1 } });
  await arrived(hut);
  const types = samplingTypes(hut).filter((type) => type !== 'label-printed');
  expect(types).toEqual([
    ...['session-opened', 'tube-opened', ...five.map(() => 'person-added'), 'tube-closed'],
    ...['box-opened', 'tube-packed', 'box-sealed', 'box-handed-over', 'session-closed'],
  ]);
  const added = dataOf(hut, 'person-added');
  expect(added.map(({ via, idType, slot, temperature }) => [via, idType, slot, temperature])).toEqual([
    ['qr', '01', 1, 36.5],
    ['card', '01', 2, undefined],
    ['document', '03', 3, undefined],
    ['paper', '99', 4, undefined],
    ['manual', '01', 5, undefined],
  ]);
  const [closed] = dataOf(hut, 'tube-closed');
  const roster = added.map(({ slot, personRef }) => ({ slot: slot as number, personRef: personRef as string }));
  expect(closed).toMatchObject({ tube: tube(1), poolSize: 5, count: 5, roster, rosterDigest: rosterDigest(roster) });
  expect(dataOf(hut, 'box-sealed')).toMatchObject([{ tubes: [tube(1)], counted: 1, destination: 'lab-1' }]);
  const inside = await opened(hut);
  const { idNumber, name } = crowdPerson(1);
  expect(inside.get(added[0]!.personRef)).toMatchObject({ idType: '01', idNumber, name, phone: phoneOf(1) });
  expect(inside.get(added[1]!.personRef)).toMatchObject({
    idNumber: crowdPerson(2).idNumber,
    name: crowdPerson(2).name,
  });
  expect(inside.get(added[2]!.personRef)).toMatchObject({ idType: '03', idNumber: 'L898902C3' });
  expect(inside.get(added[3]!.personRef)).toEqual({ text: 'P:PAPER000001' });
  expect(inside.get(added[4]!.personRef)).toMatchObject({ idNumber: crowdPerson(5).idNumber });
  // Photos, addresses and issuers on a card are never kept.
  for (const sealed of inside.values()) expect(Object.keys(sealed as object)).not.toContain('address');
});

test('people-first: a group registers, and its tube binds them all at once', async () => {
  const hut = await laneHut({ campaign: { flow: 'people-first' } });
  const { one, two } = hut;
  await one.signIn();
  expect(await one.scan(tube(1))).toMatchObject({ tone: 'refused', code: 'no-group' });
  for (const n of [1, 2, 3]) expect(await one.scan(phone(n))).toMatchObject({ tone: 'ok', code: 'person-staged' });
  expect(await one.view()).toMatchObject({ group: { count: 3, capacity: 5 }, next: { values: { slot: 4 } } });
  expect(await one.tap('undo')).toMatchObject({ tone: 'ok', code: 'person-removed', values: { slot: 3 } });
  expect(await one.scan(phone(4))).toMatchObject({ tone: 'ok', values: { slot: 3 } });
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'repeat', code: 'person-in-this-group' });
  // Fewer than the pool: the tube is bound and stays open for the others.
  expect(await one.scan(tube(1))).toMatchObject({ tone: 'ok', code: 'group-bound', values: { count: 3, capacity: 5 } });
  expect(await one.scan(phone(5))).toMatchObject({ tone: 'ok', code: 'person-added', values: { slot: 4 } });
  await one.tap('close-tube');

  for (const n of [11, 12, 13, 14]) await one.scan(phone(n));
  expect(await one.scan(phone(15))).toMatchObject({ tone: 'full', code: 'group-full' });
  expect((await one.view()).next.step).toBe('scan-tube-of-group');
  expect(await one.scan(phone(16))).toMatchObject({ tone: 'refused', code: 'group-full-scan-tube' });
  expect(await one.scan(tube(2))).toMatchObject({ tone: 'full', code: 'tube-full' });

  // A group that goes away: asked first, and none of them counts as sampled.
  await one.scanAll(phone(21), phone(22));
  expect(await one.tap('close-session')).toMatchObject({ tone: 'refused' });
  expect(await one.tap('discard-group')).toMatchObject({ tone: 'question', values: { count: 2 } });
  expect(await one.tap('confirm')).toMatchObject({ tone: 'ok', code: 'group-discarded' });
  expect((await two.view()).group).toBeUndefined();
  await one.tap('close-session');
  expect(await one.tap('confirm')).toMatchObject({ values: { persons: 9, tubes: 2 } });
  await arrived(hut);
  const staged = dataOf(hut, 'person-staged');
  const added = dataOf(hut, 'person-added');
  // What was sealed when they registered is what is bound.
  expect(added.slice(0, 3).map(({ pii }) => pii)).toEqual([0, 1, 3].map((n) => staged[n]!.pii));
  expect(added.slice(0, 3).map(({ group }) => group)).toEqual([0, 1, 3].map((n) => staged[n]!.group));
  expect(dataOf(hut, 'tube-closed').map(({ tube, count }) => [tube, count])).toEqual([
    [tube(1), 4],
    [tube(2), 5],
  ]);
  expect(dataOf(hut, 'group-discarded')).toMatchObject([{ reason: 'went-away', roster: [{ slot: 1 }, { slot: 2 }] }]);
});

test('box-first: box, tube, people', async () => {
  const hut = await laneHut({ campaign: { flow: 'box-first' } });
  const { one } = hut;
  await one.signIn();
  expect((await one.view()).next.step).toBe('scan-box');
  await one.scan(box(1));
  expect((await one.view()).next.step).toBe('scan-tube');
  await one.scanAll(tube(1), ...five.map((n) => phone(n)));
  expect((await one.view()).box).toMatchObject({ code: box(1), tubes: [], expected: [tube(1)] });
  await sendAway(one, 1, [tube(1)]);
  // That box is gone: the next tube wants the next box.
  expect((await one.view()).next.step).toBe('scan-box');
  expect(await one.scan(tube(2))).toMatchObject({ tone: 'refused', code: 'scan-box-first' });
  expect(await one.scan(box(1))).toMatchObject({ tone: 'refused', code: 'box-is-gone' });
  await arrived(hut);
  expect(dataOf(hut, 'tube-opened')).toMatchObject([{ tube: tube(1), box: box(1) }]);
  expect(dataOf(hut, 'box-handed-over')).toMatchObject([{ box: box(1), counted: 1 }]);
});
