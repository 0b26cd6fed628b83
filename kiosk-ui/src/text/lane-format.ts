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

/** The end of a code, which is what can be compared with the object in hand. */
export const tail = (code: string): string => visible([...code].slice(-4).join(''));
