/** Text of unknown encoding as Chinese devices send it: UTF-8, else GB18030 (which covers GBK and GB 2312). */
const utf8 = new TextDecoder('utf-8', { fatal: true });
const gb18030 = new TextDecoder('gb18030', { fatal: true });

/**
 * Undefined when the bytes are neither. UTF-8 is tried first: GBK text that is valid UTF-8 by accident is rare (short
 * pairs of characters only), the other way round is common.
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  return decode(utf8, bytes) ?? decode(gb18030, bytes);
}

function decode(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
