import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../device-drivers/clock.ts';
import type { Reading } from '../../device-drivers/driver.ts';
import { type CommittedReading, createIntake } from '../../gateway/intake.ts';
import { type Committed, type EventDraft, StoreRefused } from '../../gateway/store/store.ts';

/** A store whose commits end when the test says so. */
function slowStore() {
  const commits: { drafts: readonly EventDraft[]; commit(): void; refuse(): void }[] = [];
  let seq = 0;
  const append = (drafts: readonly EventDraft[]) =>
    new Promise<readonly Committed[]>((resolve, reject) => {
      commits.push({
        drafts,
        commit: () => resolve(drafts.map(({ stream }) => ({ stream, seq: ++seq }))),
        refuse: () => reject(new StoreRefused('disk-full', 'no room')),
      });
    });
  return { append, commits };
}

function harness(sealTime: () => Promise<void> = async () => {}) {
  const store = slowStore();
  const log: string[] = [];
  const committed: CommittedReading[] = [];
  const intake = createIntake({
    store,
    clock: systemClock,
    clockQuality: () => 'synced',
    seal: async () => {
      await sealTime();
      return 'a..b.c.d';
    },
    personRef: () => 'ref',
    textRef: () => 'ref',
    isCode: (text) => /^T\d+$/.test(text),
    committed: (readings) => committed.push(...readings),
    refused: (device, readings, why) => log.push(`refused ${device} ${readings} ${why}`),
    hold: (device) => log.push(`hold ${device}`),
    release: (device) => log.push(`release ${device}`),
  });
  const scan = (text: string, device = 'scanner-1') => {
    const reading: Reading = { type: 'scan', text };
    intake.accept(device, reading, { wallMs: 1_700_000_000_000, monoMs: 1 });
  };
  return { intake, scan, committed, log, commits: store.commits };
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('intake', () => {
  test('nothing is announced before its commit', async () => {
    const { scan, committed, commits, intake } = harness();
    scan('T1');
    await tick();
    expect(commits).toHaveLength(1);
    expect(committed).toEqual([]);
    commits[0]!.commit();
    await intake.settled();
    expect(committed).toMatchObject([{ stream: 'reading', seq: 1, device: 'scanner-1', summary: 'T1' }]);
  });

  test('readings of one chunk go into one append', async () => {
    const { scan, commits } = harness();
    for (let i = 0; i < 20; i++) scan(`T${i}`);
    await tick();
    expect(commits.map(({ drafts }) => drafts.length)).toEqual([20]);
  });

  test('a text that is no campaign code is sealed and never in clear', async () => {
    const { scan, commits } = harness();
    scan('http://example.test/someone');
    await tick();
    const [draft] = commits[0]!.drafts;
    expect(draft).toMatchObject({ type: 'reading.scanned', pii: 'a..b.c.d' });
    expect(draft!.subject).toBeUndefined();
    expect(JSON.stringify(draft)).not.toContain('example');
  });

  test('a text of the right shape but longer than a code can be is sealed', async () => {
    const { scan, commits } = harness();
    scan(`T${'1'.repeat(600)}`);
    await tick();
    expect(commits[0]!.drafts[0]!.pii).toBeDefined();
  });

  test('the order of capture is kept whatever sealing takes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ secret: fc.boolean(), turns: fc.nat(5) }), { maxLength: 40 }),
        async (scans) => {
          const turns = scans.filter(({ secret }) => secret).map((s) => s.turns);
          const { scan, commits, intake } = harness(async () => {
            for (let n = turns.shift() ?? 0; n > 0; n--) await tick();
          });
          scans.forEach(({ secret }, i) => {
            scan(secret ? `someone ${i}` : `T${i}`, `d${i}`);
          });
          const done = intake.settled();
          let open = true;
          void done.then(() => {
            open = false;
          });
          let next = 0;
          while (open) {
            while (next < commits.length) commits[next++]!.commit();
            await tick();
          }
          const devices = commits.flatMap(({ drafts }) => drafts.map(({ data }) => JSON.parse(data).device));
          expect(devices).toEqual(scans.map((_, i) => `d${i}`));
        },
      ),
      { numRuns: 50 },
    );
  });

  test('a refused append is said, per device, and nothing is announced', async () => {
    const { scan, commits, log, committed, intake } = harness();
    scan('T1');
    scan('T2');
    scan('T3', 'scanner-2');
    await tick();
    commits[0]!.refuse();
    await intake.settled();
    expect(log).toEqual(['refused scanner-1 2 disk-full', 'refused scanner-2 1 disk-full']);
    expect(committed).toEqual([]);
  });

  test('a reading that cannot be sealed is refused; the next ones are not held up', async () => {
    let calls = 0;
    const { scan, commits, log, committed, intake } = harness(async () => {
      calls += 1;
      if (calls === 1) throw new Error('no entropy');
    });
    scan('someone');
    scan('T2');
    await tick();
    await tick();
    commits[0]!.commit();
    await intake.settled();
    expect(log).toEqual(['refused scanner-1 1 not-sealed']);
    expect(committed).toMatchObject([{ summary: 'T2' }]);
  });

  test('a flooding device is held while the disk is busy, and released', async () => {
    const { scan, commits, log, intake } = harness();
    for (let i = 0; i < 1_500; i++) scan(`T${i}`);
    scan('T1', 'scanner-2');
    await tick();
    expect(log).toEqual(['hold scanner-1']);
    for (const { commit } of commits) commit();
    await intake.settled();
    expect(log).toEqual(['hold scanner-1', 'release scanner-1']);
  });
});
