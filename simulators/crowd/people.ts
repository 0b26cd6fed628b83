/**
 * Who comes, and what they bring: the n-th person of a crowd and the codes, cards and documents in their hands. Pure; the
 * formats are those of the demo's campaign. Nobody exists: numbers are of the unassigned county 410199, telephones begin
 * with 100, passports are of Utopia (ICAO Doc 9303-4: TD3, two lines of 44, sent as one).
 */
import { idCheckCharacter } from '../../device-drivers/wire/id-number.ts';
import { mrzCheckDigit } from '../../device-drivers/wire/mrz.ts';
import { crowdPerson } from '../people.ts';

/** How a person is known at both ends: `idType|idNumber`, or `99|text` of a code that only the centre can resolve. */
export type Identity = string;

/** One way to say who one is. */
export type Way =
  | { readonly how: 'scan'; readonly text: string; readonly symbology?: string }
  | { readonly how: 'card'; readonly person: string }
  | { readonly how: 'typed'; readonly idType: '01'; readonly idNumber: string };

/** What somebody has brought; `single`: the code of somebody who needs a tube of their own. */
export const belongings = [
  'phone',
  'paper',
  'card',
  'passport',
  'child',
  'wrong-code',
  'vaccinated',
  'single',
] as const;
export type Belongings = (typeof belongings)[number];

export interface Comer {
  readonly identity: Identity;
  /** Tried in this order. */
  readonly ways: readonly Way[];
}

/** Persons from 0 to here; the numbers behind are of people whose code is shown by mistake. */
export const personsMax = 3_500_000;
export const strangerOf = (n: number): number => personsMax + (n % 500_000);

const qr = (text: string): Way => ({ how: 'scan', text, symbology: ']Q1' });
const phoneNumber = (n: number) => `100${String(n).padStart(8, '0')}`;
const phoneCode = (idNumber: string, name: string, phone: string, vaccinated?: string): Way =>
  qr([`QR:${idNumber}`, name, phone, ...(vaccinated === undefined ? [] : [`v${vaccinated}`])].join('|'));

/** `yesterday`: YYYYMMDD, where the hut stands. */
export function comer(n: number, brings: Belongings, yesterday: string): Comer {
  const { idNumber, name } = crowdPerson(n);
  const known = (...ways: Way[]): Comer => ({ identity: `01|${idNumber}`, ways });
  const card: Way = { how: 'card', person: `crowd-${n}` };
  switch (brings) {
    case 'phone':
      return known(phoneCode(idNumber, name, phoneNumber(n)));
    case 'vaccinated':
      return known(phoneCode(idNumber, name, phoneNumber(n), yesterday));
    case 'card':
      return known(card);
    case 'wrong-code': {
      const typed: Way = { how: 'typed', idType: '01', idNumber };
      return known({ how: 'scan', text: `https://pay.example/${n}`, symbology: ']Q1' }, n % 2 === 0 ? card : typed);
    }
    case 'single':
      return known(qr(`Q1:${idNumber}|${name}`));
    case 'child': {
      const number = childNumber(n);
      return { identity: `01|${number}`, ways: [phoneCode(number, name, phoneNumber(n + 1))] };
    }
    case 'paper': {
      const text = `P:C${n.toString(36).toUpperCase().padStart(8, '0')}`;
      return { identity: `99|${text}`, ways: [{ how: 'scan', text }] };
    }
    case 'passport': {
      const number = `CW${String(n % 10_000_000).padStart(7, '0')}`;
      return { identity: `03|${number}`, ways: [{ how: 'scan', text: passportZone(number) }] };
    }
  }
}

/** Ten years of birthdays from 2008 on: nobody else of the crowd is so young, and nobody is born in the future. */
function childNumber(n: number): string {
  const born = new Date(Date.UTC(2008, 0, 1 + (n % 3_650))).toISOString().slice(0, 10).replaceAll('-', '');
  const digits = `410199${born}${String(Math.floor(n / 3_650) % 1_000).padStart(3, '0')}`;
  return digits + idCheckCharacter(digits);
}

function passportZone(number: string): string {
  const checked = (text: string) => text + mrzCheckDigit(text);
  const [born, ends, optional] = [checked('900307'), checked('400307'), checked('<'.repeat(14))];
  const all = mrzCheckDigit(checked(number) + born + ends + optional);
  return `${'P<UTOSHILI<<CESHI'.padEnd(44, '<')}${checked(number)}UTO${born}F${ends}${optional}${all}`;
}
