/**
 * Text as Chinese printers take it: GBK (code page 936), of which GB 2312 is the part that every font has. There both
 * bytes of a character are 0xA1 and above; elsewhere in GBK the second one can be `\`, `~` or a letter.
 */
import iconv from 'iconv-lite';

export type Repertoire = 'gb2312' | 'gbk';

/** The bytes, or which character (counted from 1) has none. ASCII stays as it is, control characters too. */
export function gbkBytes(text: string, repertoire: Repertoire): Uint8Array | { readonly unencodable: number } {
  const pieces: Uint8Array[] = [];
  for (const character of text) {
    const bytes = iconv.encode(character, 'gbk');
    if (!isOne(character, bytes, repertoire)) return { unencodable: pieces.length + 1 };
    pieces.push(bytes);
  }
  return Buffer.concat(pieces);
}

function isOne(character: string, bytes: Uint8Array, repertoire: Repertoire): boolean {
  const [lead = 0, trail = 0] = bytes;
  if (character <= '\x7f') return true;
  if (bytes.length !== 2 || /\p{Co}/u.test(character)) return false;
  return repertoire === 'gbk' || (trail >= 0xa1 && ((lead >= 0xa1 && lead <= 0xa9) || (lead >= 0xb0 && lead <= 0xf7)));
}
