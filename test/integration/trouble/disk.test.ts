/** A disk that takes nothing any more (workflow 3.6): refused loudly, nothing lost, and it goes on when there is room. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DeviceView } from '../../../gateway/contract/api.ts';
import { getJson } from '../../support/gateway-process.ts';
import { until } from '../../support/until.ts';
import { arrived, dataOf, laneHut, laneProcessHut, phone, samplerAt, tube } from '../lane-hut.ts';
import { hasSmallDisks, startOnSmallDisk, storeState } from '../small-disk.ts';
import { ready } from '../whole-hut.ts';

describe.skipIf(!hasSmallDisks())('on a small disk', () => {
  test('disk 90 %/SQLite corrupt: full', async () => {
    const outside = await laneProcessHut({ campaign: { poolSize: 20 } });
    const disk = startOnSmallDisk(outside);
    const hut = { ...outside, files: disk.files };
    const one = samplerAt('lane-1', disk.files, hut.rack);
    await ready(hut);
    await one.signIn();
    await one.scan(tube(1));
    disk.fill();

    let person = 0;
    let tubes = 1;
    let last = await one.view().then(({ said }) => said!);
    const tones: string[] = [];
    while (last.code !== 'not-recorded') {
      if (last.tone === 'full') {
        tubes += 1;
        last = await one.scan(tube(tubes));
        continue;
      }
      person += 1;
      last = await one.scan(phone(person));
      tones.push(last.tone);
    }
    expect(last).toMatchObject({ tone: 'refused', values: { why: 'disk-full' } });
    expect(last.event).toBeUndefined();
    const { refused } = (await getJson<readonly DeviceView[]>(disk.files, '/api/devices'))!.find(
      ({ id }) => id === 'scanner-1',
    )!;
    expect(refused).toEqual([{ why: 'disk-full', readings: 1, at: expect.any(String) }]);
    expect(await storeState(hut)).toBe('disk-full');
    const recorded = tones.filter((tone) => tone === 'ok' || tone === 'full').length;
    expect(recorded).toBe(person - 1);
    const { tube: before } = await one.view();
    expect(before?.count).toBe(recorded - 20 * (tubes - 1));
    // Nothing moves by a tap either.
    expect(await one.tap('close-tube')).toMatchObject({ tone: 'refused' });
    expect((await one.view()).tube).toEqual(before);

    disk.makeRoom();
    await until('room', async () => (await storeState(hut)) === 'ok');
    expect(await one.scan(phone(person))).toMatchObject({ tone: expect.stringMatching(/^(ok|full)$/) });
    await arrived(hut);
    expect(dataOf(hut, 'person-added')).toHaveLength(recorded + 1);
  });
});

test('disk 90 %/SQLite corrupt: damaged', async () => {
  const hut = await laneHut();
  const { one } = hut;
  await one.signIn();
  await one.scanAll(tube(1), phone(1), phone(2));
  await one.tap('close-tube');
  await one.scanAll(tube(2), phone(3));
  await arrived(hut);
  const { epoch } = hut.gateway().view.gateway;
  // Sampled while nobody listens: the only copy is on this disk.
  await hut.broker.stop();
  await one.scanAll(phone(4), phone(5));
  await hut.restart(() => {
    const file = join(hut.dataDir, 'store', 'current', 'hutgate.db');
    const bytes = readFileSync(file);
    // The head of the first table and index pages.
    for (let page = 1; page < 4; page += 1) bytes.fill(0xff, page * 4096, page * 4096 + 64);
    writeFileSync(file, bytes);
  });
  expect(hut.gateway().view.gateway.epoch).not.toBe(epoch);
  await hut.brokerBack();
  const report = await until(
    'the report of what was saved',
    () => hut.received.find(({ type }) => type === 'org.hutgate.audit.store-recovered.v1')?.data as object | undefined,
  );
  expect(report).toMatchObject({ previousEpoch: epoch });
  await until('both persons', () => new Set(dataOf(hut, 'person-added').map(({ personRef }) => personRef)).size === 5);
  // The lane goes on where it was, after a look at the tube in hand.
  await one.signIn();
  expect(await one.scan(tube(2))).toMatchObject({ tone: 'ok', code: 'tube-confirmed', values: { count: 3 } });
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'question', code: 'sampled-earlier' });
  expect(hut.central.report()).toMatchObject({ violations: 0 });
});
