/**
 * Frames of the SAM protocol that Chinese resident-ID readers speak (GA/T 467-2019 chapter 7, SAM_A interface):
 *
 *     AA AA AA 96 69 | LenHi LenLo | body | CHK
 *
 * Len counts body and CHK; CHK is the XOR of Len and body. The body of a request is CMD PARA data, that of a reply
 * SW1 SW2 SW3 data. A framing gives bodies, each in memory of its own, and keeps no copy: they hold personal data.
 */
import type { DiscardReason, Framed, Framing } from '../framing.ts';
import { xor8 } from './checksums.ts';

const preamble = Uint8Array.of(0xaa, 0xaa, 0xaa, 0x96, 0x69);
const headBytes = preamble.length + 2;
/** The longest frame known is 2,321 bytes: text, photo and two fingerprints. */
const lenMax = 2400;

/** Shortest Len: a request is at least CMD PARA CHK, a reply at least SW1 SW2 SW3 CHK. */
export const samLenMin = { request: 3, reply: 4 } as const;

/** The frame around a body. */
export function samFrame(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(headBytes + body.length + 1);
  frame.set(preamble);
  new DataView(frame.buffer).setUint16(preamble.length, body.length + 1);
  frame.set(body, headBytes);
  frame[frame.length - 1] = xor8(frame.subarray(preamble.length, -1));
  return frame;
}

/**
 * `stallMs`: a frame whose next byte does not come for so long is given up, byte by byte, so that a good frame inside or
 * behind it is still found.
 */
export function samFraming(options: { lenMin: number; stallMs: number }): Framing<Uint8Array> {
  const held = Buffer.alloc(headBytes + lenMax);
  let heldBytes = 0;

  /** Takes all complete frames off the front of what is held. */
  const scan = (found: Framed<Uint8Array>[]) => {
    let at = 0;
    const giveUp = (bytes: number, why: DiscardReason) => {
      if (bytes > 0) found.push({ discarded: bytes, why });
      at += bytes;
    };
    for (;;) {
      const start = preambleAt(held, at, heldBytes);
      giveUp(start - at, 'noise');
      if (heldBytes - at < headBytes) break;
      const len = held.readUInt16BE(at + preamble.length);
      if (len < options.lenMin || len > lenMax) {
        giveUp(1, 'length');
        continue;
      }
      const end = at + headBytes + len;
      if (end > heldBytes) break;
      if (xor8(held.subarray(at + preamble.length, end)) !== 0) {
        giveUp(1, 'check');
        continue;
      }
      found.push({ frame: Uint8Array.from(held.subarray(at + headBytes, end - 1)) });
      at = end;
    }
    held.copyWithin(0, at, heldBytes);
    held.fill(0, heldBytes - at, heldBytes);
    heldBytes -= at;
  };

  return {
    push(chunk) {
      const found: Framed<Uint8Array>[] = [];
      for (let from = 0; from < chunk.length; ) {
        // Never more than a frame: once the buffer is full, scan takes at least a byte off.
        const part = chunk.subarray(from, from + held.length - heldBytes);
        held.set(part, heldBytes);
        heldBytes += part.length;
        from += part.length;
        scan(found);
      }
      return found;
    },
    get heldBytes() {
      return heldBytes;
    },
    idle: { afterMs: options.stallMs },
    flush() {
      const found: Framed<Uint8Array>[] = [];
      while (heldBytes > 0) {
        found.push({ discarded: 1, why: 'incomplete' });
        held.copyWithin(0, 1, heldBytes);
        held[--heldBytes] = 0;
        scan(found);
      }
      return found;
    },
  };
}

/** Where the next preamble starts, whole or cut off by the end of what is held; `to` when there is none. */
function preambleAt(bytes: Buffer, from: number, to: number): number {
  const whole = bytes.subarray(from, to).indexOf(preamble);
  if (whole >= 0) return from + whole;
  for (let start = Math.max(from, to - preamble.length + 1); start < to; start++) {
    if (preamble.subarray(0, to - start).every((byte, at) => bytes[start + at] === byte)) return start;
  }
  return to;
}
