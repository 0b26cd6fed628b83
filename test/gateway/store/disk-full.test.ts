/** A disk that is really full: a small tmpfs, so only where mounting is allowed (root on Linux). */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyStore } from '../../../gateway/store/inspect.ts';
import { openStore } from '../../../gateway/store/open.ts';
import type { StoreCondition } from '../../../gateway/store/store.ts';
import { bootA, draft, limits, time } from './support/fixture.ts';

const mountable = () =>
  spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', '/mnt']).status === 0;

describe.skipIf(!mountable())('on a full disk', () => {
  let disk: string;
  beforeAll(() => {
    disk = mkdtempSync(join(tmpdir(), 'hutgate-disk-'));
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'none', disk]).status).toBe(0);
  });
  afterAll(() => {
    spawnSync('umount', [disk]);
    rmdirSync(disk);
  });

  it('events are refused, the old ones can be handed out and confirmed, and with room it goes on by itself', async () => {
    const dir = join(disk, 'store');
    const ballast = join(disk, 'ballast');
    const stamp = () => ({ time, monoMs: 0, clockQuality: 'synced' as const });
    const opened = () => openStore({ dir, gateway: 'hut-0417', region: 'jinshui', bootId: bootA, stamp });
    const store = await opened();
    const conditions: StoreCondition['state'][] = [];
    store.onCondition(({ state }) => conditions.push(state));
    writeFileSync(ballast, new Uint8Array(24 * 1024 * 1024));

    let accepted = 0;
    const append = (n: number) => store.append([draft('reading', n, { pii: 'x'.repeat(4_000) })]);
    for (let n = 1; conditions.length === 0; n += 1) {
      const [outcome] = await Promise.allSettled([append(n)]);
      if (outcome.status === 'fulfilled') accepted += 1;
      else expect(outcome.reason).toMatchObject({ name: 'StoreRefused', why: 'disk-full' });
    }
    expect(conditions).toEqual(['disk-full']);
    expect(accepted).toBeGreaterThan(500);
    expect(existsSync(join(dir, 'reserve'))).toBe(false);
    await expect(append(0)).rejects.toMatchObject({ why: 'disk-full' });

    let drained = 0;
    for (let after = 0; ; ) {
      const batches = await store.batches('reading', after, { ...limits, batchesMax: 4 });
      if (batches.length === 0) break;
      drained += batches.reduce((sum, { count }) => sum + count, 0);
      after = batches.at(-1)!.last;
      store.confirm('reading', after);
    }
    expect(drained).toBe(accepted);
    expect((await store.status()).condition.state).toBe('disk-full');

    rmSync(ballast);
    await expect.poll(() => conditions.at(-1), { timeout: 15_000 }).toBe('ok');
    expect(existsSync(join(dir, 'reserve'))).toBe(true);
    expect(await append(1)).toEqual([{ stream: 'reading', seq: accepted + 1 }]);
    await store.close();
    expect(verifyStore(dir)).toEqual({ events: accepted + 1, problems: [] });

    // A disk that is full at the start says so.
    rmSync(dir, { recursive: true });
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(ballast, new Uint8Array(bavail * bsize));
    await expect(opened()).rejects.toMatchObject({ name: 'StoreNotOpened', why: 'disk-full' });
  });
});
