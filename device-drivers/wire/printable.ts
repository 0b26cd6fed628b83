/**
 * What a printer's font can print. A real name must never make a label impossible: a character that the font lacks becomes
 * 〓 (U+3013 GETA MARK, which Chinese and Japanese printers set for a missing type, and which GB 2312 has), a letter with
 * an accent that it lacks becomes the letter, and how many there were is counted.
 *
 * GBK is code page 936; GB 2312 is the part of it that every font has. There both bytes of a character are 0xA1 and above;
 * elsewhere in GBK the second one can be `\`, `~` or a letter.
 */
import iconv from 'iconv-lite';

export type CodePage = 'gb2312' | 'gbk';

export interface Printable {
  readonly text: string;
  /** Characters that are not as they were. */
  readonly substituted: number;
}

const missingMark = '〓';

/** Two bytes; undefined where the code page has no such character. Not for ASCII, which is as it is. */
export function gbkOf(character: string, codePage: CodePage): Uint8Array | undefined {
  const bytes = iconv.encode(character, 'gbk');
  const [lead = 0, trail = 0] = bytes;
  if (bytes.length !== 2 || /\p{Co}/u.test(character)) return undefined;
  return codePage === 'gbk' || isGb2312(lead, trail) ? bytes : undefined;
}

function isGb2312(lead: number, trail: number): boolean {
  if (trail < 0xa1 || lead < 0xa1 || (lead > 0xa9 && lead < 0xb0) || lead > 0xf7) return false;
  // Put into its gaps by GBK: small Roman numerals, vertical brackets, a few letters with accents.
  return !(
    (lead === 0xa2 && trail < 0xb1) ||
    (lead === 0xa6 && trail > 0xd8) ||
    (lead === 0xa8 && trail > 0xba && trail < 0xc5)
  );
}

/** Of text that holds nothing else than ASCII and characters of GBK. */
export const gbkBytes = (text: string): Uint8Array => iconv.encode(text, 'gbk');

/** One character that is not ASCII with the marks that stand over it; or marks alone. */
const cluster = /[^\x00-\x7f]\p{M}*/gu;

/** ASCII stays as it is, always: commands are of it. `has` is asked of all else, code point by code point. */
export function printable(text: string, has: (character: string) => boolean): Printable {
  let substituted = 0;
  const replaced = text.replace(cluster, (character) => {
    if ([...character].every(has)) return character;
    const composed = character.normalize('NFC');
    if ([...composed].every(has)) return composed;
    substituted += 1;
    if (/^\p{M}/u.test(character)) return '';
    const [letter = ''] = character.normalize('NFD');
    return /^\p{L}$/u.test(letter) && (letter <= '\x7f' || has(letter)) ? letter : missingMark;
  });
  return { text: replaced, substituted };
}
