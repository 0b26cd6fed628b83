import pino from 'pino';
import { expect, test } from 'vitest';
import { type ConfigFileParts, createConfigFile } from '../../gateway/config-file.ts';
import { configCheck, configView } from '../../gateway/contract/api.ts';
import { manualClock } from '../support/manual-clock.ts';

interface Loaded {
  readonly sha256: string;
}
const log = pino({ level: 'silent' });

/** What the disk holds and what is under way, to be changed by a test. */
function bench(more: Partial<ConfigFileParts<Loaded>> = {}) {
  const disk: { now: Loaded | { problems: readonly string[] }; atWork: string[]; loads: number } = {
    now: { sha256: 'aa' },
    atWork: [],
    loads: 0,
  };
  const applied: string[] = [];
  const clock = manualClock();
  const file = createConfigFile<Loaded>({
    ...{ file: '/etc/hut.yaml', started: { sha256: 'aa' }, clock, log },
    load: async () => {
      disk.loads += 1;
      return disk.now;
    },
    lint: async () => ('problems' in disk.now ? disk.now.problems : []),
    inTheWay: () => disk.atWork,
    apply: async ({ sha256 }) => void applied.push(sha256),
    failed: (error) => {
      throw error;
    },
    ...more,
  });
  return { disk, applied, clock, file };
}

test('before any reload it says what is in use', () => {
  const { file } = bench();
  expect(configView.parse(file.view())).toEqual({
    file: '/etc/hut.yaml',
    sha256: 'aa',
    loadedAt: expect.any(String),
  });
});

test('a file that is right is taken over, and that is told', async () => {
  const { disk, applied, clock, file } = bench();
  const told: unknown[] = [];
  file.onReloaded((view) => told.push(view));
  disk.now = { sha256: 'bb' };
  clock.advance(60_000);
  await file.reload();
  expect(applied).toEqual(['bb']);
  const view = configView.parse(file.view());
  expect(view).toMatchObject({ sha256: 'bb', last: { count: 1, outcome: 'taken-over', problems: [], more: 0 } });
  expect(view.loadedAt).toBe(view.last?.at);
  expect(told).toEqual([view]);
});

test('a wrong file is refused with its problems, and forgotten with the next one that is right', async () => {
  const { disk, applied, file } = bench();
  disk.now = { problems: ['hut.yaml:3:5 devices: is missing', 'staff.yaml:1:1 a\nstaff.yaml:2:1 b'] };
  await file.reload();
  expect(file.view()).toMatchObject({
    sha256: 'aa',
    last: {
      outcome: 'wrong',
      problems: ['hut.yaml:3:5 devices: is missing', 'staff.yaml:1:1 a', 'staff.yaml:2:1 b'],
    },
  });
  disk.now = { sha256: 'bb' };
  await file.reload();
  expect(file.view().last).toMatchObject({ count: 2, outcome: 'taken-over', problems: [] });
  expect(applied).toEqual(['bb']);
});

test('of very many problems the first are kept, and the rest are counted', async () => {
  const { disk, file } = bench();
  disk.now = { problems: Array.from({ length: 10_000 }, (_, n) => `hut.yaml:${n}:1 ${'x'.repeat(1_000)}`) };
  await file.reload();
  const { problems, more } = configView.parse(file.view()).last!;
  expect(problems).toHaveLength(50);
  expect(more).toBe(9_950);
  expect(Math.max(...problems.map(({ length }) => length))).toBe(300);
});

test('lanes at work keep the old one', async () => {
  const { disk, applied, file } = bench();
  disk.now = { sha256: 'bb' };
  disk.atWork = ['lane-1: tube T0000000001 is open'];
  await file.reload();
  expect(file.view()).toMatchObject({ sha256: 'aa', last: { outcome: 'lanes-at-work', problems: disk.atWork } });
  expect(applied).toEqual([]);
});

test('one that cannot be started is said, and what is in use stays what it was', async () => {
  const { disk, file } = bench({ apply: async () => 'listen EADDRINUSE' });
  disk.now = { sha256: 'bb' };
  await file.reload();
  expect(file.view()).toMatchObject({
    sha256: 'aa',
    last: { outcome: 'not-started', problems: ['listen EADDRINUSE'] },
  });
});

test('many asked for at once are two: the one under way, and one that sees what came meanwhile', async () => {
  let go = () => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { disk, applied, file } = bench({
    apply: async ({ sha256 }) => {
      await held;
      applied.push(sha256);
      return undefined;
    },
  });
  const first = file.reload();
  await Promise.resolve();
  disk.now = { sha256: 'bb' };
  const rest = Array.from({ length: 1_000 }, () => file.reload());
  go();
  await Promise.all([first, ...rest]);
  expect(applied).toEqual(['aa', 'bb']);
  expect(file.view().last?.count).toBe(2);
});

test('after the stop nothing is reloaded any more', async () => {
  const { disk, applied, file } = bench();
  await file.stop();
  disk.now = { sha256: 'bb' };
  await file.reload();
  expect(applied).toEqual([]);
  expect(disk.loads).toBe(0);
});

test('a check changes nothing', async () => {
  const { disk, applied, file } = bench();
  expect(configCheck.parse(await file.check())).toMatchObject({
    sha256: 'aa',
    inUse: true,
    problems: [],
    inTheWay: [],
  });
  disk.now = { sha256: 'bb' };
  disk.atWork = ['lane-1: tube T0000000001 is open'];
  expect(await file.check()).toMatchObject({ sha256: 'bb', inUse: false, inTheWay: disk.atWork });
  disk.now = { problems: ['hut.yaml:1:1 is wrong'] };
  expect(configCheck.parse(await file.check())).toMatchObject({ inUse: false, problems: ['hut.yaml:1:1 is wrong'] });
  expect(applied).toEqual([]);
  expect(file.view().last).toBeUndefined();
});
