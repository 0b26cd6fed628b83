/**
 * Golden answers of ESC/POS printers. Source: Epson ESC/POS Command Reference, DLE EOT n (fixed bits 0xx1xx10), GS ( H
 * function 48, DLE DC4 function 8 (also Citizen PPU-700 and CT-S300 manuals), GS I function 67.
 */
import type { DriverVectors } from '../support/driver-vectors.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** By the n of DLE EOT n. */
export const status = {
  well: hex('12'),
  offline1: hex('1A'),
  coverOpen2: hex('16'),
  paperEnd2: hex('32'),
  error2: hex('52'),
  cutter3: hex('1A'),
  unrecoverable3: hex('32'),
  hot3: hex('52'),
  paperNearEnd4: hex('1E'),
  paperEnd4: hex('7E'),
};

export const printed = hex('37 22 30 30 31 35 00');
export const cleared = hex('37 25 00');
export const model = Buffer.from('_TM-T88V\0', 'latin1');

export const conformance: DriverVectors = [{ fromDevice: [...Object.values(status), printed, cleared, model] }];
