import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../config/load.ts';
import { type Attached, discover, placeOf } from '../../../device-drivers/discovery/discover.ts';
import { suggest } from '../../../device-drivers/discovery/suggest.ts';
import { drivers } from '../../../device-drivers/registry.ts';
import { fullHut, keyboardDescriptor, posDescriptor, type SysTree, sysTree } from '../../support/sys-tree.ts';

let tree: SysTree;
beforeEach(() => {
  tree = sysTree();
});
afterEach(() => tree.remove());

const at = async (place: string): Promise<Attached> => {
  const all = await discover(tree);
  const one = all.find(({ found }) => placeOf(found) === place);
  if (!one) throw new Error(`${place} is not among ${all.map(({ found }) => placeOf(found)).join(', ')}`);
  return one;
};

describe('a full hut', () => {
  beforeEach(() => fullHut(tree));

  test('everything is there, and no console, no UART that is not fitted', async () => {
    expect((await discover(tree)).map(({ found }) => placeOf(found))).toEqual([
      ...['/dev/ttyACM0', '/dev/ttymxc2', '/dev/ttyS0', '/dev/ttyUSB0', '/dev/ttyUSB1', '/dev/ttyUSB2', '/dev/ttyUSB3'],
      ...['/dev/hidraw0', '/dev/hidraw1', '/dev/hidraw2', '/dev/hidraw3', '/dev/hidraw4', '/dev/hidraw5'],
      ...['/dev/usb/lp0', '/sys/bus/w1/devices/28-0316a2794e01', '/dev/gpiochip0', 'USB 1-9'],
    ]);
  });

  test('stable names, each for its reason', async () => {
    const names = new Map((await discover(tree)).map(({ found, naming }) => [placeOf(found), naming]));
    const byPath = (socket: string) => `serial:/dev/serial/by-path/pci-0000:00:14.0-usb-0:${socket}:1.0-port0`;
    const expected: readonly [string, string, RegExp][] = [
      ['/dev/ttymxc2', 'serial:/dev/ttymxc2', /on the board/],
      ['/dev/ttyACM0', 'serial:/dev/serial/by-id/usb-Newland_FM430_FM430A01234-if00', /serial number is FM430A01234/],
      ['/dev/ttyUSB0', 'serial:/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0', /A50285BI/],
      ['/dev/ttyUSB1', byPath('1.2'), /no serial number; 2 alike are attached, which only their sockets tell apart/],
      ['/dev/ttyUSB2', byPath('1.3'), /no serial number; 2 alike/],
      ['/dev/ttyUSB3', byPath('1.4'), /0001 is one that all of its kind have/],
      ['/dev/hidraw2', 'hid:0c2e:0b81:21036B1234', /serial number/],
      ['/dev/hidraw5', 'hid:3553:a001#1', /interface 1/],
      ['/sys/bus/w1/devices/28-0316a2794e01', 'w1:28-0316a2794e01', /own number/],
      ['/dev/gpiochip0', 'gpio:pinctrl-bcm2711', /label/],
    ];
    for (const [place, address, why] of expected) {
      expect(names.get(place)).toMatchObject({ at: address, isStable: true, why: expect.stringMatching(why) });
    }
    expect(names.get('/dev/usb/lp0')).toMatchObject({
      at: 'file:/dev/usb/lp0',
      isStable: false,
      fix: expect.stringMatching(/99-hutgate.rules/),
    });
  });

  test('what each probably is', async () => {
    const what = new Map((await discover(tree)).map(({ found, judged }) => [placeOf(found), judged]));
    expect(what.get('/dev/ttyUSB1')).toEqual({ what: 'WCH CH340 USB serial adapter', drivers: 'any' });
    expect(what.get('/dev/ttyACM0')).toMatchObject({
      what: 'Newland barcode scanner',
      drivers: ['scanner-line', 'scanner-ssi'],
    });
    expect(what.get('/dev/hidraw0')).toMatchObject({ what: 'keyboard, or a scanner that types', isForeign: true });
    expect(what.get('/dev/hidraw1')).toMatchObject({ what: 'mouse', drivers: [] });
    expect(what.get('/dev/hidraw2')).toMatchObject({
      what: 'Honeywell barcode scanner, HID POS',
      drivers: ['scanner-hid-pos'],
    });
    expect(what.get('/dev/hidraw3')).toMatchObject({
      what: 'Zebra barcode scanner, typing as a keyboard',
      drivers: ['scanner-hid-keyboard'],
    });
    expect(what.get('/dev/hidraw4')).toMatchObject({ isForeign: true });
    expect(what.get('/dev/hidraw5')).toMatchObject({ drivers: ['probe-temper'] });
    expect(what.get('/dev/usb/lp0')).toMatchObject({
      what: 'Zebra ZD421-203dpi ZPL printer, speaks ZPL',
      drivers: ['printer-zpl'],
    });
    expect(what.get('USB 1-9')).toMatchObject({ drivers: ['id-sam-usb'] });
  });

  test('the YAML is a valid configuration', async () => {
    const lines = suggest(await discover(tree), drivers).map(({ line }) => `  ${line}`);
    const text = `gateway: { id: hut-1, region: r, site: { name: n } }
uplink: { url: "mqtts://broker.example" }
privacy: { recipient: registry.jwk, personRefKey: personref.key }
devices:
${lines.join('\n')}
`;
    const loaded = loadConfig(text, 'hut.yaml', drivers);
    expect(loaded.problems ?? []).toEqual([]);
    expect(loaded.config!.devices.length).toBeGreaterThanOrEqual(9);
    expect(lines.filter((line) => line.startsWith('  #')).join('\n')).toMatch(/hidraw0.*|mouse; not for the hut/);
  });
});

describe('two adapters alike', () => {
  const cp210x = { vendor: 0x10c4, product: 0xea60, maker: 'Silicon Labs', name: 'CP2102', serial: 'ABC9' };
  const id = 'serial/by-id/usb-Silicon_Labs_CP2102_ABC9-if00-port0';
  const path = (socket: string) => `serial/by-path/pci-0000:00:14.0-usb-0:${socket}:1.0-port0`;

  test('one serial number on both: by-path, and said so; one alone: by-id', async () => {
    tree.adapter('ttyUSB0', 'cp210x', { socket: '1-1', ...cp210x }, path('1'));
    tree.adapter('ttyUSB1', 'cp210x', { socket: '1-2', ...cp210x }, id, path('2'));
    expect((await at('/dev/ttyUSB0')).naming).toMatchObject({
      at: `serial:/dev/${path('1')}`,
      why: expect.stringContaining('all say serial number ABC9'),
    });
    expect((await at('/dev/ttyUSB1')).naming).toMatchObject({ at: `serial:/dev/${path('2')}`, isStable: true });
    tree.unplug('ttyUSB0', '1-1', path('1'));
    expect((await at('/dev/ttyUSB1')).naming).toMatchObject({ at: `serial:/dev/${id}` });
  });

  test('HID scanners without serial numbers have no stable name', async () => {
    const scanner = { vendor: 0x1eab, product: 0x1d10, name: 'FM430' };
    tree.hid('hidraw0', { socket: '1-1', ...scanner }, posDescriptor);
    expect((await at('/dev/hidraw0')).naming).toMatchObject({ at: 'hid:1eab:1d10', isStable: true });
    tree.hid('hidraw1', { socket: '1-2', ...scanner }, posDescriptor);
    for (const node of ['hidraw0', 'hidraw1'])
      expect((await at(`/dev/${node}`)).naming).toMatchObject({
        ...{ at: `hid:/dev/${node}`, isStable: false },
        why: expect.stringContaining('nothing tells them apart'),
        fix: expect.stringContaining('serial'),
      });
  });
});

describe('without udev', () => {
  test('the name is computed, and what would make it is said', async () => {
    tree.adapter('ttyUSB0', 'ch341-uart', { socket: '1-1.2', vendor: 0x1a86, product: 0x7523, name: 'USB Serial' });
    expect((await at('/dev/ttyUSB0')).naming).toEqual({
      at: 'serial:/dev/ttyUSB0',
      isStable: false,
      why: 'by-path: it has no serial number; it has to stay in this socket, but /dev/serial/by-path/pci-0000:00:14.0-usb-0:1.2:1.0-port0 is missing',
      fix: expect.stringContaining('60-serial.rules'),
    });
  });

  test('a port of a maker’s driver, which udev does not know', async () => {
    tree.cdc('ttyCH341USB0', { socket: '1-3', vendor: 0x1a86, product: 0x7523 }, 'usb_ch341');
    const { naming, judged } = await at('/dev/ttyCH341USB0');
    expect(judged.what).toBe('WCH CH340 USB serial adapter');
    expect(naming).toMatchObject({
      isStable: false,
      why: expect.stringContaining('by-path/pci-0000:00:14.0-usb-0:3:1.0'),
      fix: expect.stringContaining('99-hutgate.rules'),
    });
  });

  test('on a Raspberry Pi the path has the platform in it', async () => {
    tree.remove();
    tree = sysTree([
      ['platform', 'fd500000.pcie'],
      ['pci', '0000:00:00.0'],
      ['pci', '0000:01:00.0'],
    ]);
    tree.adapter('ttyUSB0', 'ch341-uart', { socket: '1-1.3', vendor: 0x1a86, product: 0x7523 });
    expect((await at('/dev/ttyUSB0')).naming.why).toContain(
      'by-path/platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.3:1.0-port0 is',
    );
  });
});

test('the console of the machine is not offered', async () => {
  tree.uart('ttyS0', 'serial8250.0', '4');
  tree.console('tty0', 'ttyS0');
  const all = await discover(tree);
  expect(all).toMatchObject([{ judged: { isForeign: true } }]);
  expect(suggest(all, drivers)[0]?.line).toMatch(/^# \/dev\/ttyS0: the machine's own console/);
});

test('text of a hostile device ends no line and works no terminal', async () => {
  tree.hid('hidraw0', { socket: '1-1', vendor: 0x0c2e, product: 0x0b81, serial: 'A\u001b[2JB' }, keyboardDescriptor);
  tree.printer('lp0', { socket: '1-2', vendor: 1, product: 2 }, 'MFG:Evil\n- { id: x };CMD:ZPL;MDL:\u001b]0;');
  const all = await discover(tree);
  const text =
    JSON.stringify(all.map(({ judged, naming }) => [judged, naming])) +
    suggest(all, drivers)
      .map(({ line }) => line)
      .join('');
  expect(text).not.toMatch(/[\u001b\n]|\\u001b|\\n/);
});

test('a machine without anything, and a sysfs that is not there', async () => {
  expect(await discover(tree)).toEqual([]);
  expect(await discover({ sysDir: '/nonexistent', devDir: '/nonexistent' })).toEqual([]);
});
