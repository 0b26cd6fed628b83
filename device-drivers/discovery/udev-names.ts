/**
 * The names that udev gives to serial devices, made from `/sys` alone, so that they are known where no udev runs: `by-path`
 * as its built-in path_id makes them, `by-id` as usb_id does, put together by 60-serial.rules (systemd 252 and newer).
 */
import { basename, join } from 'node:path';
import { chain, linkName, textAt } from './sysfs.ts';
import { hex4, type UsbPlace } from './usb-place.ts';

/** `pci-0000:00:14.0-usb-0:1.2:1.0`; undefined for a device that hangs on nothing udev names. `dir` without links. */
export async function pathId(dir: string): Promise<string | undefined> {
  const parts: string[] = [];
  let isSupported = false;
  let skipping: string | undefined;
  for (const at of chain(dir)) {
    const subsystem = await linkName(at, 'subsystem');
    if (skipping !== undefined && subsystem === skipping) continue;
    skipping = undefined;
    const name = basename(at);
    if (subsystem === 'usb') {
      const port = name.slice(name.indexOf('-') + 1);
      if (!/^\d+-/.test(name)) continue;
      parts.unshift(`usb-0:${port}`);
    } else if (subsystem === 'pci' || subsystem === 'platform' || subsystem === 'amba' || subsystem === 'acpi') {
      parts.unshift(`${subsystem}-${name}`);
    } else continue;
    isSupported = true;
    skipping = subsystem;
  }
  return isSupported ? parts.join('-') : undefined;
}

/** `-port0` for the ports of a USB serial adapter, nothing for CDC. `dir`: the device of the port. */
export async function portSuffix(dir: string): Promise<string> {
  if ((await linkName(dir, 'subsystem')) !== 'usb-serial') return '';
  return `-port${(await textAt(join(dir, 'port_number'))) ?? '0'}`;
}

/** `usb-FTDI_FT232R_USB_UART_A50285BI-if00`. */
export function usbById({ vendor, product, maker, name, serial, interface: number = 0 }: UsbPlace): string {
  const parts = [
    udevText(maker ?? hex4(vendor)),
    udevText(name ?? hex4(product)),
    ...(serial ? [udevText(serial)] : []),
  ];
  return `usb-${parts.join('_')}-if${number.toString(16).padStart(2, '0')}`;
}

/** As udev writes text of a device into a name: white space to `_`, and so whatever else a name may not have. */
const udevText = (text: string) =>
  text
    .trim()
    .replace(/\s+/g, '_')
    .replace(/[^0-9A-Za-z#+\-.:=@_\u0080-\u{10ffff}]/gu, '_');
