/** Everything that is attached, with what it probably is and by which address it is found again. */
import { type Found, findAttached } from './found.ts';
import { type Judged, judge } from './judge.ts';
import { type Naming, nameOf } from './naming.ts';
import { type Roots, thisMachine } from './sysfs.ts';

export interface Attached {
  readonly found: Found;
  readonly judged: Judged;
  readonly naming: Naming;
}

export async function discover(roots: Roots = thisMachine): Promise<Attached[]> {
  const all = await findAttached(roots);
  return all.map((found) => ({ found, judged: judge(found), naming: nameOf(found, all) }));
}

/** `/dev/ttyUSB0`; of what has no node, where it is. */
export function placeOf(found: Found): string {
  switch (found.bus) {
    case 'serial':
      return `/dev/${found.node}`;
    case 'printer':
      return `/dev/usb/${found.node}`;
    case 'hid':
      return found.node ? `/dev/${found.node}` : `USB ${found.usb?.socket ?? 'device'}, without the kernel's driver`;
    case '1-wire':
      return `/sys/bus/w1/devices/${found.sensor}`;
    case 'gpio':
      return found.node ? `/dev/${found.node}` : `/sys/class/gpio, ${found.label}`;
    case 'usb':
      return `USB ${found.usb.socket}`;
  }
}
