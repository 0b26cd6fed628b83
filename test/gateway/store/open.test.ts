/** The store as the gateway uses it: real thread, real file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { attach, type OpenStoreOptions, openStore, workerUrl } from '../../../gateway/store/open.ts';
import type { Store, StoreCondition } from '../../../gateway/store/store.ts';
import { bootA, draft, limits, seqsOf, tempDir, textOf, time } from './support/fixture.ts';

const monoMs = () => Number(process.hrtime.bigint()) / 1e6;
const opened = (dir: string, more: Partial<OpenStoreOptions> = {}): Promise<Store> =>
  openStore({
    dir,
    gateway: 'hut-0417',
    region: 'jinshui',
    bootId: bootA,
    stamp: () => ({ time, monoMs: monoMs(), clockQuality: 'synced' }),
    ...more,
  });

describe('the store', () => {
  it('gives every append its numbers after a commit, and hands batches out', async () => {
    const store = await opened(tempDir());
    expect(await store.append([draft('reading', 1), draft('audit', 2)], [{ key: 'k', value: 'v' }])).toEqual([
      { stream: 'reading', seq: 1 },
      { stream: 'audit', seq: 1 },
    ]);
    expect(await store.state('')).toEqual(new Map([['k', 'v']]));
    expect(seqsOf(await store.batches('reading', 0, limits))).toEqual([1]);
    store.confirm('reading', 1);
    expect(await store.status()).toMatchObject({
      epoch: store.epoch,
      condition: { state: 'ok' },
      streams: [{ pending: 0 }, { lastSeq: 1, confirmedSeq: 1, pending: 0 }, { pending: 1, oldestPendingAt: time }],
    });
    await store.quarantine('reading', 1, 'test', draft('audit', 3));
    expect((await store.status()).quarantined).toBe(1);
    await store.close();
  });

  it('commits waiting calls together, each atomic, in the order they came', async () => {
    const store = await opened(tempDir());
    const commits: number[] = [];
    store.onCommitted((last) => commits.push(last.reading));
    const calls = Array.from({ length: 500 }, (_, n) => store.append([draft('reading', n)]));
    const bad = store.append([draft('reading', 'x'.repeat(200_000))]);
    const more = Array.from({ length: 500 }, (_, n) => store.append([draft('reading', n)]));
    await expect(bad).rejects.toMatchObject({ name: 'StoreRefused', why: 'too-large' });
    const numbers = (await Promise.all([...calls, ...more])).flat().map(({ seq }) => seq);
    expect(numbers).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1));
    // The first went alone, the rest shared.
    expect(commits[0]).toBe(1);
    expect(commits.length).toBeLessThan(5);
    expect(commits.at(-1)).toBe(1_000);
    await store.close();
  });

  it('uses the memory of payloads again that were given back, and only that', async () => {
    const store = await opened(tempDir());
    await store.append(Array.from({ length: 300 }, (_, n) => draft('reading', n)));
    const one = { ...limits, eventsMax: 10 };
    const read = (after: number) => store.batches('reading', after, one, after + 10);
    const kept = (await read(0))[0]!;
    const expected = textOf(kept);
    const buffers = new Set<ArrayBufferLike>();
    for (let round = 0; round < 20; round += 1) {
      const [batch] = await read(10 + 10 * round);
      expect(seqsOf([batch!])[0]).toBe(11 + 10 * round);
      buffers.add(batch!.payload.buffer);
      store.giveBack(batch!.payload);
    }
    expect(buffers.size).toBe(1);
    // Never given back: after a while payloads come in memory of their own.
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => read(10 * index)));
    expect(all.flatMap(seqsOf)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    expect(textOf(kept)).toBe(expected);
    await store.close();
  });

  it('says so when something is confirmed that there is not', async () => {
    const dir = tempDir();
    const store = await opened(dir);
    expect(store.confirm('reading', 1)).toBe(false);
    await store.append([draft('reading', 1), draft('reading', 2)]);
    expect(store.confirm('reading', 2)).toBe(true);
    expect(store.confirm('reading', 3)).toBe(false);
    expect((await store.status()).streams[1]).toMatchObject({ confirmedSeq: 2, pending: 0 });
    await store.close();
    const again = await opened(dir);
    expect(again.confirm('reading', 2)).toBe(true);
    await again.close();
  });

  it('takes what was asked before close, and nothing after', async () => {
    const dir = tempDir();
    const store = await opened(dir);
    const before = Array.from({ length: 50 }, (_, n) => store.append([draft('reading', n)]));
    const closed = store.close();
    await expect(store.append([draft('reading', 1)])).rejects.toMatchObject({ why: 'closed' });
    await closed;
    expect(await Promise.all(before)).toHaveLength(50);
    await expect(store.status()).rejects.toMatchObject({ why: 'closed' });
    const again = await opened(dir);
    expect((await again.status()).streams[1]!.lastSeq).toBe(50);
    await again.close();
  });

  it('a mistake of the caller rejects that call only', async () => {
    const store = await opened(tempDir());
    await expect(store.append([draft('reading', 1, { data: '{' })])).rejects.toThrow(TypeError);
    await expect(store.quarantine('reading', 7, 'test', draft('audit', 1))).rejects.toThrow('no event reading/7');
    expect((await store.status()).condition).toEqual({ state: 'ok' });
    await store.close();
  });

  it('rejects everything that waits when its thread dies, and never says yes again', async () => {
    const dir = tempDir();
    const openedAt = { time, monoMs: 0, clockQuality: 'synced' as const };
    const origin = { region: 'jinshui', gateway: 'hut-0417', bootId: bootA };
    const worker = new Worker(workerUrl(), {
      workerData: { dir, origin, keep: { confirmedForMs: 1e9, sealedForMs: 1e9 }, openedAt },
    });
    const store = await attach(worker, () => openedAt);
    const conditions: StoreCondition[] = [];
    store.onCondition((condition) => conditions.push(condition));
    await store.append([draft('reading', 1)]);
    const waiting = [store.append([draft('reading', 2)]), store.append([draft('reading', 3)]), store.status()];
    const outcomes = Promise.allSettled(waiting);
    await worker.terminate();
    for (const outcome of (await outcomes).slice(1))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { why: 'failed' } });
    await expect(store.append([draft('reading', 4)])).rejects.toMatchObject({ why: 'failed' });
    expect(conditions.map(({ state }) => state)).toEqual(['failed']);
    await store.close();

    const again = await opened(dir);
    expect(again.epoch).toBe(store.epoch);
    expect(seqsOf(await again.batches('reading', 0, limits))[0]).toBe(1);
    await again.close();
  });

  it('cannot be opened twice, and says what to do', async () => {
    const dir = tempDir();
    const store = await opened(dir);
    await expect(opened(dir)).rejects.toMatchObject({ name: 'StoreNotOpened', why: 'in-use' });
    await store.close();
    await (await opened(dir)).close();
  });

  it('cannot be opened where it cannot write, and says what to do', async () => {
    const dir = tempDir();
    writeFileSync(join(dir, 'file'), '');
    await expect(opened(join(dir, 'file'))).rejects.toMatchObject({ name: 'StoreNotOpened', why: 'failed' });
  });

  it('writes a confirmation by itself, without an append', async () => {
    const dir = tempDir();
    const store = await opened(dir);
    await store.append([draft('reading', 1)]);
    store.confirm('reading', 1);
    const { inspectStatus } = await import('../../../gateway/store/inspect.ts');
    await expect.poll(() => inspectStatus(dir).streams[1]!.confirmedSeq, { timeout: 10_000 }).toBe(1);
    await store.close();
  });
});
