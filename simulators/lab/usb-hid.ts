/** A whole USB device with one HID interface (Documentation/usb/gadget_hid.rst), so that usbhid and libusb meet it. */
import { writeSync } from 'node:fs';
import type { HidDevice } from '../device.ts';
import { openReadable } from './readable-fd.ts';
import type { UhidPort } from './uhid.ts';
import { makeUsbGadget } from './usb-gadget.ts';
import { writeInTurn } from './write-in-turn.ts';

export interface UsbHidSetup {
  readonly name: string;
  readonly device: HidDevice;
  /** Of the interface descriptor: 1 for a boot keyboard, else 0. */
  readonly bootProtocol: 0 | 1;
  readonly reportBytes: number;
  /** An output report from the host, led by 0. */
  readonly onReport: (report: Uint8Array) => void;
}

const unnumbered = Buffer.of(0);

/** @throws when there is no configfs, or no socket is free */
export function plugUsbHid({ name, device, bootProtocol, reportBytes, onReport }: UsbHidSetup): UhidPort {
  const { vendor, product, serial } = device;
  const gadget = makeUsbGadget({
    ...{ name, vendor, product, serial, productName: device.name, function: 'hid.0' },
    attributes: {
      ...{ protocol: String(bootProtocol), subclass: String(bootProtocol), report_length: String(reportBytes) },
      report_desc: device.reportDescriptor,
    },
  });
  gadget.plug();
  const [, minor] = gadget.attribute('dev').split(':');
  const readable = openReadable(`/dev/hidg${minor}`, 4096, (report) => onReport(Buffer.concat([unnumbered, report])));
  let isPlugged = true;
  // The controller takes one report at a time: the next one when the host has polled for it.
  const writer = writeInTurn((report) => writeSync(readable.fd, report));

  return {
    send: writer.write,
    unplug() {
      if (!isPlugged) return;
      isPlugged = false;
      writer.stop();
      gadget.unplug();
      readable.close();
      gadget.remove();
    },
  };
}
