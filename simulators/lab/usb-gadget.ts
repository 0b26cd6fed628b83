/**
 * A whole USB device with one HID interface, on the kernel's dummy host controller (Documentation/usb/gadget_configfs.rst,
 * gadget_hid.rst). Unlike one from /dev/uhid it hangs on a bus, so libusb finds it and can detach the kernel's driver.
 */
import { mkdirSync, readFileSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HidDevice } from '../device.ts';
import { openReadable } from './readable-fd.ts';
import type { UhidPort } from './uhid.ts';

export interface UsbGadgetSetup {
  /** Names its folder in configfs; one gadget at a time is plugged into the one dummy controller. */
  readonly name: string;
  readonly device: HidDevice;
  /** Of the interface descriptor: 1 for a boot keyboard, else 0. */
  readonly bootProtocol: 0 | 1;
  readonly reportBytes: number;
  /** An output report from the host, led by 0. */
  readonly onReport: (report: Uint8Array) => void;
}

const gadgets = '/sys/kernel/config/usb_gadget';
const controller = 'dummy_udc.0';
const english = 'strings/0x409';
const retryMs = 1;

/** @throws when there is no configfs, or the controller is taken */
export function plugUsbGadget({ name, device, bootProtocol, reportBytes, onReport }: UsbGadgetSetup): UhidPort {
  const dir = join(gadgets, name);
  const put = (folder: string, values: Readonly<Record<string, string | Uint8Array>>) => {
    mkdirSync(join(dir, folder), { recursive: true });
    for (const [file, value] of Object.entries(values)) writeFileSync(join(dir, folder, file), value);
  };
  put('', { idVendor: hex(device.vendor), idProduct: hex(device.product), bcdDevice: '0x0100', bcdUSB: '0x0200' });
  put(english, { manufacturer: 'hutgate', product: device.name, serialnumber: device.serial });
  put('configs/c.1', { MaxPower: '100' });
  put('functions/hid.0', {
    ...{ protocol: String(bootProtocol), subclass: String(bootProtocol), report_length: String(reportBytes) },
    report_desc: device.reportDescriptor,
  });
  symlinkSync(join(dir, 'functions/hid.0'), join(dir, 'configs/c.1/hid.0'));
  writeFileSync(join(dir, 'UDC'), controller);

  const [, minor] = readFileSync(join(dir, 'functions/hid.0/dev'), 'utf8').trim().split(':');
  const unnumbered = Buffer.of(0);
  const readable = openReadable(`/dev/hidg${minor}`, 4096, (report) => onReport(Buffer.concat([unnumbered, report])));
  let isPlugged = true;
  let sent = Promise.resolve();

  /** The controller takes one report at a time: the next one when the host has polled for it. */
  const write = async (report: Uint8Array) => {
    while (isPlugged) {
      try {
        writeSync(readable.fd, report);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        await sleep(retryMs);
      }
    }
  };

  return {
    send(report) {
      sent = sent.then(() => write(report));
    },
    unplug() {
      if (!isPlugged) return;
      isPlugged = false;
      writeFileSync(join(dir, 'UDC'), '\n');
      readable.close();
      unlinkSync(join(dir, 'configs/c.1/hid.0'));
      for (const folder of ['configs/c.1', 'functions/hid.0', english, '']) rmdirSync(join(dir, folder));
    },
  };
}

const hex = (id: number) => `0x${id.toString(16).padStart(4, '0')}`;
