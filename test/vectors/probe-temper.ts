/**
 * Golden TEMPer reports: captures from the issues of ccwienk/temper (#8, #24, #31, #43, #45, #47), urwen/temper (#21, #34)
 * and edorfaus/TEMPered (#32, #39, #51); values of 4.20 and -5.25 degrees computed by hand in both scales.
 */
import type { DriverVectors } from '../support/driver-vectors.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const ascii = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const halves = (name: Uint8Array) => [name.slice(0, 8), name.slice(8)];

/** Led by 0, as node-hid wants reports without an id (edorfaus/TEMPered#32). */
export const questions = { firmware: hex('00 01 86 FF 01 00 00 00 00'), values: hex('00 01 80 33 01 00 00 00 00') };

const value = (celsius: number | null, raw: number | undefined, more: object = {}) => ({
  ...{ type: 'temperature', celsius, quality: celsius === null ? 'invalid' : 'ok' },
  ...(raw !== undefined && { raw }),
  ...more,
});

export const captures = {
  hum38: {
    firmware: halves(hex('54454D50657248554D5F56332E382020')),
    name: 'TEMPerHUM_V3.8',
    answer: [hex('80 20 09 01 11 93 00 00')],
    readings: [value(23.05, 0x0901, { humidity: 44.99 })],
  },
  two37: {
    firmware: halves(hex('54454D506572325F56332E3720202020')),
    name: 'TEMPer2_V3.7',
    answer: [hex('80 80 08 5F 4E 20 00 00'), hex('80 01 07 8B 4E 20 00 00')],
    readings: [value(21.43, 0x085f, { channel: 1 }), value(19.31, 0x078b, { channel: 2 })],
  },
  hum41PaddedWithZeros: {
    firmware: halves(ascii('TEMPerHUM_V4.1\0\0')),
    name: 'TEMPerHUM_V4.1',
    answer: [hex('80 20 09 39 10 36 00 00')],
    readings: [value(23.61, 0x0939, { humidity: 41.5 })],
  },
  oneF11: {
    firmware: halves(ascii('TEMPer1F1.1Per1F')),
    name: 'TEMPer1F1.1Per1F',
    answer: [hex('80 02 13 50 65 72 31 46')],
    readings: [value(19.3125, 0x1350)],
  },
  f12: {
    firmware: halves(ascii('TEMPerF1.2erF1.2')),
    name: 'TEMPerF1.2erF1.2',
    answer: [hex('80 02 1A 20 65 72 46 31')],
    readings: [value(26.125, 0x1a20)],
  },
  allOnesIsAbsent: {
    firmware: halves(ascii('TEMPer2_M12_V1.3')),
    name: 'TEMPer2_M12_V1.3',
    answer: [hex('80 04 FF FF 04 33 00 00')],
    readings: [value(null, undefined, { channel: 1 }), value(4.1992, 0x0433, { channel: 2 })],
  },
  outerAbsent: {
    firmware: halves(ascii('TEMPer2_V4.1    ')),
    name: 'TEMPer2_V4.1',
    answer: [hex('80 80 01 A4 4E 20 00 00'), hex('80 01 4E 20 4E 20 00 00')],
    readings: [value(4.2, 0x01a4, { channel: 1 }), value(null, undefined, { channel: 2 })],
  },
  secondReportLost: {
    firmware: halves(ascii('TEMPer2_V3.9    ')),
    name: 'TEMPer2_V3.9',
    answer: [hex('80 80 01 A4 4E 20 00 00')],
    readings: [value(4.2, 0x01a4, { channel: 1 }), value(null, undefined, { channel: 2 })],
  },
  belowZeroPer100: {
    firmware: halves(ascii('TEMPerGold_V3.1 ')),
    name: 'TEMPerGold_V3.1',
    answer: [hex('80 20 FD F3 4E 20 00 00')],
    readings: [value(-5.25, 0xfdf3)],
  },
  belowZeroPer256: {
    firmware: halves(ascii('TEMPer2_M12_V1.3')),
    name: 'TEMPer2_M12_V1.3',
    answer: [hex('80 04 04 33 FA C0 00 00')],
    readings: [value(4.1992, 0x0433, { channel: 1 }), value(-5.25, 0xfac0, { channel: 2 })],
  },
};

/** edorfaus/TEMPered#32: captured without its sensor, so that nobody knows what its bytes mean. */
export const unknownFirmware = { reports: halves(ascii('TEMPer1F_V1.3r1F')) };

export const conformance: DriverVectors = [
  {
    reportBytes: 8,
    fromDevice: Object.values(captures).map(({ firmware, answer }) => Buffer.concat([...firmware, ...answer])),
  },
];
