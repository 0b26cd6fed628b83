/** A disk that takes nothing any more (workflow 3.6): refused loudly, nothing lost, and it goes on when there is room. */
import { describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { arrived, dataOf, laneProcessHut, phone, samplerAt, tube } from '../lane-hut.ts';
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
