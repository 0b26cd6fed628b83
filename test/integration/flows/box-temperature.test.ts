/** The seal says how warm and how cold it was in the box: through a kill, from one lane to the other, and over a broken seal. */
import { expect, test } from 'vitest';
import { devicesReady } from '../../support/gateway-process.ts';
import { until } from '../../support/until.ts';
import { box, boxProbe, dataOf, laneProcessHut, phone, type Sampler, seal, tube } from '../lane-hut.ts';
import { verified } from '../whole-hut.ts';

test('lowest, highest and excursions from the first opening to the last seal', async () => {
  const hut = await laneProcessHut({ devices: [boxProbe], more: { coldBoxes: [{ device: 'box-1', afterMs: 0 }] } });
  const { one, two, rack } = hut;
  const warm = (celsius: number) => rack.act('box-1', 'set-temperature', { celsius });
  const shown = (at: Sampler, temperature: object) =>
    at.until(`a box with ${JSON.stringify(temperature)}`, (view) => {
      const { min, max, excursions } = view.box?.temperature ?? {};
      return JSON.stringify({ min, max, excursions }) === JSON.stringify(temperature);
    });
  const sealWith = async (at: Sampler, number: number) => {
    await at.scan('HUTGATE:SEAL');
    await at.tap({ action: 'count', count: 1 });
    expect(await at.scan(seal(number))).toMatchObject({ tone: 'ok', code: 'box-sealed' });
  };
  await warm(5);
  const first = hut.start();
  await devicesReady(hut.files);
  await one.signIn();
  await one.scanAll(tube(1), phone(1), 'HUTGATE:CLOSE-TUBE', 'HUTGATE:PACK', box(1), tube(1));
  await shown(one, { min: 5, max: 5, excursions: 0 });
  await warm(9.5);
  await shown(one, { min: 5, max: 9.5, excursions: 1 });

  await first.kill('SIGKILL');
  await warm(4);
  const second = hut.start();
  await devicesReady(hut.files);
  await two.signIn();
  await two.scanAll('HUTGATE:PACK', box(1));
  await shown(two, { min: 4, max: 9.5, excursions: 1 });
  await sealWith(two, 1);
  await one.signIn();
  await one.scanAll('HUTGATE:PACK', 'HUTGATE:REOPEN-BOX:SEAL-BROKEN', box(1));
  await warm(-1);
  await shown(one, { min: -1, max: 9.5, excursions: 2 });
  await sealWith(one, 2);
  await until('both seals', () => dataOf(hut, 'box-sealed').length === 2);
  expect(dataOf(hut, 'box-sealed')).toMatchObject([
    { seal: seal(1), temperature: { min: 4, max: 9.5, excursions: 1 } },
    { seal: seal(2), temperature: { min: -1, max: 9.5, excursions: 2 } },
  ]);
  await second.kill('SIGKILL');
  await verified(hut);
});
