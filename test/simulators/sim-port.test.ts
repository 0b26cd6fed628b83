/** A device of the wire `sim`: opened, pulled out and put back from within the process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../device-drivers/clock.ts';
import type { LineSettings, LinkEvents } from '../../device-drivers/link.ts';
import type { HidDevice } from '../../simulators/device.ts';
import { type Rack, startRack } from '../../simulators/rack.ts';
import { withSimulated } from '../../simulators/sim-port.ts';
import { echoOnly } from './echo.ts';

const hid: HidDevice = {
  ...{ name: 'Echo', vendor: 0x1209, product: 1, serial: 'E1', interface: 0 },
  reportDescriptor: Uint8Array.of(1, 2, 3),
};
const echo = echoOnly.get('echo')!;
const line: LineSettings = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' };
let dir: string;
let rack: Rack;
let got: string;
let reasons: string[];
const events: LinkEvents = {
  data(chunk) {
    got += Buffer.from(chunk).toString();
  },
  closed: (reason) => reasons.push(reason),
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-sim-'));
  got = '';
  reasons = [];
  rack = await startRack({
    devices: [{ id: 'echo-1', driver: 'echo' }],
    ...{
      dir,
      seed: 7,
      clock: systemClock,
      simulators: new Map([['echo', { ...echo, wires: ['sim'], hid: () => hid }]]),
    },
  });
});
afterEach(async () => {
  await rack.stop();
  rmSync(dir, { recursive: true });
});

const links = () =>
  withSimulated(rack, {
    openLink: async () => Promise.reject(new Error('not for the rack')),
    isPresent: async () => 'elsewhere',
  });
const at = { scheme: 'sim', target: 'echo-1' } as const;

test('a link to it carries bytes both ways and what the kernel would know of the device', async () => {
  expect(rack.devices()[0]?.at).toBe('sim:echo-1');
  const link = await links().openLink(at, line, events);
  expect(link.reportDescriptor).toEqual(hid.reportDescriptor);
  await link.write(Buffer.from('hi'), 1000);
  expect(got).toBe('hi');
});

test('other addresses go where they went', async () => {
  await expect(links().openLink({ scheme: 'tcp', target: 'x:1' }, line, events)).rejects.toThrow('not for the rack');
  expect(await links().isPresent({ scheme: 'tcp', target: 'x:1' })).toBe('elsewhere');
});

test('pulled out it closes and is missing; put back it has another mark, and opens again', async () => {
  await links().openLink(at, line, events);
  const mark = await links().isPresent(at);
  expect(mark).not.toBe(false);
  await rack.unplug('echo-1');
  expect(reasons).toEqual(['unplugged']);
  expect(await links().isPresent(at)).toBe(false);
  await expect(links().openLink(at, line, events)).rejects.toMatchObject({ why: 'missing' });
  await rack.plug('echo-1');
  expect(await links().isPresent(at)).not.toBe(mark);
  await links().openLink(at, line, events);
});

test('an unknown one is missing; a second open is busy; what nobody takes is counted', async () => {
  await expect(links().openLink({ ...at, target: 'x' }, line, events)).rejects.toMatchObject({ why: 'missing' });
  await rack.act('echo-1', 'say', { text: 'lost' });
  expect(rack.state()[0]?.counters.lostBytes).toBe(4);
  await links().openLink(at, line, events);
  await expect(links().openLink(at, line, events)).rejects.toMatchObject({ why: 'busy' });
});
