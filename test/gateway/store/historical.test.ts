import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, flagOf, forget, type Ledger, reopen } from '../../../gateway/store/historical.ts';
import { bootB, draft, eventsOf, limits, open, tempDir } from './support/fixture.ts';

const empty: Ledger = { runs: [], decided: 0, floor: 0 };

describe('the ledger', () => {
  it('gives back each decision, whatever was decided after it', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (flags) => {
        const ledger = flags.reduce((soFar, flag, index) => decide(soFar, index + 1, index + 1, flag), empty);
        expect(flags.map((_, index) => flagOf(ledger.runs, index + 1))).toEqual(flags);
        for (let gone = 0; gone <= flags.length; gone += 1) {
          const rest = forget(ledger.runs, gone);
          expect(flags.slice(gone).map((_, index) => flagOf(rest, gone + index + 1))).toEqual(flags.slice(gone));
        }
      }),
    );
  });

  it('opens only what was not sent, and never what was settled at the start', () => {
    const ledger = decide(decide({ ...empty, floor: 1, decided: 1 }, 2, 2, false), 3, 3, true);
    expect(reopen(ledger, 2)).toEqual({ runs: [], decided: 2, floor: 1 });
    expect(reopen(ledger, 0).decided).toBe(1);
    expect(reopen(ledger, 9)).toBe(ledger);
  });
});

describe('historical', () => {
  const flags = (database: ReturnType<typeof open>['database']) =>
    eventsOf(database.batches('reading', 0, limits)).map((event) => event.historical);
  const at = (monoMs: number, n: number) => [{ drafts: [draft('reading', n, { monoMs })], moves: [] }];

  it('is decided when an event is first handed out, by its age on the monotonic clock', () => {
    const clock = { ms: 0 };
    const { database, release } = open(tempDir(), {}, clock);
    database.append(at(0, 1));
    database.append(at(70_000, 2));
    clock.ms = 100_000;
    expect(flags(database)).toEqual([true, false]);
    clock.ms = 10_000_000;
    expect(flags(database)).toEqual([true, false]);
    database.close();
    release();
  });

  it('is decided anew for what was made into a batch but not sent', () => {
    const dir = tempDir();
    const clock = { ms: 0 };
    const { database, release } = open(dir, {}, clock);
    for (const n of [1, 2, 3]) database.append(at(0, n));
    expect(flags(database)).toEqual([false, false, false]);
    database.sent('reading', 1);
    clock.ms = 3_600_000;
    expect(flags(database)).toEqual([false, true, true]);
    database.close();
    release();
  });

  it('captured in another boot means old', () => {
    const dir = tempDir();
    const first = open(dir);
    first.database.append(at(1_000, 1));
    first.database.close();
    first.release();
    const { database, release } = open(dir, { origin: { region: 'jinshui', gateway: 'hut-0417', bootId: bootB } });
    database.append(at(1_000, 2));
    expect(flags(database)).toEqual([true, false]);
    database.close();
    release();
  });

  it('after a clean stop, what was handed out keeps its flag and the rest is decided anew', () => {
    const dir = tempDir();
    const clock = { ms: 0 };
    const first = open(dir, {}, clock);
    for (const n of [1, 2, 3]) first.database.append(at(0, n));
    expect(eventsOf(first.database.batches('reading', 0, limits, 2)).map((event) => event.historical)).toEqual([
      false,
      false,
    ]);
    first.database.close();
    first.release();
    clock.ms = 3_600_000;
    const { database, release } = open(dir, {}, clock);
    expect(flags(database)).toEqual([false, false, true]);
    database.close();
    release();
  });
});
