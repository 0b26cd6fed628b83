/**
 * Golden reports of the Miaxis wrapper: find and its answer, composed by the layout of the public MR-300 library (one
 * source) independently of this project's encoder. An answer to 30 01 takes 24 of them.
 */
import type { DriverVectors } from '../support/driver-vectors.ts';

const report = (text: string) => {
  const bytes = new Uint8Array(64);
  bytes.set(Buffer.from(text.replaceAll(' ', ''), 'hex'));
  return bytes;
};

/** As it stands on the wire; node-hid puts the id 00 before it. */
export const find = report('88 00 00 0B 00 B1 AA AA AA 96 69 00 03 20 01 22 FF 03');
export const findOk = report('AA 00 00 12 00 00 00 00 AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97 4D 04');
export const readAnswerReports = 24;

export const conformance: DriverVectors = [{ reportBytes: 64, fromDevice: [findOk] }];
