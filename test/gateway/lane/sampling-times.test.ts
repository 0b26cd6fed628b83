/** When sampling takes place, by the plan: what the lane shows of it, and that it stops nobody. */
import { expect, test } from 'vitest';
import { samplingTimes } from '../../../gateway/lane/sampling-times.ts';
import type { Turn } from '../../../gateway/lane/situation.ts';
import { crowdPerson } from '../../../simulators/people.ts';
import { createLaneBench } from '../../support/lane-bench.ts';

const on = (clock: string, day = 7) => `2022-11-0${day}T${clock}:00.000+08:00`;
const window = (from: string, to: string, day = 7) => ({ from: on(from, day), to: on(to, day) });
const morning = window('06:00', '09:00');
const noon = window('11:00', '13:00');
const tomorrow = window('06:00', '09:00', 8);

/** Only what it looks at. */
const timesAt = (clock: string, windows: LaneWindows, clockQuality: Turn['clockQuality'] = 'synced') =>
  samplingTimes({
    campaign: { windows } as Turn['campaign'],
    now: { time: on(clock), wallMs: Date.parse(on(clock)), monoMs: 0, bootId: '' },
    clockQuality,
  } as Turn);
type LaneWindows = NonNullable<Turn['campaign']['windows']>;

test.each([
  ['05:59', { next: morning }],
  ['06:00', { present: morning }],
  ['08:59', { present: morning }],
  ['09:00', { last: morning, next: noon }],
  ['12:00', { present: noon }],
  ['13:00', { last: noon, next: tomorrow }],
])('at %s', (clock, times) => {
  // In no order: the plan need not have one.
  expect(timesAt(clock, [tomorrow, noon, morning])).toEqual({ at: on(clock), ...times });
  expect(timesAt(clock, [tomorrow, noon, morning], 'holdover')).toEqual({ at: on(clock), ...times });
});

test('of two that overlap the one that ends later is shown; without a next one nothing begins', () => {
  const long = window('07:00', '12:00');
  expect(timesAt('08:00', [morning, long])).toMatchObject({ present: long });
  expect(timesAt('12:30', [morning, long])).toEqual({ at: on('12:30'), last: long });
});

test('nothing is said where nobody said when, or nobody knows how late it is', () => {
  expect(timesAt('05:00', [])).toBeUndefined();
  expect(timesAt('05:00', [morning], 'unsynced')).toBeUndefined();
});

test('outside of it the session that opens says so, and everybody is sampled all the same', async () => {
  const bench = createLaneBench({ campaign: { windows: [noon, tomorrow], poolSize: 1 } });
  const at = bench.sampling().lanes()[0]!.samplingTimes!.at;
  expect(await bench.signIn('lane-1', 'op-1')).toMatchObject({
    ...{ tone: 'ok', code: 'session-opened' },
    values: { operator: 'op-1', outside: 1, opens: noon.from, at },
  });
  await bench.scan('lane-1', 'T0000000001');
  const { idNumber, name } = crowdPerson(1);
  expect(await bench.scan('lane-1', `QR:${idNumber}|${name}|`)).toMatchObject({ tone: 'full' });
  expect(bench.view('lane-1').samplingTimes).toMatchObject({ next: noon });

  // The next shift begins in time, the one after when all is over.
  bench.wait(5 * 3_600_000);
  expect(await bench.signIn('lane-1', 'op-2')).toMatchObject({ code: 'session-taken-over' });
  expect(bench.view('lane-1')).toMatchObject({ samplingTimes: { present: noon } });
  expect(bench.view('lane-1').said!.values).not.toHaveProperty('outside');
  bench.wait(48 * 3_600_000);
  const { values } = (await bench.signIn('lane-1', 'op-3'))!;
  expect(values).toMatchObject({ outside: 1 });
  expect(values).not.toHaveProperty('opens');
});
