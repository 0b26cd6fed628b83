/** Lines of thermometers that send text, as sellers describe them; there is no standard. */
import type { DriverVectors } from '../support/driver-vectors.ts';

const ascii = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

export const lines = {
  plain: { bytes: ascii('36.5\r\n'), celsius: 36.5 },
  labelled: { bytes: ascii('T:36.52\r\n'), celsius: 36.52 },
  unit: { bytes: ascii('37.3C\n'), celsius: 37.3 },
  /** GB 2312 for ℃ */
  chineseUnit: { bytes: ascii('36.8\xa1\xe6\r\n'), celsius: 36.8 },
};

export const conformance: DriverVectors = [{ fromDevice: Object.values(lines).map(({ bytes }) => bytes) }];
