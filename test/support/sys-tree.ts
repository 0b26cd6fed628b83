/**
 * A `/sys` and a `/dev` built from descriptions, laid out as kernel 6.1 does: the directories of the devices, their
 * `subsystem` and `driver` links, the class links, and where asked udev's links. Plugs come and go.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

export interface UsbDevice {
  /** Bus, hubs and socket: `1-1.2`. */
  readonly socket: string;
  readonly vendor: number;
  readonly product: number;
  readonly serial?: string;
  readonly maker?: string;
  readonly name?: string;
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

/** `controller`: the directories above the USB buses, each with its subsystem. */
export function sysTree(controller = [['pci', '0000:00:14.0']] as readonly (readonly [string, string])[]) {
  const root = mkdtempSync(join(tmpdir(), 'hutgate-sys-'));
  const [sysDir, devDir] = [join(root, 'sys'), join(root, 'dev')];
  let plugs = 0;
  let hidInstances = 0;

  const folder = (path: string) => {
    mkdirSync(path, { recursive: true });
    return path;
  };
  const link = (target: string, at: string) => {
    folder(join(at, '..'));
    rmSync(at, { force: true });
    symlinkSync(target, at);
  };
  const write = (at: string, files: Readonly<Record<string, string | Uint8Array | undefined>>) => {
    folder(at);
    for (const [name, text] of Object.entries(files)) {
      if (text !== undefined) writeFileSync(join(at, name), typeof text === 'string' ? `${text}\n` : text);
    }
  };
  const inSubsystem = (at: string, subsystem: string) => {
    folder(at);
    link(folder(join(sysDir, 'bus', subsystem)), join(at, 'subsystem'));
    return at;
  };
  for (const path of ['class/tty', 'class/hidraw', 'class/usbmisc', 'bus/usb/devices']) folder(join(sysDir, path));
  folder(devDir);

  const hostController = controller.reduce(
    (above, [subsystem, name]) => inSubsystem(join(above, name), subsystem),
    folder(join(sysDir, 'devices', 'root')),
  );

  /** The device's directory; hubs between are made on the way. */
  const usb = ({ socket, vendor, product, serial, maker, name }: UsbDevice) => {
    const [bus = '', ports = ''] = socket.split('-');
    const above = inSubsystem(join(hostController, `usb${bus}`), 'usb');
    const steps = ports.split('.');
    const at = steps.reduce(
      (dir, _, depth) => inSubsystem(join(dir, `${bus}-${steps.slice(0, depth + 1).join('.')}`), 'usb'),
      above,
    );
    plugs += 1;
    write(at, {
      ...{ idVendor: hex(vendor, 4), idProduct: hex(product, 4), devnum: String(plugs) },
      ...{ serial, manufacturer: maker, product: name },
    });
    link(at, join(sysDir, 'bus/usb/devices', socket));
    return at;
  };
  const usbInterface = (device: UsbDevice, number: number, driver: string, klass = 'ff') => {
    const at = inSubsystem(join(usb(device), `${device.socket}:1.${number}`), 'usb');
    write(at, { bInterfaceNumber: hex(number, 2), bInterfaceClass: klass });
    link(folder(join(sysDir, 'bus/usb/drivers', driver)), join(at, 'driver'));
    link(at, join(sysDir, 'bus/usb/devices', basename(at)));
    return at;
  };
  const tty = (node: string, device: string, holder: string) => {
    const at = folder(join(holder, 'tty', node));
    link(device, join(at, 'device'));
    link(at, join(sysDir, 'class/tty', node));
    writeFileSync(join(devDir, node), '');
  };
  const udev = (node: string, ...names: readonly string[]) => {
    for (const name of names) link(`../../${node}`, join(devDir, name));
  };

  return {
    sysDir,
    devDir,
    /** FTDI, CP210x, CH340, PL2303: `usb-serial` with a port of its own. `udev`: names below /dev that udev made. */
    adapter(node: string, driver: string, device: UsbDevice, ...names: string[]) {
      const at = inSubsystem(join(usbInterface(device, 0, driver), node), 'usb-serial');
      write(at, { port_number: '0' });
      tty(node, at, at);
      udev(node, ...names);
    },
    /** CDC-ACM and drivers of makers: the port is the interface's. */
    cdc(node: string, device: UsbDevice, driver = 'cdc_acm', ...names: string[]) {
      const at = usbInterface(device, 0, driver, '02');
      tty(node, at, at);
      udev(node, ...names);
    },
    /** A UART on the board; `type` 0: none is fitted. */
    uart(node: string, name: string, type = '54') {
      const at = inSubsystem(join(folder(join(sysDir, 'devices/platform')), name), 'platform');
      tty(node, at, at);
      write(join(at, 'tty', node), { type });
    },
    /** What has no device: `tty0`, `ptmx`. */
    virtualTty(node: string) {
      link(folder(join(sysDir, 'devices/virtual/tty', node)), join(sysDir, 'class/tty', node));
    },
    console(...nodes: string[]) {
      write(join(sysDir, 'class/tty/console'), { active: nodes.join(' ') });
    },
    hid(node: string, device: UsbDevice, reportDescriptor: Uint8Array, number = 0) {
      const { vendor, product, serial = '', name = '' } = device;
      const above = usbInterface(device, number, 'usbhid', '03');
      hidInstances += 1;
      const [v, p] = [hex(vendor, 4).toUpperCase(), hex(product, 4).toUpperCase()];
      const at = inSubsystem(join(above, `0003:${v}:${p}.${hex(hidInstances, 4).toUpperCase()}`), 'hid');
      write(at, {
        uevent: `DRIVER=hid-generic\nHID_ID=0003:0000${v}:0000${p}\nHID_NAME=${name}\nHID_PHYS=usb-0000:00:14.0-1/input${number}\nHID_UNIQ=${serial}`,
        report_descriptor: reportDescriptor,
      });
      const held = folder(join(at, 'hidraw', node));
      link(at, join(held, 'device'));
      link(held, join(sysDir, 'class/hidraw', node));
      writeFileSync(join(devDir, node), '');
    },
    printer(node: string, device: UsbDevice, ieee1284Id?: string, ...names: string[]) {
      const at = usbInterface(device, 0, 'usblp', '07');
      write(at, { ieee1284_id: ieee1284Id });
      const held = folder(join(at, 'usbmisc', node));
      link(at, join(held, 'device'));
      link(held, join(sysDir, 'class/usbmisc', node));
      udev(`usb/${node}`);
      for (const name of names) link(`../${node}`, join(devDir, 'usb', name));
    },
    /** A USB device without a class of its own. */
    bare: (device: UsbDevice) => void usbInterface(device, 0, 'none'),
    w1(sensor: string) {
      link(folder(join(sysDir, 'devices/w1_bus_master1', sensor)), join(sysDir, 'bus/w1/devices', sensor));
    },
    /** `base`: where the old interface in /sys is there too. */
    gpio(node: string, parent: string, legacy?: { label: string; base: number; lines: number }) {
      const above = inSubsystem(join(sysDir, 'devices/platform', parent), 'platform');
      link(folder(join(above, node)), join(sysDir, 'bus/gpio/devices', node));
      if (!legacy) return;
      const old = folder(join(above, 'gpio', `gpiochip${legacy.base}`));
      write(old, { label: legacy.label, base: String(legacy.base), ngpio: String(legacy.lines) });
      link(above, join(old, 'device'));
      link(old, join(sysDir, 'class/gpio', `gpiochip${legacy.base}`));
    },
    /** `names`: links of udev that go with it. */
    unplug(node: string, socket: string, ...names: string[]) {
      const usbDevices = join(sysDir, 'bus/usb/devices');
      for (const name of readdirSync(usbDevices)) if (name.split(':')[0] === socket) rmSync(join(usbDevices, name));
      for (const klass of ['tty', 'hidraw', 'usbmisc']) rmSync(join(sysDir, 'class', klass, node), { force: true });
      for (const name of [node, ...names]) rmSync(join(devDir, name), { force: true });
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export type SysTree = ReturnType<typeof sysTree>;

/** Report descriptors, as far as their first collection. */
export const keyboardDescriptor = Uint8Array.of(0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0xc0);
const mouseDescriptor = Uint8Array.of(0x05, 0x01, 0x09, 0x02, 0xa1, 0x01, 0xc0);
export const posDescriptor = Uint8Array.of(0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0xc0);
const vendorDescriptor = Uint8Array.of(0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, 0xc0);

/** What a hut may have, and a keyboard and a mouse. Socket 1-1 is a hub. */
export function fullHut(tree: SysTree): void {
  const ftdi = { vendor: 0x0403, product: 0x6001, maker: 'FTDI', name: 'FT232R USB UART', serial: 'A50285BI' };
  const ch340 = { vendor: 0x1a86, product: 0x7523, name: 'USB Serial' };
  const cp210x = { vendor: 0x10c4, product: 0xea60, maker: 'Silicon Labs', name: 'CP2102 USB to UART', serial: '0001' };
  const newland = { vendor: 0x1eab, product: 0x1d06, maker: 'Newland', name: 'FM430', serial: 'FM430A01234' };
  const byPath = (socket: string, suffix = ':1.0-port0') => `serial/by-path/pci-0000:00:14.0-usb-0:${socket}${suffix}`;
  const ch340Id = 'serial/by-id/usb-1a86_USB_Serial-if00-port0';
  tree.console('tty0');
  tree.virtualTty('tty0');
  tree.uart('ttyS0', 'serial8250.0', '4');
  tree.uart('ttyS1', 'serial8250.1', '0');
  tree.uart('ttymxc2', '30880000.serial');
  tree.adapter(
    'ttyUSB0',
    'ftdi_sio',
    { socket: '1-1.1', ...ftdi },
    'serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0',
    byPath('1.1'),
  );
  tree.adapter('ttyUSB1', 'ch341-uart', { socket: '1-1.2', ...ch340 }, byPath('1.2'));
  tree.adapter('ttyUSB2', 'ch341-uart', { socket: '1-1.3', ...ch340 }, ch340Id, byPath('1.3'));
  tree.adapter(
    'ttyUSB3',
    'cp210x',
    { socket: '1-1.4', ...cp210x },
    'serial/by-id/usb-Silicon_Labs_CP2102_USB_to_UART_0001-if00-port0',
    byPath('1.4'),
  );
  tree.cdc(
    'ttyACM0',
    { socket: '1-2', ...newland },
    'cdc_acm',
    'serial/by-id/usb-Newland_FM430_FM430A01234-if00',
    byPath('2', ':1.0'),
  );
  tree.hid('hidraw0', { socket: '1-3', vendor: 0x046d, product: 0xc31c, name: 'Keyboard K120' }, keyboardDescriptor);
  tree.hid('hidraw1', { socket: '1-4', vendor: 0x046d, product: 0xc077, name: 'Mouse' }, mouseDescriptor);
  tree.hid(
    'hidraw2',
    { socket: '1-5', vendor: 0x0c2e, product: 0x0b81, name: 'Honeywell', serial: '21036B1234' },
    posDescriptor,
  );
  tree.hid('hidraw3', { socket: '1-6', vendor: 0x05e0, product: 0x1200, name: 'Symbol Scanner' }, keyboardDescriptor);
  const temper = { socket: '1-7', vendor: 0x3553, product: 0xa001, maker: 'PCsensor', name: 'TEMPer2' };
  tree.hid('hidraw4', temper, keyboardDescriptor, 0);
  tree.hid('hidraw5', temper, vendorDescriptor, 1);
  tree.printer(
    'lp0',
    { socket: '1-8', vendor: 0x0a5f, product: 0x0120, serial: 'D4J192602345' },
    'MFG:Zebra;CMD:ZPL;MDL:ZD421-203dpi ZPL;CLS:PRINTER;',
  );
  tree.bare({ socket: '1-9', vendor: 0x0400, product: 0xc35a });
  tree.w1('28-0316a2794e01');
  tree.gpio('gpiochip0', 'fe200000.gpio', { label: 'pinctrl-bcm2711', base: 512, lines: 58 });
}
