/**
 * What is attached to this machine, as `/sys` and `/dev` say it: serial ports, HID devices, USB printers, 1-wire sensors,
 * GPIO chips, and USB devices that only a driver of ours can talk to. Opens nothing, and needs neither udev nor rights.
 */
import { basename, dirname, join } from 'node:path';
import { listHid } from '../transport/hid-sysfs.ts';
import { parseHidDescriptor } from '../wire/hid-descriptor.ts';
import { isVendorUsb } from './known.ts';
import { chain, linkName, namesIn, type Roots, realPath, textAt } from './sysfs.ts';
import { pathId, portSuffix, usbById } from './udev-names.ts';
import { printable, type UsbPlace, usbPlaceOf } from './usb-place.ts';

interface Common {
  /** Another one after each plug. */
  readonly mark: string;
  readonly usb?: UsbPlace;
}

export interface FoundSerial extends Common {
  readonly bus: 'serial';
  /** Of the kernel: `ttyUSB0`. */
  readonly node: string;
  readonly kernelDriver?: string;
  /** Names in /dev/serial/by-id and by-path that lead to it now. */
  readonly idLinks: readonly string[];
  readonly pathLinks: readonly string[];
  /** What udev would name it. */
  readonly byId?: string;
  readonly byPath?: string;
  readonly isConsole: boolean;
}

export interface FoundHid extends Common {
  readonly bus: 'hid';
  /** undefined while the kernel's driver is detached. */
  readonly node?: string;
  readonly vendor: number;
  readonly product: number;
  readonly serial: string;
  readonly name: string;
  readonly interface?: number;
  /** Top-level usages of its report descriptor, such as 0x00010006 for a keyboard. */
  readonly usages: readonly number[];
}

export interface FoundPrinter extends Common {
  readonly bus: 'printer';
  /** `lp0` */
  readonly node: string;
  /** IEEE 1284 device id, such as `MFG:Zebra;CMD:ZPL;MDL:ZD421;`. */
  readonly deviceId?: string;
  /** Names below /dev/usb that lead to it now: `by-id/…`, `by-path/…`. */
  readonly idLinks: readonly string[];
  readonly pathLinks: readonly string[];
}

export interface FoundW1 extends Common {
  readonly bus: '1-wire';
  /** `28-0316a2794e01` */
  readonly sensor: string;
}

export interface FoundGpio extends Common {
  readonly bus: 'gpio';
  /** undefined where the kernel has the old interface in /sys only. */
  readonly node?: string;
  /** undefined where /sys does not tell it. */
  readonly label?: string;
  readonly lines?: number;
}

/** Neither serial nor HID: bulk transfers. */
export interface FoundUsb extends Common {
  readonly bus: 'usb';
  readonly usb: UsbPlace;
}

export type Found = FoundSerial | FoundHid | FoundPrinter | FoundW1 | FoundGpio | FoundUsb;

/** In the order of the buses above, each by its node. What vanishes while it is being read is left out. */
export async function findAttached(roots: Roots): Promise<Found[]> {
  const { sysDir, devDir } = roots;
  const [serialIds, serialPaths] = [await links(devDir, 'serial/by-id'), await links(devDir, 'serial/by-path')];
  const [printerIds, printerPaths] = [await links(devDir, 'usb/by-id'), await links(devDir, 'usb/by-path')];
  const consoles = new Set((await textAt(sysDir, 'class/tty/console/active'))?.split(/\s+/));
  const all = await Promise.all([
    ...(await namesIn(sysDir, 'class/tty')).map((node) => serialPort(sysDir, node, serialIds, serialPaths, consoles)),
    ...(await hidDevices(sysDir)),
    ...(await namesIn(sysDir, 'class/usbmisc'))
      .filter((node) => /^lp\d+$/.test(node))
      .map((node) => printer(sysDir, node, printerIds, printerPaths)),
    ...(await namesIn(sysDir, 'bus/w1/devices'))
      .filter((sensor) => /^[0-9a-f]{2}-[0-9a-f]{12}$/.test(sensor))
      .map((sensor): Found => ({ bus: '1-wire', sensor, mark: sensor })),
    ...(await gpioChips(sysDir)),
    ...(await namesIn(sysDir, 'bus/usb/devices')).map((name) => vendorUsb(sysDir, name)),
  ]);
  return all.filter((found) => found !== undefined);
}

/** Names of the links in a directory below /dev, by the node they lead to. */
async function links(devDir: string, folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const byNode = new Map<string, string[]>();
  for (const name of await namesIn(devDir, folder)) {
    // Not realpath: the node may be gone, and in a container the link may lead nowhere.
    const node = await linkName(devDir, folder, name);
    if (node) byNode.set(node, [...(byNode.get(node) ?? []), name]);
  }
  return byNode;
}

type Links = ReadonlyMap<string, readonly string[]>;

/** Consoles, PTYs and UARTs that are not fitted have no `device`, or a `type` of 0 (drivers/tty/serial/serial_core.c). */
async function serialPort(
  sysDir: string,
  node: string,
  ids: Links,
  paths: Links,
  consoles: ReadonlySet<string>,
): Promise<FoundSerial | undefined> {
  const device = await realPath(sysDir, 'class/tty', node, 'device');
  if (!device || (await textAt(sysDir, 'class/tty', node, 'type')) === '0') return undefined;
  const usb = await usbPlaceOf(device);
  const kernelDriver = (await Promise.all(chain(device).map((at) => linkName(at, 'driver')))).find(Boolean);
  const place = usb && (await pathId(device));
  const suffix = await portSuffix(device);
  return {
    bus: 'serial',
    ...{ node, mark: `${node}@${usb?.deviceNumber ?? ''}` },
    ...(usb && { usb, byId: usbById(usb) + suffix }),
    ...(place !== undefined && { byPath: place + suffix }),
    ...(kernelDriver !== undefined && { kernelDriver }),
    ...{ idLinks: ids.get(node) ?? [], pathLinks: paths.get(node) ?? [] },
    isConsole: consoles.has(node),
  };
}

async function hidDevices(sysDir: string): Promise<Promise<FoundHid>[]> {
  return (await listHid(sysDir)).map(async (entry): Promise<FoundHid> => {
    const { node, mark, vendor, product, serial, name, usbInterface, reportDescriptor } = entry;
    const folder = usbInterface && (await realPath(sysDir, 'bus/usb/devices', usbInterface));
    const usb = folder ? await usbPlaceOf(folder) : undefined;
    return {
      bus: 'hid',
      ...{ mark: `${node ?? ''}@${mark}`, vendor, product, serial, name: printable(name) },
      ...(node !== undefined && { node }),
      ...(usb && { usb }),
      ...(entry.interface !== undefined && { interface: entry.interface }),
      usages: reportDescriptor ? parseHidDescriptor(reportDescriptor).applications : [],
    };
  });
}

async function printer(sysDir: string, node: string, ids: Links, paths: Links): Promise<FoundPrinter | undefined> {
  const device = await realPath(sysDir, 'class/usbmisc', node, 'device');
  if (!device) return undefined;
  const [usb, deviceId] = [await usbPlaceOf(device), await textAt(device, 'ieee1284_id')];
  return {
    bus: 'printer',
    ...{ node, mark: `${node}@${usb?.deviceNumber ?? ''}` },
    ...(usb && { usb }),
    ...(deviceId && { deviceId: printable(deviceId) }),
    ...{ idLinks: ids.get(node) ?? [], pathLinks: paths.get(node) ?? [] },
  };
}

/** Labels stand in the old interface only; its entries are links to the chip's own directory's children. */
async function gpioChips(sysDir: string): Promise<FoundGpio[]> {
  const chips = (await namesIn(sysDir, 'bus/gpio/devices')).filter((name) => /^gpiochip\d+$/.test(name));
  const labelled = new Map<string, { label: string; lines: number }>();
  for (const name of await namesIn(sysDir, 'class/gpio')) {
    const [label, count] = [
      await textAt(sysDir, 'class/gpio', name, 'label'),
      await textAt(sysDir, 'class/gpio', name, 'ngpio'),
    ];
    const parent = await realPath(sysDir, 'class/gpio', name, 'device');
    if (label && count) labelled.set(parent ?? name, { label, lines: Number(count) });
  }
  const found: FoundGpio[] = [];
  for (const node of chips) {
    const folder = await realPath(sysDir, 'bus/gpio/devices', node);
    const parent = folder && [folder, dirname(folder)].find((at) => labelled.has(at));
    const known = parent === undefined ? undefined : labelled.get(parent);
    if (parent !== undefined) labelled.delete(parent);
    found.push({ bus: 'gpio', node, mark: node, ...known });
  }
  for (const [from, known] of labelled) found.push({ bus: 'gpio', mark: basename(from), ...known });
  return found;
}

async function vendorUsb(sysDir: string, name: string): Promise<FoundUsb | undefined> {
  if (name.includes(':')) return undefined;
  const folder = await realPath(sysDir, join('bus/usb/devices', name));
  const usb = folder && (await textAt(folder, 'idVendor')) ? await usbPlaceOf(folder) : undefined;
  return usb && isVendorUsb(usb) ? { bus: 'usb', usb, mark: `${usb.socket}@${usb.deviceNumber}` } : undefined;
}
