/** A cold box, a pedal and a lamp in a whole hut: the probe warms up, the gateway is killed in mid-excursion, the box cools down. */
import { expect, test } from 'vitest';
import { devicesReady } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';
import { dataOf, wholeHut } from './whole-hut.ts';

test('one excursion is one began and one ended, through a kill', async () => {
  const hut = await wholeHut({
    devices: [
      { id: 'box-1', driver: 'probe-w1', options: { pollMs: 1_000 }, simulator: { options: { resolutionBits: 9 } } },
      { id: 'pedal-1', driver: 'digital-input', options: { use: 'pedal' } },
      { id: 'lamp-1', driver: 'indicator', options: { use: 'ok-lamp' } },
    ],
    more: { coldBoxes: [{ device: 'box-1', afterMs: 0 }] },
  });
  const of = (type: string) => dataOf(hut, type);
  const first = hut.start();
  await devicesReady(hut.files);
  await until('the first temperature', () => of('reading.temperature').length > 0);
  await hut.rack.act('pedal-1', 'press');
  await until('the pedal', () => of('reading.input-changed').length === 3);
  expect(of('reading.input-changed').map(({ level }) => level)).toEqual([0, 1, 0]);

  await hut.rack.act('box-1', 'set-temperature', { celsius: 9.5 });
  await until('the excursion', () => of('reading.probe-excursion').length === 1);
  await first.kill('SIGKILL');
  await hut.rack.act('box-1', 'set-temperature', { celsius: 5 });
  hut.start();
  await devicesReady(hut.files);
  await until('its end', () => of('reading.probe-excursion').length === 2);
  expect(of('reading.probe-excursion')).toMatchObject([
    { device: 'box-1', state: 'began', reason: 'too-warm', celsius: 9.5, extremeCelsius: 9.5 },
    { device: 'box-1', state: 'ended', reason: 'too-warm', celsius: 5 },
  ]);
}, 90_000);
