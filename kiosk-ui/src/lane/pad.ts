/** What the number pad holds, and how a key changes it. Pure. There is no other keyboard on a sampler's screen. */
import type { IdType } from './words.ts';

export type PadUse =
  | { readonly for: 'id'; readonly idType: IdType }
  | { readonly for: 'temperature' }
  | { readonly for: 'count' };

/** Eleven keys a page, so that the twelfth can turn the page. */
const pages: readonly (readonly string[])[] = ['123456789X0', 'ABCDEFGHIJK', 'LMNOPQRSTUV', 'WXYZ'].map((keys) => [
  ...keys,
]);

/** Only documents whose numbers hold letters have more than the first page. */
export const pageCount = (use: PadUse): number => (use.for === 'id' && use.idType !== '01' ? pages.length : 1);

/** Twelve places, three rows of four; undefined: no key here. */
export function keysOf(use: PadUse, page: number): readonly (string | undefined)[] {
  const keys = pages[page]!.map((key) => (key === 'X' && page === 0 && use.for !== 'id' ? undefined : key));
  const digits = page === 0;
  // 1 2 3 X / 4 5 6 0 / 7 8 9 and the page key: digits stand as on a telephone.
  const placed = digits ? [...keys.slice(0, 3), keys[9], ...keys.slice(3, 6), keys[10], ...keys.slice(6, 9)] : keys;
  return Array.from({ length: 11 }, (_, at) => placed[at]);
}

/** What the page key shows: where it leads. */
export function pageName(page: number): string {
  const keys = pages[page]!;
  return page === 0 ? '123' : `${keys[0]}–${keys.at(-1)}`;
}

function lengthMax(use: PadUse): number {
  switch (use.for) {
    case 'id':
      return use.idType === '01' ? 18 : 32;
    case 'temperature':
      return 3;
    case 'count':
      return 4;
  }
}

/** A key more than fits is not taken. A number of a resident card has X as its last character only. */
export function typed(use: PadUse, text: string, key: string): string {
  if (text.length >= lengthMax(use)) return text;
  if (key === 'X' && use.for === 'id' && use.idType === '01' && text.length !== 17) return text;
  if (use.for === 'count' && text === '0') return key;
  return text + key;
}

export const erased = (text: string): string => text.slice(0, -1);

/** The temperature that 365 stands for: nobody looks for a decimal point with gloves on. */
export const celsiusOf = (text: string): number => Number(text) / 10;

/** What may be seen of it: of an ID number the last four. */
export function echo(use: PadUse, text: string): string {
  switch (use.for) {
    case 'id':
      return '•'.repeat(Math.max(0, text.length - 4)) + text.slice(-4);
    case 'temperature':
      return text.length < 3 ? `${text}${'_'.repeat(Math.max(0, 2 - text.length))}._` : celsiusOf(text).toFixed(1);
    case 'count':
      return text;
  }
}

/** How many characters it must have, where that is fixed. */
export const wantedLength = (use: PadUse): number | undefined =>
  use.for === 'id' && use.idType === '01' ? 18 : undefined;

/** Whether it can be sent. What is right is for the gateway to say; this only holds back what cannot be. */
export function isComplete(use: PadUse, text: string): boolean {
  switch (use.for) {
    case 'id':
      return text.length === wantedLength(use) || (wantedLength(use) === undefined && text.length >= 4);
    case 'temperature':
      return text.length === 3 && celsiusOf(text) >= 30 && celsiusOf(text) <= 45;
    case 'count':
      return text !== '' && Number(text) <= 2_000;
  }
}
