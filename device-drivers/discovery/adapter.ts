/** What a configured address leads to, and whether anything tells that adapter from another of its kind. */
import type { DeviceAddress } from '../link.ts';
import { type Attached, discover, placeOf } from './discover.ts';
import { type Roots, thisMachine } from './sysfs.ts';
import { usbId } from './usb-place.ts';

export interface Adapter {
  /** USB socket; two ports of one adapter have the same. */
  readonly socket?: string;
  /** The same text for adapters that only their sockets tell apart: of one kind, and with one serial number or none. */
  readonly alike?: string;
}

/** In the order of the addresses; undefined where nothing is attached, or nothing that `/sys` knows. */
export async function adaptersAt(
  addresses: readonly DeviceAddress[],
  roots: Roots = thisMachine,
): Promise<(Adapter | undefined)[]> {
  const all = await discover(roots);
  return addresses.map(({ scheme, target }) => {
    const inDev = target.startsWith(`${roots.devDir}/`) ? `/dev${target.slice(roots.devDir.length)}` : target;
    const one = attachedAt({ scheme, target: inDev }, all);
    return one && adapterOf(one);
  });
}

/** By its stable name, its node, or any link of udev that leads to it now. */
export function attachedAt({ scheme, target }: DeviceAddress, all: readonly Attached[]): Attached | undefined {
  return all.find(({ found, naming }) => {
    if (naming.at === `${scheme}:${target}` || placeOf(found) === target) return true;
    if (found.bus !== 'serial' && found.bus !== 'printer') return false;
    const root = found.bus === 'serial' ? '/dev/serial' : '/dev/usb';
    const links = [
      ...found.idLinks.map((link) => `${root}/by-id/${link}`),
      ...found.pathLinks.map((link) => `${root}/by-path/${link}`),
    ];
    return links.includes(target);
  });
}

function adapterOf({ found: { bus, usb } }: Attached): Adapter {
  return usb ? { socket: usb.socket, alike: `${bus} ${usbId(usb)} ${usb.serial ?? ''}` } : {};
}
