/** A `/sys` and a `/dev` with HID devices in it, laid out as kernel 6.1 does; plugs come and go. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TreeDevice {
  readonly vendor: number;
  readonly product: number;
  readonly serial?: string;
  readonly interface?: number;
  /** Socket; a device without one is on no USB. */
  readonly port?: string;
  readonly reportDescriptor?: Uint8Array;
  /** Input devices the kernel makes of it, and what `inhibited` reads; null: a kernel that cannot. */
  readonly inputs?: readonly ('0' | '1' | null)[];
}

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');

export function hidTree() {
  const root = mkdtempSync(join(tmpdir(), 'hutgate-hid-'));
  const sysDir = join(root, 'sys');
  const devDir = join(root, 'dev');
  for (const folder of [join(sysDir, 'class/hidraw'), join(sysDir, 'bus/usb/devices'), devDir])
    mkdirSync(folder, { recursive: true });
  let instances = 0;

  const usb = (device: TreeDevice, number: number) => {
    const folder = join(sysDir, 'devices/pci0000:00/usb1', device.port!);
    const name = `${device.port}:1.${number}`;
    mkdirSync(join(folder, name), { recursive: true });
    const write = (path: string, text: string) => writeFileSync(join(folder, path), `${text}\n`);
    write('idVendor', hex(device.vendor, 4).toLowerCase());
    write('idProduct', hex(device.product, 4).toLowerCase());
    write('devnum', '7');
    if (device.serial) write('serial', device.serial);
    write(`${name}/bInterfaceClass`, '03');
    write(`${name}/bInterfaceNumber`, hex(number, 2));
    const link = join(sysDir, 'bus/usb/devices', name);
    rmSync(link, { force: true });
    symlinkSync(join(folder, name), link);
    return join(folder, name);
  };

  return {
    sysDir,
    devDir,
    /** Gives the paths of its input devices. */
    plug(node: string, device: TreeDevice): string[] {
      const { vendor, product, serial = '', interface: number, inputs = [] } = device;
      instances += 1;
      const parent = device.port === undefined ? join(sysDir, 'devices/virtual/misc/uhid') : usb(device, number ?? 0);
      const folder = join(parent, `0003:${hex(vendor, 4)}:${hex(product, 4)}.${hex(instances, 4)}`);
      mkdirSync(join(folder, 'hidraw', node), { recursive: true });
      const phys = number === undefined ? 'lab' : `usb-0000:00:14.0-4.2/input${number}`;
      writeFileSync(
        join(folder, 'uevent'),
        `DRIVER=hid-generic\nHID_ID=0003:${hex(vendor, 8)}:${hex(product, 8)}\nHID_NAME=Maker Thing\nHID_PHYS=${phys}\nHID_UNIQ=${serial}\n`,
      );
      writeFileSync(join(folder, 'report_descriptor'), device.reportDescriptor ?? Uint8Array.of());
      symlinkSync(folder, join(folder, 'hidraw', node, 'device'));
      symlinkSync(join(folder, 'hidraw', node), join(sysDir, 'class/hidraw', node));
      writeFileSync(join(devDir, node), '');
      return inputs.map((inhibited, index) => {
        const input = join(folder, 'input', `input${10 * instances + index}`);
        mkdirSync(input, { recursive: true });
        if (inhibited !== null) writeFileSync(join(input, 'inhibited'), `${inhibited}\n`);
        return input;
      });
    },
    /** The kernel's driver lets go of it; `usb` and what is in the socket stay. */
    unbind(node: string): void {
      rmSync(join(sysDir, 'class/hidraw', node), { force: true });
      rmSync(join(devDir, node), { force: true });
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
