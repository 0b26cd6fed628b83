/** What the probe in a transport box saw, through the real rule of its cold box and the real intake, onto a disk that can be full. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Reading } from '../../device-drivers/driver.ts';
import {
  type BoxProbe,
  type BoxTemperatures,
  boxTemperaturePrefix,
  createBoxTemperatures,
} from '../../gateway/box-temperature.ts';
import { type ColdBox, type ColdBoxes, coldBoxPrefix, createColdBoxes } from '../../gateway/cold-boxes.ts';
import { createIntake } from '../../gateway/intake.ts';
import type { BoxEntity } from '../../gateway/lane/entities.ts';
import { manualClock } from '../support/manual-clock.ts';
import { memoryDisk } from '../support/memory-disk.ts';

const everyMs = 10_000;
const rule = (device: string): ColdBox => ({
  device,
  ...{ minC: 2, maxC: 8, hysteresisC: 0.3, freezingC: 0 },
  ...{ afterMs: 60_000, doorGraceMs: 0, lostAfterMs: 30_000, keepEveryMs: 60_000 },
});
const tick = () => new Promise((resolve) => setImmediate(resolve));

function rig(probes: Record<string, BoxProbe> = { 'lane-1': { device: 'box-1' }, 'lane-2': { device: 'box-1' } }) {
  const clock = manualClock();
  const { disk, append } = memoryDisk();
  const boxes = new Map<string, BoxEntity>();
  let transport: BoxTemperatures;
  let coldBoxes: ColdBoxes | undefined;
  let screens = 0;
  const under = (prefix: string) => new Map([...disk.state].filter(([key]) => key.startsWith(prefix)));
  /** Also after a SIGKILL: what is not on the disk is gone. */
  const start = (bootId = 'boot-1') => {
    coldBoxes?.stop();
    const intake = createIntake({
      ...{ store: { append }, clock, clockQuality: () => 'synced' as const },
      seal: async () => 'a..b.c.d',
      ...{ personRef: () => 'ref', textRef: () => 'ref', isCode: () => true },
      ...{ committed() {}, refused() {}, hold() {}, release() {} },
    });
    transport = createBoxTemperatures({
      probes: new Map(Object.entries(probes)),
      boxes: () => boxes.values(),
      saved: under(boxTemperaturePrefix),
      changed: () => {
        screens += 1;
      },
    });
    coldBoxes = createColdBoxes({
      boxes: [rule('box-1'), rule('box-2')],
      ...{ intake, transport, clock, bootId, saved: under(coldBoxPrefix) },
    });
  };
  start();
  return {
    disk,
    start,
    screens: () => screens,
    box(code: string, state: BoxEntity['state'], lane = boxes.get(code)?.lane ?? 'lane-1') {
      boxes.set(code, { code, state, lane, openedAt: '', tubes: [], seals: [], operator: 'op-1' });
    },
    async read(...values: readonly (number | null | readonly [device: string, celsius: number, channel?: number])[]) {
      for (const value of values) {
        const [device, celsius, channel] = Array.isArray(value) ? value : (['box-1', value, undefined] as const);
        const quality = celsius === null ? 'invalid' : 'ok';
        const reading: Reading = { type: 'temperature', celsius, quality, ...(channel !== undefined && { channel }) };
        coldBoxes!.accept(device, reading, { wallMs: clock.wallMs(), monoMs: clock.monotonicMs() });
        await tick();
        clock.advance(everyMs);
        await tick();
      }
    },
    of: (code: string) => transport.of(boxes.get(code)!),
    kept: () => [...under(boxTemperaturePrefix).keys()].map((key) => key.slice(boxTemperaturePrefix.length)),
    readings: () =>
      disk.drafts
        .filter(({ type }) => type === 'reading.temperature')
        .map(({ data }) => (JSON.parse(data) as { celsius: number }).celsius),
  };
}

test('lowest and highest from the opening to the seal, and no reading is stored but those that are anyway and a new extreme', async () => {
  const r = rig();
  await r.read(20, 5, 5, 5);
  expect(r.readings()).toEqual([20, 5]);
  r.box('B1', 'open');
  expect(r.of('B1')).toEqual({ excursions: 0 });
  await r.read(5, 5.1, 5, 4.9, 5, 5.1);
  expect(r.of('B1')).toEqual({ min: 4.9, max: 5.1, excursions: 0 });
  expect(r.readings()).toEqual([20, 5, 5, 5.1, 4.9]);
  expect(r.screens()).toBe(3);
  r.box('B1', 'sealed');
  await r.read(7, 3);
  expect(r.of('B1')).toEqual({ min: 4.9, max: 5.1, excursions: 0 });
});

test('an excursion counts once: one that goes on, also from before the opening, over a kill', async () => {
  const r = rig();
  await r.read(9, 9, 9, 9, 9, 9, 9);
  r.box('B1', 'open');
  await r.read(9);
  expect(r.of('B1')).toEqual({ min: 9, max: 9, excursions: 1 });
  r.start();
  expect(r.of('B1')).toEqual({ min: 9, max: 9, excursions: 1 });
  await r.read(9, 5, 5);
  expect(r.of('B1')).toEqual({ min: 5, max: 9, excursions: 1 });
  await r.read(-0.5, 5);
  r.start('boot-2');
  await r.read(5);
  expect(r.of('B1')).toEqual({ min: -0.5, max: 9, excursions: 2 });
});

test('outside for a moment, as when the lid is lifted, moves the extreme and is no excursion', async () => {
  const r = rig();
  r.box('B1', 'open');
  await r.read(5, 8.4, 5);
  expect(r.of('B1')).toEqual({ min: 5, max: 8.4, excursions: 0 });
});

test('without a usable value nothing is invented; a sensor that was lost in between is an excursion', async () => {
  const r = rig();
  r.box('B1', 'open');
  await r.read(null, null, null, null, null);
  expect(r.of('B1')).toEqual({ excursions: 1 });
  await r.read(5, null, null, null, null);
  expect(r.of('B1')).toEqual({ min: 5, max: 5, excursions: 2 });
  // Nothing was stored after it was said to be lost: it is known again from the state of the cold box.
  r.start();
  await r.read(null);
  expect(r.of('B1')).toEqual({ min: 5, max: 5, excursions: 2 });
});

test('an extreme that the disk did not take counts, and is kept as soon as the disk takes something', async () => {
  const r = rig();
  r.box('B1', 'open');
  await r.read(5);
  r.disk.isFull = true;
  await r.read(1);
  expect(r.of('B1')).toEqual({ min: 1, max: 5, excursions: 0 });
  r.disk.isFull = false;
  await r.read(5);
  r.start();
  expect(r.of('B1')).toEqual({ min: 1, max: 5, excursions: 0 });
});

test('two lanes with one probe: each box has its own figures', async () => {
  const r = rig();
  r.box('B1', 'open', 'lane-1');
  await r.read(5);
  r.box('B2', 'open', 'lane-2');
  await r.read(3);
  expect([r.of('B1'), r.of('B2')]).toEqual([
    { min: 3, max: 5, excursions: 0 },
    { min: 3, max: 3, excursions: 0 },
  ]);
});

test('a box that is opened again goes on with what was seen before its first seal', async () => {
  const r = rig({ 'lane-1': { device: 'box-1' }, 'lane-2': { device: 'box-2' } });
  r.box('B1', 'open');
  await r.read(5);
  r.box('B1', 'sealed');
  await r.read(1, 7, ['box-2', 7]);
  r.start();
  r.box('B1', 'open', 'lane-2');
  await r.read(['box-2', 6], 1);
  expect(r.of('B1')).toEqual({ min: 5, max: 6, excursions: 0 });
  r.box('B1', 'handed-over');
  r.box('B2', 'open');
  await r.read(5);
  expect(r.kept()).toEqual(['B2']);
});

test('one channel of several, or all of them; no probe, no figures', async () => {
  const r = rig({ 'lane-1': { device: 'box-1', channel: 2 }, 'lane-2': { device: 'box-1' } });
  r.box('B1', 'open', 'lane-1');
  r.box('B2', 'open', 'lane-2');
  r.box('B3', 'open', 'lane-3');
  await r.read(['box-1', 3, 1], ['box-1', 6, 2]);
  expect([r.of('B1'), r.of('B2'), r.of('B3')]).toEqual([
    { min: 6, max: 6, excursions: 0 },
    { min: 3, max: 6, excursions: 0 },
    undefined,
  ]);
});

test('killed anywhere, it says what a hut that never was says', async () => {
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(-1, 1, 3, 5, 7, 8.2, 9, 12) },
    { weight: 2, arbitrary: fc.constant(null) },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(
          step,
          fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
        ),
        { maxLength: 40 },
      ),
      async (steps) => {
        const [killed, whole] = [rig(), rig()];
        for (const r of [killed, whole]) r.box('B1', 'open');
        for (const [value, isKilled] of steps) {
          await Promise.all([killed.read(value), whole.read(value)]);
          if (isKilled) killed.start();
        }
        const [a, b] = [killed.of('B1'), whole.of('B1')];
        expect([a?.min, a?.max]).toEqual([b?.min, b?.max]);
        // How long it has been outside, or lost, is looked at anew after a start: fewer excursions, never more.
        expect(a!.excursions).toBeLessThanOrEqual(b!.excursions);
      },
    ),
    { numRuns: 60 },
  );
});
