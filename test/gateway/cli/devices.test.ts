import { spawn, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { hutgateBin } from '../../support/gateway-process.ts';
import { fullHut, type SysTree, sysTree } from '../../support/sys-tree.ts';

const treeOf = (): SysTree => {
  const tree = sysTree();
  onTestFinished(() => tree.remove());
  return tree;
};
const devices = (tree: SysTree, ...args: string[]) =>
  spawnSync(hutgateBin, ['devices', '--root', dirname(tree.sysDir), ...args], { encoding: 'utf8' });

test('what is printed last is YAML to paste', () => {
  const tree = treeOf();
  fullHut(tree);
  const { status, stdout, stderr } = devices(tree);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const pasted = parse(stdout.slice(stdout.indexOf('\ndevices:\n'))) as { devices: { id: string; at: string }[] };
  expect(pasted.devices).toContainEqual({
    id: expect.stringMatching(/^scanner-\d$/),
    driver: 'scanner-line',
    at: 'serial:/dev/serial/by-id/usb-Newland_FM430_FM430A01234-if00',
  });
  expect(new Set(pasted.devices.map(({ id }) => id)).size).toBe(pasted.devices.length);
  expect(stdout).toContain('2 alike are attached, which only their sockets tell apart');
});

test('as JSON', () => {
  const tree = treeOf();
  fullHut(tree);
  const found = JSON.parse(devices(tree, '--json').stdout) as { place: string }[];
  expect(found.find(({ place }) => place === '/dev/ttyUSB0')).toMatchObject({
    ...{ bus: 'serial', at: 'serial:/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0', isStable: true },
    usb: { id: '0403:6001', serial: 'A50285BI', socket: '1-1.1' },
  });
});

test('nothing attached is said, and is no error', () => {
  const { status, stdout } = devices(treeOf());
  expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing is attached') });
});

test('--watch tells plugs, a name that a twin takes away, and ends on Ctrl-C', async () => {
  const tree = treeOf();
  const scanner = { vendor: 0x0c2e, product: 0x0b81, name: 'Scanner' };
  tree.hid('hidraw0', { socket: '1-1', ...scanner }, Uint8Array.of());
  const child = spawn(hutgateBin, ['devices', '--root', dirname(tree.sysDir), '--watch', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { change, place, at } = JSON.parse((await lines.next()).value);
    return [change, place, at];
  };
  expect(await next()).toEqual(['there', '/dev/hidraw0', 'hid:0c2e:0b81']);
  tree.hid('hidraw1', { socket: '1-2', ...scanner }, Uint8Array.of());
  expect(await next()).toEqual(['renamed', '/dev/hidraw0', 'hid:/dev/hidraw0']);
  expect(await next()).toEqual(['plugged', '/dev/hidraw1', 'hid:/dev/hidraw1']);
  tree.unplug('hidraw1', '1-2');
  expect(await next()).toEqual(['unplugged', '/dev/hidraw1', 'hid:/dev/hidraw1']);
  expect(await next()).toEqual(['renamed', '/dev/hidraw0', 'hid:0c2e:0b81']);
  child.kill('SIGINT');
  expect(await exited).toBe(0);
});
