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

/**
 * `stallMs`: a frame whose next byte does not come for so long is given up, byte by byte, so that a good frame inside or
 * behind it is still found. Without it silence ends nothing, and a flush drops what is held.
 */
export function resyncing<F>(
  startOf: (bytes: Uint8Array) => Start<F>,
  { stallMs }: { readonly stallMs?: number } = {},
): Framing<F> {
  let held: Uint8Array = new Uint8Array(0);

  const scan = (bytes: Uint8Array, found: Framed<F>[]) => {
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
  };

  return {
    get heldBytes() {
      return held.length;
    },
    push(chunk) {
      const found: Framed<F>[] = [];
      scan(held.length === 0 ? chunk : Buffer.concat([held, chunk]), found);
      return found;
    },
    ...(stallMs !== undefined && { idle: { afterMs: stallMs } }),
    flush() {
      const found: Framed<F>[] = [];
      if (stallMs === undefined && held.length > 0) {
        found.push({ discarded: held.length, why: 'incomplete' });
        held = new Uint8Array(0);
      }
      while (held.length > 0) {
        discardOne(found, 'incomplete');
        scan(held.subarray(1), found);
      }
      return found;
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
