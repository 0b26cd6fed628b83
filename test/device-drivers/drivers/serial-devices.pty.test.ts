/**
 * Scanners with packets and commands, document readers and thermometers on real serial ports: the real serialport on PTYs,
 * noise before the first answer, every byte on its own, the cable out and in again.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../device-drivers/clock.ts';
import type { Identity, Reading } from '../../../device-drivers/driver.ts';
import type { Fault } from '../../../device-drivers/faults.ts';
import { drivers } from '../../../device-drivers/registry.ts';
import { openSession, type Session } from '../../../device-drivers/session.ts';
import { openSerial } from '../../../device-drivers/transport/serial.ts';
import { type Rack, startRack } from '../../../simulators/rack.ts';
import { seededRandom } from '../../../simulators/random.ts';
import { simulators } from '../../../simulators/registry.ts';
import { until } from '../../support/until.ts';

const noiseBytes = 20_000;
const line = { baudRate: 115_200, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' } as const;

let dir: string;
let rack: Rack;
const open = new Set<Session>();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-serial-'));
});
afterEach(async () => {
  for (const session of open) await session.close();
  open.clear();
  await rack.stop();
  rmSync(dir, { recursive: true, force: true });
});

interface Case {
  readonly driver: string;
  readonly options?: object;
  readonly simulator?: object;
  /** Makes the device say something, again and again if it is asked for it. */
  readonly action: readonly [string, object];
  readonly expected: object;
  /** Noise would pass for what it sends: nothing checks a line of text. */
  readonly unchecked?: true;
}

const cases: readonly (readonly [string, Case])[] = [
  [
    'scanner-ssi',
    { driver: 'scanner-ssi', action: ['scan', { text: 'T2211070042' }], expected: { text: 'T2211070042' } },
  ],
  [
    'scanner-line with a profile',
    {
      ...{ driver: 'scanner-line', options: { profile: 'newland' }, simulator: { profile: 'newland' } },
      ...{ action: ['scan', { text: 'T2211070042' }], expected: { text: 'T2211070042' }, unchecked: true },
    },
  ],
  ...(['lines', 'one-line', '3m-rte', 'desko', 'est-100pr'] as const).map((form): readonly [string, Case] => [
    `document-mrz, ${form}`,
    { driver: 'document-mrz', simulator: { form }, action: ['present', {}], expected: { idNumber: 'E00000001' } },
  ]),
  [
    'document-mrz, elyctis',
    {
      ...{ driver: 'document-mrz', options: { protocol: 'elyctis', pollMs: 100 }, simulator: { form: 'elyctis' } },
      ...{ action: ['present', {}], expected: { idNumber: 'E00000001' } },
    },
  ],
  ...(['gy-mcu90614', 'gy-90614', 'gy-614v', 'gd60914'] as const).map((profile): readonly [string, Case] => [
    `thermometer-ir, ${profile}`,
    {
      ...{ driver: 'thermometer-ir', options: { profile, pollMs: 100 }, simulator: { profile, everyMs: 50 } },
      ...{ action: ['person', { body: 36.5, surface: 36.5 }], expected: { celsius: 36.5 } },
      ...(profile === 'gd60914' && { unchecked: true as const }),
    },
  ]),
  [
    'thermometer-line',
    {
      ...{ driver: 'thermometer-line', action: ['measure', { celsius: 36.5 }], expected: { celsius: 36.5 } },
      unchecked: true,
    },
  ],
];

function connect(driverName: string, options: object) {
  const driver = drivers.get(driverName)!;
  const readings: Reading[] = [];
  const identities: Identity[] = [];
  const endings: (Fault | null)[] = [];
  const session = openSession({
    driver,
    options: driver.options.parse(options),
    open: (events) => openSerial(join(dir, 'device'), line, events),
    clock: systemClock,
    events: {
      opened() {},
      ready: (identity) => identities.push(identity),
      reading: (reading) => readings.push(reading),
      repeat() {},
      fault() {},
      condition() {},
      ended: (fault) => endings.push(fault),
    },
  });
  open.add(session);
  return { session, readings, identities, endings };
}

test.each(cases)('%s', async (_, { driver, options = {}, simulator = {}, action, expected, unchecked }) => {
  rack = await startRack({
    devices: [{ id: 'device', driver, options: simulator as Record<string, unknown>, paced: false, wire: 'pty' }],
    ...{ dir, seed: 1, clock: systemClock, simulators },
  });
  // Every byte on its own.
  await rack.faults('device', { direction: 'to-host', split: 1 });
  const first = connect(driver, options);
  if (!unchecked) {
    const random = seededRandom(20221107, driver);
    const noise = Buffer.from(Uint8Array.from({ length: noiseBytes }, () => random() * 256));
    await rack.act('device', 'inject', { base64: noise.toString('base64') });
  }
  await until('identified', () => first.identities.length + first.endings.length > 0);
  expect(first.endings).toEqual([]);
  await rack.act('device', ...action);
  await until('a reading', () => first.readings.length > 0);
  expect(first.readings).toMatchObject([expected]);

  await rack.unplug('device');
  await until('the end', () => first.endings.length > 0);
  expect(first.endings).toMatchObject([{ code: 'link-lost' }]);
  await rack.plug('device');
  const second = connect(driver, options);
  await until('identified again', () => second.identities.length + second.endings.length > 0);
  await rack.act('device', ...action);
  await until('a reading', () => second.readings.length > 0);
  expect(second.readings).toMatchObject([expected]);
});
