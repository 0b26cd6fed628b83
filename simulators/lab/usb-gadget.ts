/**
 * Whole USB devices, made by plain programs on the kernel's dummy host controller (Documentation/usb/gadget_configfs.rst).
 * Unlike one from /dev/uhid such a device hangs on a bus: libusb finds it, and the kernel's own USB drivers take it.
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface UsbGadgetSetup {
  /** Names its folder in configfs. */
  readonly name: string;
  readonly vendor: number;
  readonly product: number;
  readonly productName: string;
  /** '' where the real one has none. */
  readonly serial: string;
  /** Such as `hid.0`; what follows the dot names the instance. */
  readonly function: string;
  readonly attributes?: Readonly<Record<string, string | Uint8Array>>;
}

export interface UsbGadget {
  /** Of a file of its function. */
  attribute(name: string): string;
  /** Pushes the plug in. @throws when all sockets are taken */
  plug(): void;
  unplug(): void;
  /** For good; unplugged before. */
  remove(): void;
}

const gadgets = '/sys/kernel/config/usb_gadget';
const controllers = '/sys/class/udc';
const english = 'strings/0x409';

/** Not plugged in yet. @throws when there is no configfs */
export function makeUsbGadget(setup: UsbGadgetSetup): UsbGadget {
  const dir = join(gadgets, setup.name);
  const folder = join('functions', setup.function);
  const link = join(dir, 'configs/c.1', setup.function);
  const put = (folder: string, values: Readonly<Record<string, string | Uint8Array>>) => {
    mkdirSync(join(dir, folder), { recursive: true });
    for (const [file, value] of Object.entries(values)) writeFileSync(join(dir, folder, file), value);
  };
  put('', { idVendor: hex(setup.vendor), idProduct: hex(setup.product), bcdDevice: '0x0100', bcdUSB: '0x0200' });
  const serial: Record<string, string> = setup.serial === '' ? {} : { serialnumber: setup.serial };
  put(english, { manufacturer: 'hutgate', product: setup.productName, ...serial });
  put('configs/c.1', { MaxPower: '100' });
  put(folder, setup.attributes ?? {});
  symlinkSync(join(dir, folder), link);
  return {
    attribute: (name) => readFileSync(join(dir, folder, name), 'utf8').trim(),
    plug: () => writeFileSync(join(dir, 'UDC'), freeController()),
    unplug: () => writeFileSync(join(dir, 'UDC'), '\n'),
    remove() {
      unlinkSync(link);
      for (const made of ['configs/c.1', folder, english, '']) rmdirSync(join(dir, made));
    },
  };
}

function freeController(): string {
  const taken = new Set(readdirSync(gadgets).map((name) => readFileSync(join(gadgets, name, 'UDC'), 'utf8').trim()));
  const free = readdirSync(controllers).find((name) => !taken.has(name));
  if (free === undefined) throw new Error(`all ${taken.size} sockets for whole USB devices are taken`);
  return free;
}

const hex = (id: number) => `0x${id.toString(16).padStart(4, '0')}`;
