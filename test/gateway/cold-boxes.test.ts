import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Reading } from '../../device-drivers/driver.ts';
import { type ColdBox, type ColdBoxes, coldBoxPrefix, createColdBoxes } from '../../gateway/cold-boxes.ts';
import { eventData } from '../../gateway/contract/events.ts';
import { createIntake } from '../../gateway/intake.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';
import { memoryDisk } from '../support/memory-disk.ts';

const box = (device: string, own: Partial<ColdBox> = {}): ColdBox => ({
  device,
  ...{ minC: 2, maxC: 8, hysteresisC: 0.3, freezingC: 0 },
  ...{ afterMs: 60_000, doorGraceMs: 0, lostAfterMs: 30_000, keepEveryMs: 60_000 },
  ...own,
});
const everyMs = 10_000;
const tick = () => new Promise((resolve) => setImmediate(resolve));

/** A disk that can be full, and a gateway that can be restarted on it. */
function hut(clock: ManualClock = manualClock()) {
  const { disk, append } = memoryDisk();
  let running: ColdBoxes | undefined;

  return {
    clock,
    disk,
    start(boxes: readonly ColdBox[], bootId = 'boot-1') {
      running?.stop();
      const intake = createIntake({
        ...{ store: { append }, clock, clockQuality: () => 'synced' as const },
        seal: async () => 'a..b.c.d',
        ...{ personRef: () => 'ref', textRef: () => 'ref', isCode: () => true },
        ...{ committed() {}, refused() {}, hold() {}, release() {} },
      });
      running = createColdBoxes({ boxes, intake, clock, bootId, saved: new Map(disk.state) });
    },
    async read(device: string, celsius: number | null, channel?: number) {
      const quality = celsius === null ? 'invalid' : 'ok';
      const reading: Reading = { type: 'temperature', celsius, quality, ...(channel !== undefined && { channel }) };
      running!.accept(device, reading, { wallMs: clock.wallMs(), monoMs: clock.monotonicMs() });
      await tick();
    },
    async door(device: string, level: 0 | 1) {
      const reading: Reading = { type: 'input', input: 'door', level };
      running!.accept(device, reading, { wallMs: clock.wallMs(), monoMs: clock.monotonicMs() });
      await tick();
    },
    async pass(ms: number) {
      clock.advance(ms);
      await tick();
    },
    async scan() {
      running!.accept('scanner-1', { type: 'scan', text: 'T1' }, { wallMs: 0, monoMs: 0 });
      await tick();
    },
    excursions: () =>
      disk.drafts
        .filter(({ type }) => type === 'reading.probe-excursion')
        .map(({ data }) => {
          const { device, channel, state, reason } = JSON.parse(data);
          return `${device}${channel === undefined ? '' : `/${channel}`} ${state} ${reason}`;
        }),
    types: () => disk.drafts.map(({ type }) => type),
  };
}
type Hut = ReturnType<typeof hut>;

async function stay(where: Hut, celsius: number | null, polls: number, device = 'box-1', channel?: number) {
  for (let poll = 0; poll < polls; poll++) {
    await where.read(device, celsius, channel);
    await where.pass(everyMs);
  }
}

describe('readings of no box', () => {
  test('go on as they are', async () => {
    const where = hut();
    where.start([box('box-1')]);
    await stay(where, 30, 5, 'room-1');
    await where.scan();
    expect(where.types().filter((type) => type !== 'reading.probe-excursion')).toEqual([
      ...Array(5).fill('reading.temperature'),
      'reading.scanned',
    ]);
  });

  test('of a box are thinned', async () => {
    const where = hut();
    where.start([box('box-1')]);
    await stay(where, 5, 13);
    expect(where.types()).toEqual(Array(3).fill('reading.temperature'));
  });
});

test('an excursion is by the contract, and in one commit with its state', async () => {
  const where = hut();
  where.start([box('box-1')]);
  await stay(where, 9, 7);
  await stay(where, 5, 1);
  const events = where.disk.drafts.filter(({ type }) => type === 'reading.probe-excursion');
  expect(events.map(({ data }) => JSON.parse(data))).toMatchObject([
    {
      device: 'box-1',
      state: 'began',
      reason: 'too-warm',
      celsius: 9,
      minCelsius: 2,
      maxCelsius: 8,
      extremeCelsius: 9,
    },
    { device: 'box-1', state: 'ended', reason: 'too-warm', celsius: 5 },
  ]);
  for (const { data } of events)
    expect(eventData['reading.probe-excursion'].safeParse(JSON.parse(data)).error).toBeUndefined();
  expect(where.disk.state.size).toBe(0);
});

describe('channels', () => {
  test('each by itself', async () => {
    const where = hut();
    where.start([box('box-1')]);
    for (let poll = 0; poll < 8; poll++) {
      await where.read('box-1', 5, 1);
      await where.read('box-1', 9, 2);
      await where.read('box-1', null, 3);
      await where.pass(everyMs);
    }
    expect(where.excursions()).toEqual(['box-1/2 began too-warm']);
  });

  test('a channel that once had a sensor can lose it; one that never had cannot', async () => {
    const where = hut();
    where.start([box('box-1')]);
    await where.read('box-1', 5, 1);
    await where.read('box-1', null, 2);
    await stay(where, null, 5, 'box-1', 1);
    expect(where.excursions()).toEqual(['box-1/1 began sensor-lost']);
  });

  test('a probe that is silent from the start is lost, until a channel shows itself', async () => {
    const where = hut();
    where.start([box('box-1')]);
    await where.pass(31_000);
    expect(where.excursions()).toEqual(['box-1 began sensor-lost']);
    await stay(where, 5, 1, 'box-1', 1);
    await where.pass(1_000);
    expect(where.excursions()).toEqual(['box-1 began sensor-lost', 'box-1 ended sensor-lost']);
  });

  test('a box for one channel leaves the others alone', async () => {
    const where = hut();
    where.start([box('box-1', { channel: 1 })]);
    await stay(where, 5, 2, 'box-1', 1);
    await stay(where, 30, 10, 'box-1', 2);
    expect(where.excursions()).toEqual(['box-1/1 began sensor-lost']);
  });
});

describe('a restart', () => {
  test('in mid-excursion repeats nothing and forgets nothing', async () => {
    const where = hut();
    where.start([box('box-1')]);
    await stay(where, 9, 8);
    where.start([box('box-1')]);
    await stay(where, 12, 8);
    where.start([box('box-1')], 'boot-2');
    await stay(where, 5, 1);
    expect(where.excursions()).toEqual(['box-1 began too-warm', 'box-1 ended too-warm']);
    const [began, ended] = where.disk.drafts
      .filter(({ type }) => type === 'reading.probe-excursion')
      .map(({ data }) => JSON.parse(data));
    expect(ended.since).toBe(began.since);
    expect(ended.extremeCelsius).toBe(12);
  });

  test('while the 60 s run does not begin them anew; a reboot does', async () => {
    for (const [bootId, polls] of [
      ['boot-1', 7],
      ['boot-2', 10],
    ] as const) {
      const where = hut();
      where.start([box('box-1')]);
      await stay(where, 9, 3);
      where.start([box('box-1')], bootId);
      let poll = 3;
      for (; where.excursions().length === 0; poll++) await stay(where, 9, 1);
      expect(poll).toBe(polls);
    }
  });

  test('without the box: the excursion is ended, and why', async () => {
    const where = hut();
    where.start([box('box-1')]);
    await stay(where, 9, 7);
    where.start([]);
    await tick();
    expect(where.excursions()).toEqual(['box-1 began too-warm', 'box-1 ended no-longer-watched']);
    expect([...where.disk.state.keys()].filter((key) => key.startsWith(coldBoxPrefix))).toEqual([]);
  });
});

test('what a full disk refused is said when there is room again', async () => {
  const where = hut();
  where.start([box('box-1')]);
  where.disk.isFull = true;
  await stay(where, 9, 8);
  await stay(where, 5, 2);
  await stay(where, -1, 1);
  expect(where.disk.drafts).toEqual([]);
  where.disk.isFull = false;
  await stay(where, -1, 2);
  await tick();
  expect(where.excursions()).toEqual(['box-1 began too-warm', 'box-1 ended too-warm', 'box-1 began freezing']);
  const times = where.disk.drafts.filter(({ type }) => type === 'reading.probe-excursion').map(({ monoMs }) => monoMs);
  expect(times).toEqual([60_000, 80_000, 100_000]);
});

test('restarts and full disks at any moment: began and ended alternate, and nothing is said that is not so', async () => {
  const happening = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ celsius: fc.constantFrom(5, 9, 1, -1, 7.9, null), polls: fc.integer({ min: 1, max: 9 }) }),
    },
    { weight: 2, arbitrary: fc.constantFrom('restart', 'reboot', 'full', 'room') },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 25 }), async (happenings) => {
      const where = hut();
      where.start([box('box-1')]);
      let boots = 1;
      for (const what of happenings) {
        if (what === 'restart') where.start([box('box-1')], `boot-${boots}`);
        else if (what === 'reboot') where.start([box('box-1')], `boot-${++boots}`);
        else if (what === 'full' || what === 'room') where.disk.isFull = what === 'full';
        else if (typeof what === 'object') await stay(where, what.celsius, what.polls);
      }
      where.disk.isFull = false;
      await stay(where, 5, 2);
      await tick();
      const states = where.excursions().map((text) => text.split(' ')[1]);
      expect(states.every((state, index) => state === (index % 2 === 0 ? 'began' : 'ended'))).toBe(true);
      expect(states.length % 2).toBe(0);
      expect(where.disk.state.size).toBe(0);
    }),
    { numRuns: 100 },
  );
});

describe('a door that is opened', () => {
  const withDoor = (own: Partial<ColdBox> = {}) => box('box-1', { door: 'door-1', doorGraceMs: 180_000, ...own });

  test('gives the box time, and what lasts longer is told with its first moment', async () => {
    const where = hut();
    where.start([withDoor()]);
    await where.door('door-1', 1);
    await stay(where, 9, 18);
    expect(where.excursions()).toEqual([]);
    await stay(where, 9, 1);
    expect(where.excursions()).toEqual(['box-1 began too-warm']);
    const { since } = JSON.parse(where.disk.drafts.find(({ type }) => type === 'reading.probe-excursion')!.data);
    expect(Date.parse(since)).toBe(Date.UTC(2022, 10, 7));
  });

  test('is an input like any other', async () => {
    const where = hut();
    where.start([withDoor()]);
    await where.door('door-1', 1);
    expect(where.types()).toEqual(['reading.input-changed']);
  });

  test.each([
    ['again and again', withDoor(), 'door-1', 18],
    ['on another box', withDoor(), 'door-2', 6],
    ['without a grace', withDoor({ doorGraceMs: 0 }), 'door-1', 6],
    ['that nobody named', withDoor({ door: undefined }), 'door-1', 6],
  ])('%s', async (_, rule, door, polls) => {
    const where = hut();
    where.start([rule]);
    for (let poll = 0; poll < polls; poll++) {
      await where.door(door, 1);
      await stay(where, 9, 1);
    }
    expect(where.excursions()).toEqual([]);
    await stay(where, 9, 1);
    expect(where.excursions()).toEqual(['box-1 began too-warm']);
  });

  test.each([1, 0] as const)('after it grew warm explains nothing (level %i)', async (level) => {
    const where = hut();
    where.start([withDoor()]);
    await stay(where, 9, 2);
    await where.door('door-1', level);
    await stay(where, 9, 5);
    expect(where.excursions()).toEqual(['box-1 began too-warm']);
  });

  test('explains no freezing: that is told at once', async () => {
    const where = hut();
    where.start([withDoor()]);
    await where.door('door-1', 1);
    await stay(where, -0.1, 1);
    expect(where.excursions()).toEqual(['box-1 began freezing']);
  });

  test('is forgotten by a restart; what it has put off is not', async () => {
    const where = hut();
    where.start([withDoor()]);
    await where.door('door-1', 1);
    await stay(where, 9, 3);
    where.start([withDoor()]);
    await stay(where, 9, 15);
    expect(where.excursions()).toEqual([]);
    await stay(where, 9, 1);
    expect(where.excursions()).toEqual(['box-1 began too-warm']);
  });
});
