/**
 * A HID device made by a plain program: /dev/uhid (linux/uhid.h, Documentation/hid/uhid.rst). The kernel's own drivers
 * (hid-generic, hidraw, hid-input, hid-cp2112) take it for a device on a wire.
 */
import { writeSync } from 'node:fs';
import type { HidDevice } from '../device.ts';
import { openReadable } from './readable-fd.ts';

export interface UhidSetup {
  readonly device: HidDevice;
  /** Where it is plugged in, `HID_PHYS` in sysfs. */
  readonly phys: string;
  /** An output or feature report from the host, led by its id, 0 for none. */
  readonly onReport: (report: Uint8Array) => void;
  /** Answer to the host's wish for a report, led by its id; without one the host gets an I/O error. */
  readonly report?: (id: number) => Uint8Array | undefined;
}

export interface UhidPort {
  /**
   * One input report. It has to have the length that the descriptor says: the kernel drops shorter ones, since 6.1.19x.
   * hidraw keeps 64 for a reader that is busy and drops more.
   */
  send(report: Uint8Array): void;
  /** Pulls the plug: the kernel takes the device away. Idempotent. */
  unplug(): void;
}

/** enum uhid_event_type */
const event = {
  output: 6,
  getReport: 9,
  getReportReply: 10,
  create2: 11,
  input2: 12,
  setReport: 13,
  setReportReply: 14,
};
const dataBytesMax = 4096;
/** struct uhid_create2_req, the largest of the union. */
const createBytes = 128 + 64 + 64 + 2 + 2 + 4 * 4 + dataBytesMax;
const eventBytes = 4 + createBytes;
const busUsb = 3;
const version = 0x0100;
/** The errno a host gets for a report that is refused. */
const eio = 5;

/** @throws when there is no /dev/uhid */
export function plugUhid({ device, phys, onReport, report }: UhidSetup): UhidPort {
  const readable = openReadable('/dev/uhid', eventBytes, handle);
  let isPlugged = true;
  tell(createEvent(device, phys));

  function tell(bytes: Buffer): void {
    writeSync(readable.fd, bytes);
  }

  function handle(bytes: Buffer): void {
    const type = bytes.readUInt32LE(0);
    if (type === event.output) {
      onReport(bytes.subarray(4, 4 + bytes.readUInt16LE(4 + dataBytesMax)));
    } else if (type === event.setReport) {
      onReport(bytes.subarray(12, 12 + bytes.readUInt16LE(10)));
      tell(reply(event.setReportReply, bytes, 0));
    } else if (type === event.getReport) {
      const answer = report?.(bytes[8]!);
      tell(reply(event.getReportReply, bytes, answer ? 0 : eio, answer ?? new Uint8Array()));
    }
  }

  return {
    send(input) {
      if (!isPlugged) throw new Error('the device is not plugged in');
      const bytes = Buffer.alloc(6 + input.length);
      bytes.writeUInt32LE(event.input2, 0);
      bytes.writeUInt16LE(input.length, 4);
      bytes.set(input, 6);
      tell(bytes);
    },
    unplug() {
      isPlugged = false;
      // The kernel destroys the device with its file.
      readable.close();
    },
  };
}

function createEvent({ name, vendor, product, serial, reportDescriptor }: HidDevice, phys: string): Buffer {
  const bytes = Buffer.alloc(eventBytes);
  bytes.writeUInt32LE(event.create2, 0);
  bytes.write(name, 4, 127);
  bytes.write(phys, 132, 63);
  bytes.write(serial, 196, 63);
  bytes.writeUInt16LE(reportDescriptor.length, 260);
  bytes.writeUInt16LE(busUsb, 262);
  bytes.writeUInt32LE(vendor, 264);
  bytes.writeUInt32LE(product, 268);
  bytes.writeUInt32LE(version, 272);
  bytes.set(reportDescriptor, 280);
  return bytes;
}

/** struct uhid_get_report_reply_req: id, err, size, data; without size and data it is a uhid_set_report_reply_req. */
function reply(type: number, request: Buffer, error: number, data?: Uint8Array): Buffer {
  const bytes = Buffer.alloc(10 + (data ? 2 + data.length : 0));
  bytes.writeUInt32LE(type, 0);
  request.copy(bytes, 4, 4, 8);
  bytes.writeUInt16LE(error, 8);
  if (data) {
    bytes.writeUInt16LE(data.length, 10);
    bytes.set(data, 12);
  }
  return bytes;
}
