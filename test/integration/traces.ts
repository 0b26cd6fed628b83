/** Looks for a text in bytes in every form that the parts of a hut could have given it. */
import iconv from 'iconv-lite';

interface Form {
  readonly how: string;
  readonly bytes: Buffer;
}

/** Shorter pieces of base64 also turn up by chance: sealed data is random base64. */
const base64CharactersMin = 8;

function formsOf(text: string): readonly Form[] {
  const plain = ['utf8', 'utf16le', 'utf16be', 'gb18030'].map((how) => ({ how, bytes: iconv.encode(text, how) }));
  const escaped = [...text].map((c) => (c < '\x7f' ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));
  return [
    ...plain,
    { how: 'JSON escapes', bytes: Buffer.from(escaped.join('')) },
    ...plain.flatMap(({ how, bytes }) => [
      { how: `hex of ${how}`, bytes: Buffer.from(bytes.toString('hex')) },
      ...[0, 1, 2].flatMap((before) => base64Forms(how, bytes, before)),
    ]),
  ];
}

/** What stands in base64 for `bytes` whatever comes around them, with `before` bytes ahead of them in their group of three. */
function base64Forms(how: string, bytes: Buffer, before: number): readonly Form[] {
  const whole = Math.floor(((before + bytes.length) * 8) / 6);
  return (['base64', 'base64url'] as const)
    .map((alphabet) => Buffer.concat([Buffer.alloc(before), bytes]).toString(alphabet))
    .map((text) => text.slice(Math.ceil((before * 8) / 6), whole))
    .filter((text) => text.length >= base64CharactersMin)
    .map((text) => ({ how: `base64 of ${how}`, bytes: Buffer.from(text) }));
}

/** How each place holds one of the secrets: `place: secret 3 as base64 of utf8 at byte 120`. The secret itself is not told. */
export function traces(secrets: readonly string[], places: ReadonlyMap<string, Buffer>): string[] {
  const found: string[] = [];
  for (const [index, secret] of secrets.entries()) {
    for (const { how, bytes } of formsOf(secret)) {
      for (const [place, haystack] of places) {
        const at = haystack.indexOf(bytes);
        if (at >= 0) found.push(`${place}: secret ${index} as ${how} at byte ${at}`);
      }
    }
  }
  return found;
}
