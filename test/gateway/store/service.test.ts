/** What becomes of the store when a write fails. The errors are thrown inside the open transaction, as SQLite would. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Step } from '../../../gateway/store/database.ts';
import { reserveAt } from '../../../gateway/store/reserve.ts';
import { createService } from '../../../gateway/store/service.ts';
import type { Batch, StoreCondition } from '../../../gateway/store/store.ts';
import { draft, limits, open, seqsOf, tempDir } from './support/fixture.ts';

function failing() {
  const dir = tempDir();
  let fault: { at: Step; code: string } | undefined;
  const { database, release } = open(dir, {
    step(name) {
      if (fault?.at === name) throw Object.assign(new Error(`injected ${fault.code}`), { code: fault.code });
    },
  });
  const conditions: StoreCondition[] = [];
  let suspected = 0;
  const service = createService({
    database,
    reserve: reserveAt(join(dir, 'reserve')),
    monotonicMs: () => 0,
    onCondition: (condition) => conditions.push(condition),
    suspect: () => {
      suspected += 1;
    },
  });
  return {
    service,
    conditions: () => conditions.map(({ state }) => state),
    suspected: () => suspected,
    breakAt: (at: Step, code: string) => {
      fault = { at, code };
    },
    heal: () => {
      fault = undefined;
    },
    append: (n: number) => service.answer({ op: 'append', calls: [{ drafts: [draft('reading', n)], moves: [] }] }),
    batches: () =>
      service.answer({
        op: 'batches',
        stream: 'reading',
        afterSeq: 0,
        limits,
        upToSeq: undefined,
        into: undefined,
      }) as {
        answer: Batch[];
      },
    done: () => {
      database.close();
      release();
    },
  };
}

describe('a full disk', () => {
  it('refuses new events, serves the old ones, and takes events again when there is room', () => {
    const store = failing();
    expect(store.append(1)).toHaveProperty('answer');
    store.breakAt('append:headed', 'SQLITE_FULL');
    expect(store.append(2)).toMatchObject({ refusal: { why: 'disk-full' } });
    store.heal();
    // Until the probe has proved that there is room, nobody is promised anything.
    expect(store.append(3)).toMatchObject({ refusal: { why: 'disk-full' } });
    expect(seqsOf(store.batches().answer)).toEqual([1]);
    store.service.notice({ op: 'confirm', stream: 'reading', upTo: 1 });
    store.service.flush();
    store.service.retry();
    expect(store.conditions()).toEqual(['disk-full', 'ok']);
    store.append(4);
    expect(seqsOf(store.batches().answer)).toEqual([1, 2]);
    store.done();
  });

  it.each(['append:begun', 'append:inserted', 'append:moved', 'append:headed'] as const)(
    'met at %s leaves nothing of the call',
    (at) => {
      const store = failing();
      store.append(1);
      store.breakAt(at, 'SQLITE_FULL');
      store.append(2);
      store.heal();
      store.service.retry();
      store.append(3);
      expect(seqsOf(store.batches().answer)).toEqual([1, 2]);
      store.done();
    },
  );
});

describe('a file that cannot be used', () => {
  it('fails for good: nothing is acknowledged after an I/O error', () => {
    const store = failing();
    store.breakAt('append:headed', 'SQLITE_IOERR_FSYNC');
    expect(store.append(1)).toMatchObject({ refusal: { why: 'failed' } });
    store.heal();
    store.service.retry();
    expect(store.append(2)).toMatchObject({ refusal: { why: 'failed' } });
    expect(store.conditions()).toEqual(['failed']);
    expect(store.suspected()).toBe(0);
    store.done();
  });

  it('is looked at as a whole at the next start when it is damaged', () => {
    const store = failing();
    store.breakAt('append:begun', 'SQLITE_CORRUPT');
    store.append(1);
    expect(store.suspected()).toBe(1);
    store.done();
  });

  it('held by another program refuses the call and goes on', () => {
    const store = failing();
    store.breakAt('append:begun', 'SQLITE_BUSY');
    expect(store.append(1)).toMatchObject({ refusal: { why: 'failed' } });
    store.heal();
    expect(store.append(2)).toHaveProperty('answer');
    expect(store.conditions()).toEqual([]);
    store.done();
  });
});
