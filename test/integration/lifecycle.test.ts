/** How a gateway ends and begins again: in order whatever hangs, with the next number, never twice on one store. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { logOf } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';
import {
  address,
  allAtTheCentre,
  flood,
  health,
  hutgate,
  lookAt,
  readingsIn,
  ready,
  verified,
  type WholeHut,
  wholeHut,
} from './whole-hut.ts';

const scanner = { id: 'scanner-1', driver: 'scanner-line' };
const scan = (hut: WholeHut, text: string) => hut.rack.act('scanner-1', 'scan', { text });

/** Exit 0 says that it was within 3 s: a stop that takes longer is cut short with exit 1. */
test('SIGTERM ends it in order while a label hangs, the network is dead and a scanner floods', async () => {
  const simulator = { wire: 'pty', options: { behaviour: { labelMs: 60_000 } } } as const;
  const hut = await wholeHut({ devices: [scanner, { id: 'printer-1', driver: 'printer-zpl', simulator }] });
  const first = hut.start();
  await ready(hut);
  hut.central.command(address, 'print-test', { device: 'printer-1' }).catch(() => {});
  await until('the label to move', async () => (await lookAt(hut, 'printer-1')).labelsWaiting === 1);
  await hut.rack.faults('printer-1', { direction: 'both', stall: 1, stallMs: 60_000 });
  hut.tap.setDead(true);
  const flooding = flood(hut, 'scanner-1');
  await until('readings', async () => (await readingsIn(hut)) > 2_000);
  expect(await first.kill('SIGTERM')).toBe(0);
  flooding.stop();
  expect(logOf(hut.files)).toContain('gateway stopped');
  await verified(hut);

  hut.tap.setDead(false);
  hut.start();
  await allAtTheCentre(hut, 2_000);
});

test('SIGTERM while it starts ends it too', async () => {
  const hut = await wholeHut({ devices: [scanner] });
  const gateway = hut.start();
  await until('the store', () => existsSync(hut.files.logFile) && logOf(hut.files).includes('store open'));
  expect(await gateway.kill('SIGTERM')).toBe(0);
  await verified(hut);
});

test('started again it goes on: the same epoch, the next number', async () => {
  const hut = await wholeHut({ devices: [scanner] });
  const first = hut.start();
  await ready(hut);
  await scan(hut, 'T2211070001');
  expect(await allAtTheCentre(hut, 1)).toBe(1);
  const { epoch } = (await health(hut))!.gateway;
  expect(await first.kill('SIGTERM')).toBe(0);
  hut.start();
  await ready(hut);
  expect((await health(hut))!.gateway.epoch).toBe(epoch);
  await scan(hut, 'T2211070002');
  expect(await allAtTheCentre(hut, 2)).toBe(2);
});

test('a second gateway on the same store is refused, and the first goes on', async () => {
  const hut = await wholeHut({ devices: [scanner] });
  hut.start();
  await ready(hut);
  const { connections } = hut.tap;
  const { code, stdout, stderr } = await hutgate('run', '--config', hut.files.configFile);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(JSON.parse(stderr)).toMatchObject({
    level: 60,
    msg: expect.stringContaining(`another gateway runs on ${hut.dataDir}`),
  });
  await scan(hut, 'T2211070001');
  expect(await allAtTheCentre(hut, 1)).toBe(1);
  expect(hut.tap.connections).toBe(connections);
});
