/** What a lane's screen asks for next, and which buttons it has, on the way through a shift. */
import { expect, test } from 'vitest';
import type { LaneAction, LaneActionName, NextStep } from '../../../gateway/contract/lane.ts';
import { crowdPerson } from '../../../simulators/people.ts';
import { type BenchOptions, createLaneBench, type LaneBench } from '../../support/lane-bench.ts';

const lane = 'lane-1';
const phone = (n: number) => `QR:${crowdPerson(n).idNumber}|${crowdPerson(n).name}|`;
const tube = (n: number) => `T${String(n).padStart(10, '0')}`;

type Doing =
  | string
  | LaneAction
  | { readonly waitMs: number }
  | { readonly badge: string }
  | { readonly celsius: number };
type Row = readonly [Doing, NextStep, readonly LaneActionName[]];

async function does(bench: LaneBench, doing: Doing): Promise<void> {
  if (typeof doing === 'string') await bench.scan(lane, doing);
  else if ('action' in doing) await bench.act(lane, doing);
  else if ('badge' in doing) await bench.signIn(lane, doing.badge);
  else if ('celsius' in doing) await bench.read(lane, { type: 'temperature', celsius: doing.celsius, quality: 'ok' });
  else bench.wait(doing.waitMs);
}

/** Of a lane without a tube. */
const idle = ['void-tube', 'exclude', 'divert', 'single', 'pack', 'reprint', 'pause', 'close-session'] as const;
const withTube = ['void-tube', 'manual', 'exclude', 'divert', 'pack', 'reprint', 'pause'] as const;
const packing = ['hand-over', 'reopen-box', 'void-tube', 'sample', 'reprint'] as const;

const shifts: readonly [string, BenchOptions['campaign'], readonly Row[]][] = [
  [
    'tube-first',
    {},
    [
      [{ badge: 'op-1' }, 'scan-tube', idle],
      [{ action: 'pause' }, 'resume', ['resume']],
      [{ action: 'resume' }, 'scan-tube', idle],
      [{ action: 'single' }, 'scan-single-tube', idle],
      [{ action: 'cancel' }, 'scan-tube', idle],
      [tube(1), 'scan-person', withTube],
      [tube(2), 'answer', ['confirm', 'cancel']],
      [{ action: 'cancel' }, 'scan-person', withTube],
      [phone(1), 'scan-person', ['undo', 'correct', 'close-tube', ...withTube]],
      [{ waitMs: 61_000 }, 'scan-person', ['correct', 'close-tube', ...withTube]],
      [tube(2), 'answer', ['confirm', 'cancel']],
      [{ action: 'correct' }, 'answer', ['manual', 'cancel']],
      [{ action: 'exclude', reason: 'refused' }, 'answer', ['manual', 'cancel']],
      [{ action: 'void-tube', reason: 'other' }, 'answer', ['confirm', 'cancel']],
      [{ action: 'cancel' }, 'scan-person', ['correct', 'close-tube', ...withTube]],
      // Closed: the last person may still be put right, and the tube opened again.
      [{ action: 'close-tube' }, 'scan-tube', ['reopen-tube', 'correct', ...idle]],
      [phone(1), 'scan-tube', ['reopen-tube', 'correct', ...idle]],
      [{ waitMs: 121_000 }, 'scan-tube', idle],
      [{ action: 'close-session' }, 'answer', ['confirm', 'cancel']],
      [{ action: 'confirm' }, 'sign-in', []],
    ],
  ],
  [
    'a tube that is full',
    { poolSize: 1 },
    [
      [{ badge: 'op-1' }, 'scan-tube', idle],
      [tube(1), 'scan-person', withTube],
      [phone(1), 'scan-tube', ['undo', 'correct', ...idle]],
    ],
  ],
  [
    'people-first',
    { flow: 'people-first' },
    [
      [{ badge: 'op-1' }, 'scan-person', ['void-tube', 'manual', ...idle.slice(1)]],
      [
        phone(1),
        'scan-person',
        ['undo', 'void-tube', 'manual', 'exclude', 'divert', 'single', 'discard-group', 'pack', 'reprint', 'pause'],
      ],
      [{ action: 'discard-group' }, 'answer', ['confirm', 'cancel']],
      [{ action: 'cancel' }, 'scan-person', expect.arrayContaining(['discard-group'])],
      [phone(2), 'scan-person', expect.arrayContaining(['undo'])],
      [phone(3), 'scan-person', expect.arrayContaining(['undo'])],
      [phone(4), 'scan-person', expect.arrayContaining(['undo'])],
      [phone(5), 'scan-tube-of-group', expect.arrayContaining(['undo'])],
      [tube(1), 'scan-person', expect.arrayContaining(['undo', 'correct', 'close-session'])],
      // The next group's first person: no swab is in any tube yet.
      [phone(6), 'scan-person', expect.not.arrayContaining(['correct'])],
    ],
  ],
  [
    'temperature first',
    { temperature: 'required' },
    [
      [{ badge: 'op-1' }, 'scan-tube', expect.arrayContaining(['temperature'])],
      [tube(1), 'measure', expect.arrayContaining(['temperature'])],
      [{ celsius: 36.5 }, 'scan-person', expect.arrayContaining(['temperature'])],
      [{ waitMs: 91_000 }, 'measure', expect.arrayContaining(['temperature'])],
      [{ celsius: 36.5 }, 'scan-person', expect.arrayContaining(['temperature'])],
      [phone(1), 'measure', expect.arrayContaining(['undo'])],
    ],
  ],
  [
    'box-first and packing',
    { flow: 'box-first', poolSize: 1 },
    [
      [{ badge: 'op-1' }, 'scan-box', idle],
      ['B00000001', 'scan-tube', idle],
      [tube(1), 'scan-person', withTube],
      [phone(1), 'scan-tube', ['undo', 'correct', ...idle]],
      [{ action: 'pack' }, 'scan-tube-to-pack', ['missing', ...packing]],
      [{ action: 'missing', reason: 'lost' }, 'answer', ['confirm', 'cancel']],
      [{ action: 'cancel' }, 'scan-tube-to-pack', ['missing', ...packing]],
      [tube(1), 'scan-tube-to-pack', ['seal', 'unpack', ...packing]],
      [{ action: 'seal' }, 'count-tubes', ['count', 'cancel']],
      [{ action: 'count', count: 1 }, 'scan-seal', ['cancel']],
      ['S00000001', 'scan-box-to-pack', packing],
      [{ action: 'hand-over' }, 'scan-courier', ['cancel']],
      ['CR000001', 'count-tubes', ['count', 'cancel']],
      [{ action: 'count', count: 1 }, 'scan-box-to-pack', packing],
      [{ action: 'sample' }, 'scan-box', idle],
    ],
  ],
];

test.each(shifts)('%s', async (_, campaign, rows) => {
  const bench = createLaneBench({ campaign });
  expect(bench.view(lane)).toMatchObject({ phase: 'signed-out', next: { step: 'sign-in' }, can: [] });
  for (const [index, [doing, step, can]] of rows.entries()) {
    await does(bench, doing);
    const view = bench.view(lane);
    expect([index, doing, view.next.step, view.can]).toEqual([index, doing, step, can]);
  }
});

test('the last three people are those of the tube or group in hand', async () => {
  const bench = createLaneBench({ campaign: { flow: 'people-first' } });
  await bench.signIn(lane, 'op-1');
  for (const n of [1, 2, 3, 4, 5]) await bench.scan(lane, phone(n));
  await bench.scan(lane, tube(1));
  expect(bench.view(lane).lastPersons.map(({ slot }) => slot)).toEqual([5, 4, 3]);
  await bench.scan(lane, phone(6));
  expect(bench.view(lane).lastPersons.map(({ slot }) => slot)).toEqual([1]);
  expect(await bench.act(lane, { action: 'correct' })).toMatchObject({ tone: 'refused', code: 'nothing-to-undo' });
});

test('an open tube after a restart: nothing but its scan', async () => {
  const bench = createLaneBench();
  await bench.signIn(lane, 'op-1');
  await bench.scan(lane, tube(1));
  await bench.scan(lane, phone(1));
  bench.restart();
  const { next, can, tube: open, undoLeftMs } = bench.view(lane);
  expect(next).toEqual({ step: 'confirm-tube', values: { tube: '0001' } });
  expect(open).toMatchObject({ unconfirmed: true, count: 1 });
  expect(undoLeftMs).toBeUndefined();
  for (const action of ['undo', 'correct', 'close-tube', 'manual'] as const) expect(can).not.toContain(action);
  await bench.scan(lane, tube(1));
  expect(bench.view(lane).next).toEqual({ step: 'scan-person', values: { slot: 2 } });
});

test.each([
  ['nothing', [], undefined],
  ['fresh', [0], 'ok'],
  ['two hours old', [7_200_000], 'amber'],
  ['three and a half hours old', [12_600_000], 'red'],
  ['the older of two counts', [5_400_000, 5_400_000], 'amber'],
] as const)('the oldest tube: %s', async (_, waits, level) => {
  const bench = createLaneBench();
  await bench.signIn(lane, 'op-1');
  for (const [n, ms] of waits.entries()) {
    await bench.scan(lane, tube(n));
    await bench.scan(lane, phone(n));
    await bench.act(lane, { action: 'close-tube' });
    bench.wait(ms);
  }
  const { oldestTube, unpacked } = bench.sampling().sampling();
  expect(oldestTube?.level).toBe(level);
  expect(unpacked).toHaveLength(waits.length);
  if (level) expect(oldestTube!.code).toBe(tube(0));
});
