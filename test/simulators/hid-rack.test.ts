/** HID devices of a rack in this process, each under the real session: read, pulled out while it talks, put back, read again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../device-drivers/clock.ts';
import type { Reading } from '../../device-drivers/driver.ts';
import type { Fault } from '../../device-drivers/faults.ts';
import type { LineSettings } from '../../device-drivers/link.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { openSession, type Session } from '../../device-drivers/session.ts';
import { isPresent, openLink } from '../../device-drivers/transport/open.ts';
import { type Rack, startRack } from '../../simulators/rack.ts';
import { simulators } from '../../simulators/registry.ts';
import { withSimulated } from '../../simulators/sim-port.ts';
import { until } from '../support/until.ts';

const line: LineSettings = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' };
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function rackOf(driver: string): Promise<Rack> {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-hid-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  const rack = await startRack({ devices: [{ id: 'a', driver }], ...{ dir, seed: 7, clock: systemClock, simulators } });
  undo.push(() => rack.stop());
  return rack;
}

async function plugIn(rack: Rack, driver: string, options: object) {
  const links = withSimulated(rack, { openLink, isPresent });
  const readings: Reading[] = [];
  const endings: (Fault | null)[] = [];
  let isReady = false;
  const session: Session = openSession({
    driver: drivers.get(driver)!,
    options: drivers.get(driver)!.options.parse(options),
    open: (events) => links.openLink({ scheme: 'sim', target: 'a' }, line, events),
    clock: systemClock,
    events: {
      opened() {},
      ready() {
        isReady = true;
      },
      reading: (reading) => readings.push(reading),
      repeat() {},
      fault() {},
      condition() {},
      ended: (fault) => endings.push(fault),
    },
  });
  undo.push(() => session.close());
  await until(`${driver} to be ready`, () => isReady);
  return { readings, endings };
}

test.each([
  ['scanner-hid-pos', {}, 'scan', { text: 'T'.repeat(300) }, { type: 'scan', text: 'T'.repeat(300) }],
  ['scanner-hid-keyboard', {}, 'scan', { text: 'T2211070042' }, { type: 'scan', text: 'T2211070042' }],
  ['id-sam-hid', { pollMs: 100 }, 'present', {}, { type: 'identity', idNumber: '410199199003070018' }],
  ['probe-temper', { pollMs: 500 }, 'set-temperature', { celsius: 5 }, { type: 'temperature' }],
])('%s', async (driver, options, action, args, expected) => {
  const rack = await rackOf(driver);
  expect(rack.devices()[0]?.at).toBe('sim:a');
  const first = await plugIn(rack, driver, options);
  await rack.act('a', action, args);
  await until('a reading', () => first.readings[0]);
  expect(first.readings[0]).toMatchObject(expected);

  // The cable goes while the device talks: what was half said is no reading, then or later.
  const before = first.readings.length;
  if (driver === 'scanner-hid-pos') await rack.faults('a', { direction: 'to-host', hangUp: 0.02, hangUpMs: 0 });
  const talking = rack.act('a', action, args);
  await rack.unplug('a');
  await talking;
  await until('the end', () => first.endings[0]);
  expect(first.endings).toMatchObject([{ code: 'link-lost' }]);
  expect(first.readings.length).toBeLessThanOrEqual(before + 1);

  await rack.heal('a');
  await rack.plug('a');
  if (driver === 'id-sam-hid') await rack.act('a', 'present');
  const again = await plugIn(rack, driver, options);
  if (driver.startsWith('scanner')) await rack.act('a', action, args);
  await until('a reading again', () => again.readings[0]);
  expect(again.readings[0]).toMatchObject(expected);
});
