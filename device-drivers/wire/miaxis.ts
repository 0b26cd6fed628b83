/**
 * How Miaxis readers carry SAM frames in HID reports of 64 bytes that have no id (public reader library for MR-300; one
 * source):
 *
 *     to the reader    88 | SRN 00 00 | Len LE16 | B1        | SAM frame        | sum16 LE | 00 …
 *     from the reader  AA | SRN (2)   | Len LE16 | result | seq (2) | <= 54 bytes of a SAM frame | sum16 LE | 00 …
 *
 * Len counts what stands between it and the sum; the sum is that of all bytes from Len on. Everything from a reader but its
 * data is for programs that ask twice at once; the SAM protocol inside has its own lengths and check.
 */
import type { DiscardReason } from '../framing.ts';

const reportBytes = 64;
const lenAt = 3;
const requestAt = 6;
const answerAt = 8;
/** What one report of an answer can carry. */
export const samBytesMax = 54;

/** One report with one SAM command, led by 0, the id of reports without one. @throws RangeError when it does not fit */
export function requestReport(sam: Uint8Array): Uint8Array {
  return Uint8Array.of(0, ...packed(Uint8Array.of(0x88, 0, 0, 0, 0, 0xb1), sam));
}

/** One report with a part of a reader's answer. @throws RangeError when it does not fit */
export function answerReport(part: Uint8Array): Uint8Array {
  return packed(Uint8Array.of(0xaa, 0, 0, 0, 0, 0, 0, 0), part);
}

export type Unpacked = { readonly bytes: Uint8Array } | { readonly why: DiscardReason };

export const samOfAnswer = (report: Uint8Array): Unpacked => unpacked(report, 0xaa, answerAt);

/** `report`: as it comes to the reader, led by its id 0. */
export const samOfRequest = (report: Uint8Array): Unpacked => unpacked(report.subarray(1), 0x88, requestAt);

function packed(head: Uint8Array, data: Uint8Array): Uint8Array {
  const end = head.length + data.length;
  if (end + 2 > reportBytes) throw new RangeError(`${data.length} bytes do not fit into one report`);
  const report = new Uint8Array(reportBytes);
  const view = new DataView(report.buffer);
  report.set(head);
  report.set(data, head.length);
  view.setUint16(lenAt, end - lenAt - 2, true);
  view.setUint16(end, sum16(report.subarray(lenAt, end)), true);
  return report;
}

function unpacked(report: Uint8Array, mark: number, dataAt: number): Unpacked {
  if (report.length !== reportBytes) return { why: 'length' };
  if (report[0] !== mark) return { why: 'noise' };
  const view = new DataView(report.buffer, report.byteOffset, report.byteLength);
  const end = lenAt + 2 + view.getUint16(lenAt, true);
  if (end < dataAt || end + 2 > reportBytes) return { why: 'length' };
  if (sum16(report.subarray(lenAt, end)) !== view.getUint16(end, true)) return { why: 'check' };
  return { bytes: report.subarray(dataAt, end) };
}

const sum16 = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum + byte, 0) & 0xffff;
