/**
 * Framing for devices whose frames have a recognisable start and end. Where no frame starts, or its check fails, one
 * byte is given up and the next one tried: the good frame that stands behind a damaged one is found.
 */
import type { DiscardReason, Framed, Framing } from '../framing.ts';

/**
 * What starts at the first byte: a frame of `length` bytes; a separator that belongs to no frame and is no noise
 * either; `more` when it cannot be said yet; or why the byte is given up. It must not say `more` for ever: that is
 * what bounds the bytes held.
 */
export type Start<F> = { readonly frame: F; readonly length: number } | 'separator' | 'more' | DiscardReason;

export function resyncing<F>(startOf: (bytes: Uint8Array) => Start<F>): Framing<F> {
  let held: Uint8Array = new Uint8Array(0);
  return {
    get heldBytes() {
      return held.length;
    },
    push(chunk) {
      const found: Framed<F>[] = [];
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      let at = 0;
      while (at < bytes.length) {
        const start = startOf(bytes.subarray(at));
        if (start === 'more') break;
        if (typeof start === 'object') {
          found.push({ frame: start.frame });
          at += start.length;
        } else {
          if (start !== 'separator') discardOne(found, start);
          at += 1;
        }
      }
      // A copy: the chunk's memory belongs to the transport.
      held = Uint8Array.from(bytes.subarray(at));
      return found;
    },
    flush() {
      const discarded = held.length;
      held = new Uint8Array(0);
      return discarded === 0 ? [] : [{ discarded, why: 'incomplete' }];
    },
  };
}

/** Neighbours given up for one reason make one entry: a megabyte of noise is not a million objects. */
function discardOne<F>(found: Framed<F>[], why: DiscardReason): void {
  const last = found.at(-1);
  if (last && 'discarded' in last && last.why === why) {
    found[found.length - 1] = { discarded: last.discarded + 1, why };
  } else {
    found.push({ discarded: 1, why });
  }
}
