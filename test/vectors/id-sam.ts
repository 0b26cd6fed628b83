/**
 * Golden SAM frames. Commands and status answers as they stand in public reader libraries (libid2, HslCommunication,
 * hev-dbus-idcard, the softs.im description of the protocol) with CHK recomputed; SAM id, card answers (command 30 01) and
 * answers with fingerprints (30 10) composed by GA/T 467 and GA/T 490 for people who do not exist, independently of this
 * project's encoder; photo byte i is `i & FF`, fingerprint byte i is `(255 - i) & FF`.
 */
import { readFileSync } from 'node:fs';
import type { DriverVectors } from '../support/driver-vectors.ts';

const preamble = 'AA AA AA 96 69';
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const frame = (afterPreamble: string) => hex(`${preamble} ${afterPreamble}`);
const file = (name: string) => hex(readFileSync(new URL(`./id-sam/${name}.hex`, import.meta.url), 'latin1'));

export const commands = {
  reset: frame('00 03 10 FF EC'),
  status: frame('00 03 11 FF ED'),
  samId: frame('00 03 12 FF EE'),
  find: frame('00 03 20 01 22'),
  select: frame('00 03 20 02 21'),
  read: frame('00 03 30 01 32'),
  readFingerprint: frame('00 03 30 10 23'),
};

/** The 11-byte answers, by SW3. */
export const statusAnswers: ReadonlyMap<number, Uint8Array> = new Map(
  [
    ['90', '94'],
    ['91', '95'],
    ['10', '14'],
    ['11', '15'],
    ['21', '25'],
    ['23', '27'],
    ['24', '20'],
    ['31', '35'],
    ['32', '36'],
    ['33', '37'],
    ['40', '44'],
    ['41', '45'],
    ['47', '43'],
    ['60', '64'],
    ['66', '62'],
    ['80', '84'],
    ['81', '85'],
  ].map(([sw3, check]) => [Number.parseInt(sw3!, 16), frame(`00 04 00 00 ${sw3} ${check}`)]),
);

export const answers = {
  found: frame('00 08 00 00 9F 00 00 00 00 97'),
  selected: frame('00 0C 00 00 90 00 00 00 00 00 00 00 00 9C'),
  samId: frame('00 14 00 00 90 05 00 01 00 FB 02 33 01 87 D6 12 00 B1 68 DE 3A 35'),
  residentCard: file('read3001_cn'),
  longTermCard: file('read3001_cnLongTerm'),
  cardWithEmptyFingerprint: file('read3010_cn_fp0'),
  cardWithFingerprint: file('read3010_cn_fp1024'),
};

export const samIdPrinted = '05.01-20120315-0001234567-0987654321';

/** What the two cards say, as readings. */
export const residentReading = {
  type: 'identity',
  source: 'card',
  idType: '01',
  name: '张三',
  idNumber: '410199199003070018',
  birthDate: '1990-03-07',
  validTo: '2040-01-01',
  checkDigitOk: true,
};
export const longTermReading = {
  type: 'identity',
  source: 'card',
  idType: '01',
  name: '欧阳测试',
  idNumber: '11010519491231002X',
  birthDate: '1949-12-31',
  validTo: 'long-term',
  checkDigitOk: true,
};

/** GB 11643 numbers: the standard's sample, specimens of the permits, and the unassigned county 410199. */
export const goodIdNumbers = [
  '11010519491231002X',
  '810000199408230021',
  '830000199201300022',
  '911124198108030024',
  '410199199003070018',
  '410199199003070026',
];

export const conformance: DriverVectors = [{ fromDevice: [...statusAnswers.values(), ...Object.values(answers)] }];
