/** How values of the lane become words; text from the wire is looked up by its own keys only, or shown as harmless text. */
import { visible } from './format.ts';
import type { Value } from './lane-catalogue.ts';

/** Values of a saying: absent ones are empty, all are safe to show. */
export function valuesShown(values: Readonly<Record<string, string | number>>): Value {
  return (name) => (Object.hasOwn(values, name) ? visible(String(values[name])) : '');
}

/** The word for the value `reason`; a reason of a newer gateway is shown as it is. */
export function reasonWord(words: Readonly<Record<string, string>>, v: Value): string {
  const reason = v('reason');
  return Object.hasOwn(words, reason) ? words[reason]! : reason;
}

/** `lane-2` by its number; any other id as it is. */
export const laneWord = (numbered: (n: string) => string) => (id: string) => {
  const number = /^lane-(\d{1,2})$/.exec(id)?.[1];
  return number === undefined ? visible(id) : numbered(number);
};

/** Hours and minutes, and the day when it is not that of `at`; both as the hut's clock has them. */
export const clockOn = (instant: string, at: string): string =>
  instant.slice(0, 10) === at.slice(0, 10) ? instant.slice(11, 16) : `${instant.slice(5, 10)} ${instant.slice(11, 16)}`;

/** Of a saying outside the sampling times; otherwise nothing. */
export const outsideWords = (v: Value, words: (opens: string | undefined) => string): string =>
  v('outside') === '1' ? words(v('opens') === '' ? undefined : clockOn(v('opens'), v('at'))) : '';

/** The end of a code, which is what can be compared with the object in hand. */
export const tail = (code: string): string => visible([...code].slice(-4).join(''));
