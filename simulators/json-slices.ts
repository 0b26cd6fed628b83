/**
 * The bytes of each element of a JSON array, so that a resend can be compared byte by byte whatever batch it comes in.
 * For text that JSON.parse has accepted as an array; whitespace around elements is not part of them.
 */
const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const opening = new Set([0x5b, 0x7b]);
const closing = new Set([0x5d, 0x7d]);
const space = new Set([0x20, 0x09, 0x0a, 0x0d]);

export function elementsOf(text: Uint8Array): Uint8Array[] {
  const elements: Uint8Array[] = [];
  let depth = 0;
  let start = -1;
  let end = -1;
  const finish = () => {
    if (start >= 0) elements.push(text.subarray(start, end + 1));
    start = -1;
  };
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at]!;
    if (space.has(byte)) continue;
    if (depth === 1 && (byte === comma || closing.has(byte))) {
      finish();
      if (byte !== comma) depth = 0;
      continue;
    }
    if (depth >= 1 && start < 0) start = at;
    if (byte === quote) at = endOfString(text, at);
    else if (opening.has(byte)) depth += 1;
    else if (closing.has(byte)) depth -= 1;
    end = at;
  }
  return elements;
}

/** Index of the closing quote of the string that opens at `from`. */
function endOfString(text: Uint8Array, from: number): number {
  for (let at = text.indexOf(quote, from + 1); at >= 0; at = text.indexOf(quote, at + 1)) {
    let escapes = 0;
    while (text[at - 1 - escapes] === backslash) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
  return text.length;
}
