/**
 * Golden answers of TSPL printers. Sources: ESC !? by the TSPL/TSPL2 Programming Manual and the Gprinter GP-2120T manual
 * (which has a second cover in bit 6); ESC !S by the TSC TTP-244 Plus manual, page 85; ~!T by the TSPL manual.
 */
import type { DriverVectors } from '../support/driver-vectors.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

export const short = {
  ready: hex('00'),
  headOpen: hex('01'),
  paperOut: hex('04'),
  paperOutHeadOpen: hex('05'),
  ribbonOut: hex('08'),
  ribbonAndPaperOut: hex('0C'),
  allThree: hex('0D'),
  paused: hex('10'),
  printing: hex('20'),
  paperRanOutWhilePrinting: hex('24'),
  gprinterCover: hex('41'),
  other: hex('80'),
};

export const long = {
  ready: hex('02 40 40 40 40 03 0D 0A'),
  printing: hex('02 50 40 40 40 03 0D 0A'),
  paperEmpty: hex('02 45 40 40 41 03 0D 0A'),
  headOpen: hex('02 45 40 40 60 03 0D 0A'),
  paused: hex('02 60 40 40 40 03 0D 0A'),
};

export const model = Buffer.from('TE210\r', 'latin1');

/** GBK of 张三 男, as the golden 50 x 30 mm job has it. */
export const zhangSanHex = 'd5c5c8fd20c4d0';

export const conformance: DriverVectors = [
  { fromDevice: [...Object.values(long), model] },
  { options: { status: 'short' }, fromDevice: Object.values(short) },
];
