/**
 * Golden HID POS reports. Code 128 in Honeywell's layout: capture of HenkVanAsselt/python_hon_usbhid, the data replaced by
 * a synthetic code. Report descriptor: Honeywell's, the same items in the Jieli SDK. Newland's layout: FM420 manual, page
 * 57. Output reports: Datalogic GD4500 and Jieli SDK (bits), python_hon_usbhid (FD), Newland FM430 (04 with text).
 */
import type { DriverVectors } from '../support/driver-vectors.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
/** 64 bytes: a head, zeros, a tail. */
const report = (head: string, tail = '') => {
  const bytes = new Uint8Array(64);
  bytes.set(hex(head));
  bytes.set(hex(tail), 64 - hex(tail).length);
  return bytes;
};

export const honeywellDescriptor = hex(`
  05 8C 09 02 A1 01 09 12 A1 02 85 02 15 00 26 FF 00 75 08 95 01 05 01 09 3B 81 02 95 03 05 8C 09 FB 09 FC 09 FD 81 02
  95 38 09 FE 82 02 01 06 66 FF 95 02 09 04 09 00 81 02 05 8C 25 01 75 01 95 08 09 FF 81 02 C0 09 14 A1 02 85 04 15 00
  25 01 75 01 95 08 09 00 09 5F 09 60 09 00 09 00 09 85 09 86 91 86 C0 06 66 FF 75 08 26 FF 00 09 03 A1 02 85 FE 95 01
  09 03 B2 82 01 C0 09 01 A1 02 85 FD 95 01 09 21 91 02 95 3E 09 22 92 82 01 C0 C0`);

export const codes = {
  code128: {
    report: report('02 0D 5D 43 30 5A 5A 32 32 31 31 32 32 30 30 30 31 0D', '6A 00 00'),
    reading: { text: 'ZZ2211220001', symbology: ']C0' },
  },
  qr: {
    report: report('02 0B 5D 51 31 E9 83 91 E5 B7 9E 54 31 32 33 0D', '73 00 00'),
    reading: { text: '郑州T123', symbology: ']Q1' },
  },
  aimShiftedByOne: {
    report: report('02 04 00 5D 43 30 54 31 32 0D'),
    reading: { text: 'T12', symbology: ']C0' },
  },
  newland: {
    report: report('02 0D 5A 5A 32 32 31 31 32 32 30 30 30 31 0D'),
    reading: { text: 'ZZ2211220001' },
  },
};

/** What Honeywell answers to REVINF: no scan. */
export const commandReply = report('02 08 5D 58 30 52 45 56 49 4E 46 06 2E', '36 00 00');

export const toScanner = {
  posBeep: [hex('04 40'), hex('04 00')],
  posTrigger: [hex('04 04'), hex('04 00')],
  honeywellBeep: report('FD 03 16 07 0D'),
  honeywellTrigger: report('FD 03 16 54 0D'),
  newlandTrigger: report('04 10 7E 01 30 30 30 30 23 53 43 4E 54 52 47 31 3B 03'),
  honeywellRevision: report('FD 0A 16 4D 0D 52 45 56 49 4E 46 2E'),
  switchOn: hex('FE 01'),
};

export const conformance: DriverVectors = [
  { reportBytes: 64, fromDevice: [...Object.values(codes).map((code) => code.report), commandReply] },
];
