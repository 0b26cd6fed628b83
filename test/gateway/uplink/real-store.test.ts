/** The uplink over the real store: a SQLite file in its own thread, reopened as after a restart. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../../device-drivers/clock.ts';
import { openStore } from '../../../gateway/store/open.ts';
import type { Store } from '../../../gateway/store/store.ts';
import { rfc3339 } from '../../../gateway/wall-time.ts';
import { startBroker } from '../../../simulators/broker.ts';
import { startCentral } from '../../../simulators/central.ts';
import { until } from '../../support/until.ts';
import { address, startHut } from './hut.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const openAt = (dir: string) =>
  openStore({
    dir,
    ...address,
    bootId: randomUUID(),
    stamp: () => ({
      time: rfc3339(systemClock.wallMs()),
      monoMs: Math.round(systemClock.monotonicMs()),
      clockQuality: 'synced',
    }),
  });
const confirmedSeq = async (store: Store) =>
  (await store.status()).streams.find(({ stream }) => stream === 'reading')!.confirmedSeq;

test.each(['central', 'broker'] as const)(
  'confirm: %s: over restarts, a dead broker and a poison event',
  async (confirm) => {
    const dir = await mkdtemp(join(tmpdir(), 'hutgate-uplink-'));
    open.push(() => rm(dir, { recursive: true, force: true }));
    const broker = await startBroker();
    open.push(broker.stop);
    const central = await startCentral({ url: broker.url, region: address.region, fromStart: true, askAfterMs: 100 });
    open.push(central.stop);
    const readingAtCentral = () => central.report().streams.find(({ stream }) => stream === 'reading');
    const complete = (seq: number) => until(`complete up to ${seq}`, () => readingAtCentral()?.upTo === seq, 60_000);

    const run = async (between: (store: Store) => unknown) => {
      const store = await openAt(dir);
      const hut = await startHut({ url: broker.url, confirm }, store);
      await hut.scan(500);
      await between(store);
      await hut.uplink.stop('test over');
      await store.close();
    };
    broker.faults.closeOn = 'T0000000077';
    await run(() => complete(500));
    await run(() => broker.dropConnections());
    await run(async (store) => {
      await complete(1_500);
      await until('all confirmed', async () => (await confirmedSeq(store)) === 1_500);
    });
    const { received, firstViolations, streams } = central.report();
    expect(firstViolations).toEqual([]);
    // Each run scans the same codes, the poison among them.
    expect(readingAtCentral()).toMatchObject({ explained: 3, missing: [] });
    expect(streams.find(({ stream }) => stream === 'audit')).toMatchObject({ upTo: 3 });
    expect(received).toBe(1_497 + 3);
  },
  120_000,
);
