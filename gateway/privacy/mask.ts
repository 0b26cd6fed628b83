/** What a screen may show of a person: enough to recognise, too little to record. Pure. */

const ellipsis = '…';

/** Surname and a star: `张*`, `IVANOV *`; of a single word its first letter. */
export function maskName(name: string): string {
  const words = name.split(/[\s,<]+/u).filter((word) => word.length > 0);
  const first = words[0] ?? '';
  if (words.length > 1 && !/^\p{Script=Han}/u.test(first)) return `${printable(first)} *`;
  return `${printable(Array.from(first).slice(0, 1).join(''))}*`;
}

/** First 4 … last 4; fewer of a short number, so that at least half stays hidden. */
export function maskNumber(number: string): string {
  const { head, tail } = ends(number);
  return `${head}${ellipsis}${tail}`;
}

/** Length and at most the last 4 characters of a text that may be anybody's code. */
export function maskText(text: string): { characters: number; tail: string } {
  const { length, tail } = ends(text);
  return { characters: length, tail: ellipsis + tail };
}

function ends(text: string): { length: number; head: string; tail: string } {
  const characters = Array.from(text);
  const shown = Math.min(4, Math.floor(characters.length / 4));
  return {
    length: characters.length,
    head: printable(characters.slice(0, shown).join('')),
    tail: printable(characters.slice(characters.length - shown).join('')),
  };
}

/** A code can hold terminal escapes and line ends. */
const printable = (text: string) => text.replace(/[\p{C}\p{Z}]/gu, '·');
