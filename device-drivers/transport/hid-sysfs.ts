/**
 * Which HID devices the kernel has, by `/sys` alone: cheap, and no device is touched. Follows the kernel's
 * Documentation/ABI (sysfs-bus-usb, sysfs-driver-hid) and the uevent of HID devices (drivers/hid/hid-core.c).
 *
 * A USB interface whose HID driver is detached (a libusb program has it, or was killed while it had it) has no hidraw node
 * and is found as a USB interface of class 03.
 */
import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LinkOpenError } from '../link.ts';

export interface HidEntry {
  /** `hidrawN`; undefined while the kernel's HID driver is detached. */
  readonly node?: string;
  /** Another one after each plug. */
  readonly mark: string;
  readonly vendor: number;
  readonly product: number;
  /** '' when it has none. */
  readonly serial: string;
  readonly name: string;
  /** USB interface number; undefined where the device is on no USB. */
  readonly interface?: number;
  /** USB interface as the kernel and libusb name it: `1-4.2:1.0`. */
  readonly usbInterface?: string;
  readonly reportDescriptor?: Uint8Array;
  /** Directories of the kernel's input devices that are made from it: what it types goes there. */
  readonly inputs: readonly string[];
}

export interface HidAddress {
  readonly node?: string;
  readonly vendor?: number;
  readonly product?: number;
  readonly serial?: string;
  readonly interface?: number;
}

/** `VID:PID[:serial][#interface]` (hexadecimal, decimal) or `/dev/hidrawN`. @throws LinkOpenError */
function parseHidTarget(target: string): HidAddress {
  const [, node] = /^\/dev\/(hidraw\d+)$/.exec(target) ?? [];
  if (node) return { node };
  const [, vendor, product, serial, number] =
    /^([0-9a-f]{4}):([0-9a-f]{4})(?::([^#]{1,64}))?(?:#(\d{1,2}))?$/i.exec(target) ?? [];
  if (!vendor || !product)
    throw new LinkOpenError('failed', `hid: ${target} is not VID:PID[:serial][#interface] or /dev/hidrawN`);
  return {
    vendor: Number.parseInt(vendor, 16),
    product: Number.parseInt(product, 16),
    ...(serial !== undefined && { serial }),
    ...(number !== undefined && { interface: Number(number) }),
  };
}

export const matches = (entry: HidEntry, address: HidAddress): boolean =>
  address.node !== undefined
    ? entry.node === address.node
    : entry.vendor === address.vendor &&
      entry.product === address.product &&
      (address.serial === undefined || entry.serial === address.serial) &&
      (address.interface === undefined || entry.interface === address.interface);

/** All HID devices, in the order of their nodes. What vanishes while it is being read is left out. */
export async function listHid(sysDir = '/sys'): Promise<HidEntry[]> {
  const nodes = (await namesIn(join(sysDir, 'class/hidraw'))).sort(byNumber);
  const bound = await Promise.all(nodes.map((node) => readHidraw(sysDir, node)));
  const entries = bound.filter((entry) => entry !== undefined);
  const taken = new Set(entries.map(({ usbInterface }) => usbInterface));
  const interfaces = (await namesIn(join(sysDir, 'bus/usb/devices'))).filter(
    (name) => name.includes(':') && !taken.has(name),
  );
  const detached = await Promise.all(interfaces.sort().map((name) => readUsbInterface(sysDir, name)));
  return [...entries, ...detached.filter((entry) => entry !== undefined)];
}

/** The one device at the address. Never a guess. @throws LinkOpenError */
export async function findHid(target: string, sysDir = '/sys'): Promise<HidEntry> {
  const address = parseHidTarget(target);
  const found = (await listHid(sysDir)).filter((entry) => matches(entry, address));
  const [entry] = found;
  if (!entry) throw new LinkOpenError('missing', `there is no HID device ${target}`);
  if (found.length > 1) throw new LinkOpenError('failed', ambiguous(target, found));
  return entry;
}

/** As `isPresent` of `open.ts`: false, or a mark that differs after each replug. @throws LinkOpenError for no such target */
export async function hidPresence(target: string, sysDir = '/sys'): Promise<string | false> {
  const address = parseHidTarget(target);
  const found = (await listHid(sysDir)).filter((entry) => matches(entry, address));
  return found.length > 0 && found.map(({ mark }) => mark).join(' ');
}

function ambiguous(target: string, found: readonly HidEntry[]): string {
  const interfaces = new Set(found.map((entry) => entry.interface));
  const serials = new Set(found.map((entry) => entry.serial));
  const hint =
    interfaces.size === found.length
      ? 'add #interface'
      : serials.size === found.length
        ? 'add :serial'
        : 'they cannot be told apart by serial number and interface: use /dev/hidrawN, or plug in one of them only';
  return `${target} fits ${found.map(describe).join(' and ')}: ${hint}`;
}

export const describe = (entry: HidEntry): string =>
  [
    entry.node ? `/dev/${entry.node}` : `USB interface ${entry.usbInterface}`,
    `(${[entry.serial && `serial ${entry.serial}`, entry.interface !== undefined && `interface ${entry.interface}`]
      .filter(Boolean)
      .join(', ')})`,
  ].join(' ');

async function readHidraw(sysDir: string, node: string): Promise<HidEntry | undefined> {
  try {
    const device = await realpath(join(sysDir, 'class/hidraw', node, 'device'));
    const uevent = fieldsOf(await readFile(join(device, 'uevent'), 'utf8'));
    const [, vendor, product] = /^[0-9A-F]+:0*([0-9A-F]+):0*([0-9A-F]+)$/i.exec(uevent.get('HID_ID') ?? '') ?? [];
    if (!vendor || !product) return undefined;
    const [, inputNumber] = /\/input(\d+)$/.exec(uevent.get('HID_PHYS') ?? '') ?? [];
    const parent = basename(dirname(device));
    const inputs = await namesIn(join(device, 'input'));
    return {
      node,
      mark: basename(device),
      ...{ vendor: Number.parseInt(vendor, 16), product: Number.parseInt(product, 16) },
      ...{ serial: uevent.get('HID_UNIQ') ?? '', name: uevent.get('HID_NAME') ?? '' },
      ...(inputNumber !== undefined && { interface: Number(inputNumber) }),
      ...(usbInterfaceName.test(parent) && { usbInterface: parent }),
      reportDescriptor: await readFile(join(device, 'report_descriptor')),
      inputs: inputs.map((name) => join(device, 'input', name)),
    };
  } catch {
    return undefined;
  }
}

async function readUsbInterface(sysDir: string, name: string): Promise<HidEntry | undefined> {
  try {
    const device = await realpath(join(sysDir, 'bus/usb/devices', name));
    const read = async (path: string) => (await readFile(join(device, path), 'utf8')).trim();
    if ((await read('bInterfaceClass')) !== '03') return undefined;
    const serial = await read('../serial').catch(() => '');
    const product = await read('../product').catch(() => '');
    return {
      mark: `${name}@${await read('../devnum')}`,
      vendor: Number.parseInt(await read('../idVendor'), 16),
      product: Number.parseInt(await read('../idProduct'), 16),
      ...{ serial, name: product },
      interface: Number.parseInt(await read('bInterfaceNumber'), 16),
      usbInterface: name,
      inputs: [],
    };
  } catch {
    return undefined;
  }
}

const usbInterfaceName = /^\d+-[\d.]+:\d+\.\d+$/;
const byNumber = (a: string, b: string) => Number(a.slice(6)) - Number(b.slice(6));
const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
const fieldsOf = (text: string) =>
  new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).trim()]));
