/** SIGKILL between every two steps of a commit, in a real process on a real file. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../../gateway/store/database.ts';
import { verifyStore } from '../../../gateway/store/inspect.ts';
import { bootA, draft, eventsOf, limits, open, seqsOf, tempDir, textOf } from './support/fixture.ts';

interface Said {
  appended?: { committed: { stream: string; seq: number }[] }[];
  batches?: string[];
  quarantined?: number;
  done?: true;
}

function run(dir: string, plan: unknown[], killAt?: Step, killOn = 1, monoMs = 1_000): Said[] {
  const child = fileURLToPath(new URL('./support/kill-child.mjs', import.meta.url));
  const { stdout, stderr, signal } = spawnSync(
    process.execPath,
    [child, JSON.stringify({ dir, killAt, killOn, bootId: bootA, monoMs, plan })],
    { encoding: 'utf8' },
  );
  expect(stderr.replace(/^.*ExperimentalWarning.*$/gm, '').trim()).toBe('');
  expect(signal).toBe('SIGKILL');
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Said);
}

const pair = (n: number) => ({
  drafts: [draft('reading', n, { pii: `p${n}` }), draft('sampling', n)],
  moves: [{ key: 'n', value: String(n) }],
});

describe('killed in an append', () => {
  const steps: Step[] = ['append:begun', 'append:inserted', 'append:moved', 'append:headed', 'append:committed'];
  it.each(steps)('at %s: what was acknowledged is there, the rest is whole or absent, numbers go on', (step) => {
    const dir = tempDir();
    const calls = [1, 2, 3, 4, 5].map((n) => ({ append: [pair(n)] }));
    const said = run(dir, calls, step, 4);
    const acknowledged = said.filter((line) => line.appended).length;
    expect(acknowledged).toBe(3);

    const { database, release } = open(dir);
    const readings = eventsOf(database.batches('reading', 0, limits));
    const there = readings.map((event) => event.data.n as number);
    expect(there).toEqual(Array.from({ length: step === 'append:committed' ? 4 : 3 }, (_, index) => index + 1));
    expect(eventsOf(database.batches('sampling', 0, limits)).map((event) => event.data.n)).toEqual(there);
    expect(readings.map((event) => event.data.pii)).toEqual(there.map((n) => `p${n}`));
    expect(database.state('n').get('n')).toBe(String(there.length));
    database.append([pair(9)]);
    expect(seqsOf(database.batches('reading', 0, limits))).toEqual([...there, there.length + 1]);
    database.close();
    release();
    expect(verifyStore(dir)).toEqual({ events: 2 * there.length + 2, problems: [] });
  });
});

describe('killed in a confirmation', () => {
  it.each<Step>(['flush:begun', 'flush:headed', 'flush:committed'])(
    'at %s: it counts or it does not, nothing is lost',
    (step) => {
      const dir = tempDir();
      run(dir, [{ append: [pair(1), pair(2), pair(3)] }, { confirm: 'reading', upTo: 2 }, { flush: true }], step);
      const { database, release } = open(dir);
      expect(database.status().streams[1]!.confirmedSeq).toBe(step === 'flush:committed' ? 2 : 0);
      expect(seqsOf(database.batches('reading', 0, limits))).toEqual([1, 2, 3]);
      database.close();
      release();
    },
  );

  it('is carried by the next append', () => {
    const dir = tempDir();
    run(dir, [{ append: [pair(1)] }, { confirm: 'reading', upTo: 1 }, { append: [pair(2)] }]);
    const { database, release } = open(dir);
    expect(database.status().streams[1]!.confirmedSeq).toBe(1);
    database.close();
    release();
  });
});

describe('killed in a quarantine', () => {
  it.each<Step>(['quarantine:begun', 'quarantine:moved', 'quarantine:committed'])(
    'at %s: the event is in one place',
    (step) => {
      const dir = tempDir();
      run(dir, [{ append: [pair(1), pair(2)] }, { quarantine: 'reading', seq: 1, audit: draft('audit', 1) }], step);
      const { database, release } = open(dir);
      const moved = step === 'quarantine:committed';
      expect(seqsOf(database.batches('reading', 0, limits))).toEqual(moved ? [2] : [1, 2]);
      expect(seqsOf(database.batches('audit', 0, limits))).toEqual(moved ? [1] : []);
      expect(database.status().quarantined).toBe(moved ? 1 : 0);
      database.close();
      release();
      expect(verifyStore(dir).problems).toEqual([]);
    },
  );
});

describe('killed while a batch is made', () => {
  const monoMs = 3_600_000;
  const old = (n: number) => ({ drafts: [draft('reading', n, { monoMs: 0 })], moves: [] });
  const fresh = (n: number) => ({ drafts: [draft('reading', n, { monoMs })], moves: [] });
  const plan = [{ append: [old(1), old(2), fresh(3), old(4), fresh(5)] }, { batches: 'reading', after: 0 }];

  it.each<Step>(['decide:begun', 'decide:written', 'decide:committed'])('at %s: nothing was handed out', (step) => {
    const dir = tempDir();
    expect(run(dir, plan, step, 1, monoMs).some((line) => line.batches)).toBe(false);
    const clock = { ms: monoMs };
    const { database, release } = open(dir, {}, clock);
    expect(eventsOf(database.batches('reading', 0, limits)).map((event) => event.historical)).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    database.close();
    release();
  });

  it('what was handed out is the same to the byte afterwards, however late', () => {
    const dir = tempDir();
    const sent = run(dir, plan, undefined, 1, monoMs).flatMap((line) => line.batches ?? []);
    expect(sent).toHaveLength(2);
    for (const hours of [1, 2]) {
      const { database, release } = open(dir, {}, { ms: monoMs + hours * 3_600_000 });
      expect(database.batches('reading', 0, { ...limits, eventsMax: 3 }).map(textOf)).toEqual(sent);
      database.close();
      release();
    }
  });

  it('offline after a disconnect, then killed: what was never sent is decided anew', () => {
    const dir = tempDir();
    const sent = run(
      dir,
      [
        { append: [fresh(1), fresh(2)] },
        { batches: 'reading', after: 0 },
        { sent: 'reading', upTo: 2 },
        { append: [fresh(3), fresh(4)] },
      ],
      undefined,
      1,
      monoMs,
    ).flatMap((line) => line.batches ?? []);
    const { database, release } = open(dir, {}, { ms: monoMs + 3_600_000 });
    const events = eventsOf(database.batches('reading', 0, limits));
    expect(events.map((event) => event.historical)).toEqual([false, false, true, true]);
    expect(database.batches('reading', 0, limits, 2).map(textOf)).toEqual(sent);
    database.close();
    release();
  });
});
