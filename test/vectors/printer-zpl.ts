/**
 * Golden answers of ZPL printers. Sources: ~HS layout of the ZPL II Programming Guide (45541L, pages 171-172) and
 * docs.zebra.com ~HS; serial settings 094 of the Oki manual's example; ~HQES and its error bits from five public
 * parsers (Ladder99 zebra-parsers among them); ~HI of the guide, page 169.
 */
import type { DriverVectors } from '../support/driver-vectors.ts';

const block = (text: string) => `\x02${text}\x03\r\n`;
const hostStatus = (one: string, two: string) => block(one) + block(two) + block('1234,0');
const hostErrors = (errors: string, warnings: string) =>
  `\x02\r\n\r\n${'  PRINTER STATUS'.padEnd(44)}\r\n   ERRORS:         ${errors}\r\n   WARNINGS:       ${warnings}\r\n\r\n\x03\r\n`;

export const hs = {
  idle: hostStatus('030,0,0,0240,000,0,0,0,000,0,0,0', '000,0,0,0,0,2,4,0,00000000,1,000'),
  paperOut: hostStatus('030,1,1,0240,001,0,0,0,000,0,0,0', '000,0,0,0,0,2,4,0,00000001,1,000'),
  headOpen: hostStatus('030,0,1,0240,001,0,0,0,000,0,0,0', '000,0,1,0,0,2,4,0,00000001,1,000'),
  ribbonOut: hostStatus('030,0,1,0240,001,0,0,0,000,0,0,0', '000,0,0,1,1,2,4,0,00000001,1,000'),
  printing: hostStatus('030,0,0,0240,001,0,0,0,000,0,0,0', '000,0,0,0,0,2,4,0,00000003,1,000'),
};

/** The idle answer, byte for byte as printed in the guide's terms: 82 bytes. */
export const hsIdleHex =
  '02 30 33 30 2C 30 2C 30 2C 30 32 34 30 2C 30 30 30 2C 30 2C 30 2C 30 2C 30 30 30 2C 30 2C 30 2C 30 03 0D 0A ' +
  '02 30 30 30 2C 30 2C 30 2C 30 2C 30 2C 32 2C 34 2C 30 2C 30 30 30 30 30 30 30 30 2C 31 2C 30 30 30 03 0D 0A ' +
  '02 31 32 33 34 2C 30 03 0D 0A';

export const hqes = {
  /** Head open and paused: 136 bytes, the error flag at offset 70, as old fixed-position parsers want it. */
  headOpenPaused: hostErrors('1 00000000 00010004', '0 00000000 00000000'),
  none: hostErrors('0 00000000 00000000', '0 00000000 00000000'),
};

export const hi = block('ZTC ZD420-203dpi ZPL,V84.20.18Z,8,8176KB');

/** Set-Get-Do; some firmware adds CR LF. */
export const odometer = { counts: '"12345"', unsupported: '"?"' };

export const conformance: DriverVectors = [
  {
    fromDevice: [...Object.values(hs), ...Object.values(hqes), hi, ...Object.values(odometer)].map((text) =>
      Buffer.from(text, 'latin1'),
    ),
  },
];
