import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adaptersAt } from '../../../device-drivers/discovery/adapter.ts';
import type { TransportScheme } from '../../../device-drivers/link.ts';
import { fullHut, posDescriptor, type SysTree, sysTree } from '../../support/sys-tree.ts';

let tree: SysTree;
beforeEach(() => {
  tree = sysTree();
});
afterEach(() => tree.remove());

const at = (address: string) => {
  const [scheme, target] = address.split(/:(.*)/s) as [TransportScheme, string];
  return { scheme, target: target.startsWith('/dev/') ? join(tree.devDir, target.slice('/dev/'.length)) : target };
};
const adapters = (...addresses: string[]) => adaptersAt(addresses.map(at), tree);

test('of a full hut: alike are those that only their sockets tell apart', async () => {
  fullHut(tree);
  const path = (socket: string) => `serial:/dev/serial/by-path/pci-0000:00:14.0-usb-0:${socket}:1.0-port0`;
  const ch340 = 'serial 1a86:7523 ';
  expect(await adapters(path('1.2'), path('1.3'), 'serial:/dev/ttyUSB2')).toEqual([
    { socket: '1-1.2', alike: ch340 },
    { socket: '1-1.3', alike: ch340 },
    { socket: '1-1.3', alike: ch340 },
  ]);
  expect(await adapters(path('1.4'), path('1.1'))).toEqual([
    { socket: '1-1.4', alike: 'serial 10c4:ea60 0001' },
    { socket: '1-1.1', alike: 'serial 0403:6001 A50285BI' },
  ]);
  expect(await adapters('hid:0c2e:0b81:21036B1234', 'file:/dev/usb/lp0')).toEqual([
    { socket: '1-5', alike: 'hid 0c2e:0b81 21036B1234' },
    { socket: '1-8', alike: 'printer 0a5f:0120 D4J192602345' },
  ]);
  expect(await adapters('w1:28-0316a2794e01', 'serial:/dev/ttymxc2')).toEqual([{}, {}]);
});

test('what is not there, what the kernel does not list, and what is no device of this machine', async () => {
  expect(await adapters('serial:/dev/ttyUSB7', 'serial:/dev/pts/3', 'tcp:192.168.1.30:9100')).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('two with one serial number on both are alike, and so are HID devices without one', async () => {
  const clone = { vendor: 0x10c4, product: 0xea60, serial: 'ABC9' };
  tree.adapter('ttyUSB0', 'cp210x', { socket: '1-1', ...clone });
  tree.adapter('ttyUSB1', 'cp210x', { socket: '1-2', ...clone });
  tree.hid('hidraw0', { socket: '1-3', vendor: 0x1eab, product: 0x1d10 }, posDescriptor);
  expect(await adapters('serial:/dev/ttyUSB0', 'serial:/dev/ttyUSB1', 'hid:/dev/hidraw0')).toEqual([
    { socket: '1-1', alike: 'serial 10c4:ea60 ABC9' },
    { socket: '1-2', alike: 'serial 10c4:ea60 ABC9' },
    { socket: '1-3', alike: 'hid 1eab:1d10 ' },
  ]);
});
