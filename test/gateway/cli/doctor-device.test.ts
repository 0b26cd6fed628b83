/**
 * Devices as the doctor sees them, on real PTYs. A PTY has no speed: for a wrong baud rate the way to the device is made
 * deaf here, by the settings that the port is opened with.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkDevice as configOf } from '../../../config/devices.ts';
import { systemClock } from '../../../device-drivers/clock.ts';
import { discover } from '../../../device-drivers/discovery/discover.ts';
import { LinkOpenError, type OpenLink } from '../../../device-drivers/link.ts';
import { drivers } from '../../../device-drivers/registry.ts';
import { openLink } from '../../../device-drivers/transport/open.ts';
import { checkDevice, type DeviceParts, nameFindings } from '../../../gateway/cli/doctor/device.ts';
import { otherLines } from '../../../gateway/cli/doctor/line-search.ts';
import { holdersOf } from '../../../gateway/cli/doctor/processes.ts';
import { type Rack, type RackDevice, startRack } from '../../../simulators/rack.ts';
import { simulators } from '../../../simulators/registry.ts';
import { fullHut, sysTree } from '../../support/sys-tree.ts';
import { until } from '../../support/until.ts';

async function rackOf(...devices: RackDevice[]): Promise<Rack> {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-doctor-'));
  const unpaced = devices.map((device) => ({ paced: false, ...device }));
  const rack = await startRack({ devices: unpaced, dir, seed: 1, clock: systemClock, simulators });
  onTestFinished(async () => {
    await rack.stop();
    rmSync(dir, { recursive: true });
  });
  return rack;
}

const parts = (more: Partial<DeviceParts> = {}): DeviceParts => ({
  ...{ drivers, openLink, clock: systemClock, attached: [], configured: [], progress() {} },
  ...more,
});

function deviceOf(id: string, driver: string, at: string, options: object = {}) {
  const { config } = configOf({ id, driver, at, options }, 0, drivers);
  return { ...config!, driver: drivers.get(driver)! };
}

const only = (...names: string[]) => new Map([...drivers].filter(([name]) => names.includes(name)));

const box = { id: 'box-1', driver: 'probe-modbus', options: { probes: [{ profile: 'r4dcb08', unit: 1 }] } };
const boxOf = (rack: Rack, options: object = {}) =>
  deviceOf('box-1', 'probe-modbus', rack.devices()[0]!.at, { profile: 'r4dcb08', ...options });

test('a probe that answers is ready, with its temperature', async () => {
  const rack = await rackOf(box);
  expect(await checkDevice(boxOf(rack), parts())).toEqual([
    { check: 'box-1', verdict: 'ok', says: expect.stringMatching(/^probe-modbus ready: R4DCB08; measures \d\.\d °C$/) },
  ]);
});

test('a printer with its lid open is a warning', async () => {
  const rack = await rackOf({ id: 'printer-1', driver: 'printer-zpl', wire: 'pty' });
  const actions = rack.devices()[0]!.actions.map(({ name }) => name);
  await rack.act(
    'printer-1',
    actions.includes('lid') ? 'lid' : 'open-lid',
    actions.includes('lid') ? { open: true } : {},
  );
  const [finding] = await checkDevice(deviceOf('printer-1', 'printer-zpl', rack.devices()[0]!.at), parts());
  expect(finding).toMatchObject({
    verdict: 'warn',
    says: expect.stringContaining('The lid of the printer is open'),
    fix: expect.stringContaining('clicks'),
  });
});

test('silent at the configured settings: the ones that it answers at are found', async () => {
  const rack = await rackOf(box);
  /** Hears only 19200 8E1. */
  const deaf: OpenLink = async (at, line, events) => {
    const link = await openLink(at, line, events);
    return line.baudRate === 19_200 && line.parity === 'even' ? link : { ...link, write: async () => {} };
  };
  const said: string[] = [];
  const [finding] = await checkDevice(
    boxOf(rack, { attempts: 1 }),
    parts({ openLink: deaf, progress: (text) => said.push(text) }),
  );
  expect(finding).toEqual({
    ...{ check: 'box-1', verdict: 'FAIL', fix: 'options: { baudRate: 19200, parity: even }' },
    says: 'silent at 9600 baud, parity none, but answers at 19200 baud, parity even',
  });
  expect(said).toHaveLength(1);
});

test('silent at all settings: says that it looked, and what to check', async () => {
  const rack = await rackOf(box);
  const mute: OpenLink = async (...given) => ({ ...(await openLink(...given)), write: async () => {} });
  const [finding] = await checkDevice(
    boxOf(rack, { replyWithinMs: 50, attempts: 1 }),
    parts({ openLink: mute, drivers: only('probe-modbus') }),
  );
  expect(finding).toMatchObject({
    verdict: 'FAIL',
    says: expect.stringContaining('not one byte came, nor does it answer'),
    fix: expect.stringContaining('A and B'),
  });
});

test('silent as what it is configured to be: the driver that it answers is named, with its options', async () => {
  const rack = await rackOf(box);
  const [finding] = await checkDevice(
    deviceOf('card-1', 'id-sam', rack.devices()[0]!.at),
    parts({ drivers: only('id-sam', 'probe-modbus') }),
  );
  expect(finding).toEqual({
    ...{ check: 'card-1', verdict: 'FAIL', fix: 'driver: probe-modbus, options: { profile: r4dcb08 }' },
    says: 'silent as id-sam, but answers as probe-modbus: R4DCB08',
  });
}, 60_000);

test('busy: by whom', async () => {
  const rack = await rackOf(box);
  const path = rack.devices()[0]!.at.replace('serial:', '');
  const holder: ChildProcess = spawn('flock', [path, 'sleep', '600'], { detached: true });
  onTestFinished(() => void process.kill(-holder.pid!, 'SIGKILL'));
  await until('the lock', async () => (await holdersOf(path)).some(({ program }) => program === 'sleep'));
  const [finding] = await checkDevice(boxOf(rack), parts());
  expect(finding).toMatchObject({
    check: 'box-1',
    verdict: 'FAIL',
    says: expect.stringMatching(/sleep \(process \d+\) has it open/),
    fix: expect.stringMatching(/end sleep: kill \d+/),
  });
});

test('missing: what else is attached is offered, but not what has another device', async () => {
  const tree = sysTree();
  onTestFinished(() => tree.remove());
  fullHut(tree);
  const attached = await discover(tree);
  const used = 'serial:/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0';
  const [finding] = await checkDevice(
    deviceOf('scanner-1', 'scanner-line', 'serial:/nonexistent'),
    parts({ attached, configured: [used] }),
  );
  expect(finding).toMatchObject({
    verdict: 'FAIL',
    fix: expect.stringContaining('usb-Newland_FM430_FM430A01234-if00'),
  });
  expect(finding!.fix).not.toContain('A50285BI');
});

test('no rights: the group to join, or the rules to install', async () => {
  const refuse: OpenLink = async ({ target }) => {
    throw new LinkOpenError('denied', `no rights to ${target}`);
  };
  const [finding] = await checkDevice(
    deviceOf('scanner-1', 'scanner-line', 'serial:/dev/null'),
    parts({ openLink: refuse }),
  );
  expect(finding).toMatchObject({
    verdict: 'FAIL',
    says: expect.stringContaining('no rights to /dev/null'),
    fix: expect.stringMatching(/99-hutgate.rules/),
  });
});

test('names that do not survive a replug are warned of, and the right one is given', async () => {
  const tree = sysTree();
  onTestFinished(() => tree.remove());
  fullHut(tree);
  const attached = await discover(tree);
  const fixOf = (at: string) => nameFindings(deviceOf('scanner-1', 'scanner-line', at), attached).map(({ fix }) => fix);
  const byPath = 'serial:/dev/serial/by-path/pci-0000:00:14.0-usb-0';
  expect(fixOf('serial:/dev/ttyUSB1')).toEqual([`at: "${byPath}:1.2:1.0-port0"`]);
  // The link of two that have no serial number.
  expect(fixOf('serial:/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0')).toEqual([`at: "${byPath}:1.3:1.0-port0"`]);
  expect(fixOf('serial:/dev/serial/by-id/usb-Newland_FM430_FM430A01234-if00')).toEqual([]);
  // Its socket, though it has a serial number: somebody's choice.
  expect(fixOf(`${byPath}:2:1.0`)).toEqual([]);
  expect(fixOf('serial:/dev/ttymxc2')).toEqual([]);
});

test('other settings: every usual one once, without the configured one', () => {
  const line = { baudRate: 9_600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' } as const;
  const texts = otherLines(line).map(({ baudRate, parity }) => `${baudRate} ${parity}`);
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts[0]).toBe('115200 none');
  expect(texts).not.toContain('9600 none');
  expect(texts).toContain('9600 even');
});
