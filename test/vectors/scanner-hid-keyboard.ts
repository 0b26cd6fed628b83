/**
 * Golden boot reports of keyboard scanners, composed by HID 1.11 appendix B.1 and the HID Usage Tables, page 07: `A1_b` and
 * Enter stands in the public descriptor-driven readers too. Alt and keypad: Worth Data manual, page 30; 中 is D6D0 in GBK,
 * which is 54992.
 */
import type { DriverVectors } from '../support/driver-vectors.ts';

const up = '00 00 00 00 00 00 00 00';
const reports = (...texts: string[]) =>
  texts.map((text) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex')));
const stroke = (modifiers: string, key: string) => [`${modifiers} 00 ${key} 00 00 00 00 00`, up];
const key = (usage: string) => stroke('00', usage);
const shifted = (usage: string) => stroke('02', usage);
/** With left Alt held all along. */
const alt = (...usages: string[]) => [
  ...usages.flatMap((usage) => [`04 00 ${usage} 00 00 00 00 00`, '04 00 00 00 00 00 00 00']),
  up,
];
const enter = key('28');

export const codes = {
  letterDigitUnderscore: {
    reports: reports(...shifted('04'), ...key('1E'), ...shifted('2D'), ...key('05'), ...enter),
    text: 'A1_b',
  },
  /** No release between different keys. */
  rolling: {
    reports: reports(
      '00 00 04 00 00 00 00 00',
      '00 00 04 05 00 00 00 00',
      '00 00 05 06 00 00 00 00',
      '00 00 28 00 00 00 00 00',
      up,
    ),
    text: 'abc',
  },
  twiceTheSame: { reports: reports(...key('04'), ...key('04'), ...enter), text: 'aa' },
  groupSeparator: { reports: reports(...key('1E'), ...stroke('01', '30'), ...key('1F'), ...enter), text: '1\x1d2' },
  groupSeparatorByAlt: {
    reports: reports(...key('1E'), ...alt('62', '5A', '61'), ...key('1F'), ...enter),
    text: '1\x1d2',
  },
  chineseByGbk: { reports: reports(...alt('5D', '5C', '61', '61', '5A'), ...enter), text: '中' },
  latinByAlt: { reports: reports(...alt('62', '5A', '5B', '5B'), ...enter), text: 'é' },
  keypadEnter: { reports: reports(...key('5A'), ...key('58')), text: '2' },
  /** NumLock, the code, NumLock. */
  amongLocks: { reports: reports(...key('53'), ...key('17'), ...key('53'), ...enter), text: 't' },
};

/** 20013 is 中 in Unicode. */
export const chineseByUnicode = reports(...alt('5A', '62', '62', '59', '5B'), ...enter);

export const conformance: DriverVectors = [
  { reportBytes: 8, fromDevice: Object.values(codes).map((code) => Buffer.concat(code.reports)) },
];
