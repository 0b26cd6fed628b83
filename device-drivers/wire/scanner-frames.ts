/**
 * Codes and replies to commands on one line. A reply is taken out of the stream wherever it begins, and the lines are found
 * in what remains, as if it had never been there: a reply is never a reading, and cuts no code in two.
 */
import type { Framed, Framing } from '../framing.ts';
import type { Line } from './lines.ts';
import type { ReplyAt, ScannerReply } from './scanner-commands.ts';

export type ScannerFrame = Line | { readonly reply: ScannerReply };

/** `replyAt` looks at the first byte of what it gets, and must not say `more` for ever. */
export function scannerFrames(lines: Framing<Line>, replyAt: (bytes: Uint8Array) => ReplyAt): Framing<ScannerFrame> {
  /** Bytes that may begin a reply. */
  let held: Uint8Array = new Uint8Array(0);

  return {
    push(chunk) {
      const found: Framed<ScannerFrame>[] = [];
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      let free = 0;
      let at = 0;
      while (at < bytes.length) {
        const begun = replyAt(bytes.subarray(at));
        if (begun === 'more') break;
        if (begun === 'none') {
          at += 1;
          continue;
        }
        found.push(...lines.push(bytes.subarray(free, at)), { frame: { reply: begun.reply } });
        at += begun.length;
        free = at;
      }
      found.push(...lines.push(bytes.subarray(free, at)));
      held = Uint8Array.from(bytes.subarray(at));
      return found;
    },
    get heldBytes() {
      return held.length + lines.heldBytes;
    },
    ...(lines.idle && { idle: lines.idle }),
    flush() {
      const rest = held;
      held = new Uint8Array(0);
      return [...lines.push(rest), ...lines.flush()];
    },
  };
}
