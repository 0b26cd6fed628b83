/** Power, disk and configuration of a running hut (workflow 3.6): a gateway process that is killed, starved and told to read its file again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { logOf } from '../../support/gateway-process.ts';
import { until } from '../../support/until.ts';
import { arrived, dataOf, laneProcessHut, operators, phone, samplingTypes, tube } from '../lane-hut.ts';
import { deviceOf, ready, verified } from '../whole-hut.ts';

test('power cut mid-tube', async () => {
  const hut = await laneProcessHut();
  const { one, two } = hut;
  let gateway = hut.start();
  await ready(hut);
  await one.signIn();
  await two.signIn(operators[1]);
  await one.scanAll(tube(1), phone(1), phone(2), phone(3));
  const shown = (await one.view()).lastPersons;
  expect(shown.map(({ slot }) => slot)).toEqual([3, 2, 1]);
  expect(await one.scan(phone(4))).toMatchObject({ tone: 'ok', values: { slot: 4 } });
  await gateway.kill('SIGKILL');
  await verified(hut);

  gateway = hut.start();
  await ready(hut);
  expect(await one.view()).toMatchObject({
    ...{ phase: 'open', operator: 'op-001' },
    next: { step: 'confirm-tube', values: { tube: '0001' } },
    tube: { code: tube(1), count: 4, unconfirmed: true },
  });
  expect((await one.view()).lastPersons.map(({ slot }) => slot)).toEqual([4, 3, 2]);
  expect((await one.view()).lastPersons.slice(1)).toEqual(shown.slice(0, 2));
  expect(await one.scan(phone(5))).toMatchObject({ tone: 'refused', code: 'confirm-tube-first' });
  // Who was in it before the cut is in it now, for the other lane too.
  await two.scan(tube(2));
  expect(await two.scan(phone(4))).toMatchObject({ tone: 'refused', code: 'person-elsewhere' });
  expect(await one.scan(tube(1))).toMatchObject({ tone: 'ok', code: 'tube-confirmed', values: { count: 4 } });
  expect(await one.scan(phone(4))).toMatchObject({ tone: 'repeat', code: 'person-in-this-tube', values: { slot: 4 } });
  expect(await one.scan(phone(5))).toMatchObject({ tone: 'full', values: { slot: 5 } });
  await arrived(hut);
  expect(samplingTypes(hut).filter((type) => type.startsWith('tube'))).toEqual([
    ...['tube-opened', 'tube-opened', 'tube-confirmed', 'tube-closed'],
  ]);
  const [closed] = dataOf(hut, 'tube-closed');
  expect(closed!.roster).toEqual(dataOf(hut, 'person-added').map(({ slot, personRef }) => ({ slot, personRef })));
  expect(await gateway.kill('SIGTERM')).toBe(0);
  await verified(hut);
});

test('two scanners swapped between lanes', async () => {
  const hut = await laneProcessHut();
  const { one, two } = hut;
  const gateway = hut.start();
  await ready(hut);
  await one.signIn();
  await two.signIn(operators[1]);
  await one.scanAll(tube(1), phone(1));
  // The card for lane-1's scanner, scanned with the other one: no person, no tube, and a word for the technician.
  await hut.rack.act('scanner-2', 'scan', { text: 'HUTGATE:IDENTIFY:scanner-1', symbology: ']C1' });
  await until('the wrong scanner', () => logOf(hut.files).includes('identify-other'));
  await two.until('the sampler hears it', ({ said }) => said?.tone === 'refused');

  const before = readFileSync(hut.files.configFile, 'utf8');
  const config = parse(before) as { devices: { id: string; at: string }[] };
  const [first, second] = ['scanner-1', 'scanner-2'].map((id) => config.devices.find((device) => device.id === id)!);
  [first!.at, second!.at] = [second!.at, first!.at];
  writeFileSync(hut.files.configFile, stringify(config));
  gateway.child.kill('SIGHUP');
  await until('the refusal', () => logOf(hut.files).includes('the old configuration stays'));
  expect(logOf(hut.files)).toContain(`lane-1: tube ${tube(1)} is open`);
  expect(await one.scan(phone(2))).toMatchObject({ tone: 'ok', values: { slot: 2 } });

  // Nothing in hand: now it may.
  await one.tap('close-tube');
  gateway.child.kill('SIGHUP');
  await until('the reload', () => logOf(hut.files).includes('configuration reloaded'));
  await ready(hut);
  await hut.rack.act('scanner-2', 'scan', { text: tube(3), symbology: ']C1' });
  await one.until('the other scanner', ({ tube: open }) => open?.code === tube(3));
  expect((await deviceOf(hut, 'scanner-1'))?.state).toBe('ready');
  await arrived(hut);
  expect(dataOf(hut, 'tube-opened').map(({ lane }) => lane)).toEqual(['lane-1', 'lane-1']);
});
