/** A gateway killed in the middle of everything: what it held is sound, and goes on. */
import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { allAtTheCentre, flood, readingsIn, ready, verified, wholeHut } from './whole-hut.ts';

test('killed in a flood, the store is sound and everything in it arrives', async () => {
  const hut = await wholeHut({ devices: [{ id: 'scanner-1', driver: 'scanner-line' }] });
  for (const readings of [500, 1_000]) {
    const gateway = hut.start();
    await ready(hut);
    const flooding = flood(hut, 'scanner-1');
    await until('readings', async () => (await readingsIn(hut)) > readings);
    expect(await gateway.kill('SIGKILL')).toBe(null);
    flooding.stop();
    await verified(hut);
  }
  hut.start();
  await allAtTheCentre(hut, 1_000);
});
