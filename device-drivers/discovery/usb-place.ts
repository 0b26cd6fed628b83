/** The USB device above a directory of `/sys`: who it says it is, and the socket it is in. */
import { basename } from 'node:path';
import { chain, textAt } from './sysfs.ts';

export interface UsbPlace {
  readonly vendor: number;
  readonly product: number;
  /** As the device says them; undefined when it says nothing. */
  readonly serial?: string;
  readonly maker?: string;
  readonly name?: string;
  /** Bus, hubs and socket, as the kernel names the device: `1-1.2`. */
  readonly socket: string;
  readonly interface?: number;
  /** Another one after each plug. */
  readonly deviceNumber: string;
}

/** `dir` without links. Undefined when the device is on no USB. */
export async function usbPlaceOf(dir: string): Promise<UsbPlace | undefined> {
  let interfaceNumber: number | undefined;
  for (const at of chain(dir)) {
    const number = await textAt(at, 'bInterfaceNumber');
    if (number) interfaceNumber ??= Number.parseInt(number, 16);
    const [vendor, product] = [await textAt(at, 'idVendor'), await textAt(at, 'idProduct')];
    if (!vendor || !product) continue;
    const [serial, maker, name] = [
      await textAt(at, 'serial'),
      await textAt(at, 'manufacturer'),
      await textAt(at, 'product'),
    ];
    return {
      vendor: Number.parseInt(vendor, 16),
      product: Number.parseInt(product, 16),
      ...(serial && { serial: printable(serial) }),
      ...(maker && { maker: printable(maker) }),
      ...(name && { name: printable(name) }),
      socket: basename(at),
      ...(interfaceNumber !== undefined && { interface: interfaceNumber }),
      deviceNumber: (await textAt(at, 'devnum')) ?? '',
    };
  }
  return undefined;
}

export const hex4 = (value: number) => value.toString(16).padStart(4, '0');
export const usbId = ({ vendor, product }: Pick<UsbPlace, 'vendor' | 'product'>) => `${hex4(vendor)}:${hex4(product)}`;

/** Anything can call itself anything: its text must not end a line or work a terminal. */
export const printable = (text: string) => text.replace(/\p{C}/gu, '?');
