/**
 * Frames of a device that ends each with a line end, or, lacking one, with silence. The frame says which of the two it
 * was: only the driver can know whether a line without its end is a whole one.
 */
import type { Framed, Framing } from '../framing.ts';

export interface Line {
  readonly bytes: Uint8Array;
  readonly endedBy: 'suffix' | 'silence';
}

/** any: CR or LF, and so CR LF too (the empty line between is no line). CRLF: only both together; one alone is content. */
export type LineEnd = 'any' | 'CR' | 'LF' | 'CRLF';

const CR = 0x0d;
const LF = 0x0a;

/**
 * A line longer than `lineBytesMax` is given up as a whole, to its end: its pieces would pass for lines.
 * With `idleEndMs` 0 silence ends nothing, and a flush gives up what is held.
 */
export function lines(options: { lineEnd: LineEnd; lineBytesMax: number; idleEndMs: number }): Framing<Line> {
  const { lineEnd, lineBytesMax, idleEndMs } = options;
  const held = new Uint8Array(lineBytesMax + 1);
  let heldBytes = 0;
  /** Set while the rest of an oversize line goes by; one byte of it stays held, so that silence ends it too. */
  let oversize = false;

  const endsAt = (chunk: Uint8Array, at: number): boolean => {
    const byte = chunk[at];
    if (byte !== CR && byte !== LF) return false;
    if (lineEnd === 'any') return true;
    if (lineEnd === 'CR') return byte === CR;
    if (lineEnd === 'LF') return byte === LF;
    return byte === LF && (at > 0 ? chunk[at - 1] : held[heldBytes - 1]) === CR;
  };

  const hold = (chunk: Uint8Array, found: Framed<Line>[]) => {
    if (!oversize && heldBytes + chunk.length <= held.length) {
      held.set(chunk, heldBytes);
      heldBytes += chunk.length;
      return;
    }
    oversize = true;
    found.push({ discarded: heldBytes + chunk.length - 1, why: 'oversize' });
    held[0] = chunk[chunk.length - 1]!;
    heldBytes = 1;
  };
  const end = (endedBy: Line['endedBy'], found: Framed<Line>[]) => {
    // Of CR LF the LF stopped the search; the CR stands before it and is not content either.
    if (lineEnd === 'CRLF' && endedBy === 'suffix') heldBytes--;
    if (oversize || heldBytes > lineBytesMax) {
      if (heldBytes > 0) found.push({ discarded: heldBytes, why: 'oversize' });
    } else if (heldBytes > 0) {
      found.push({ frame: { bytes: held.slice(0, heldBytes), endedBy } });
    }
    held.fill(0, 0, heldBytes);
    heldBytes = 0;
    oversize = false;
  };

  return {
    push(chunk) {
      const found: Framed<Line>[] = [];
      let start = 0;
      for (let at = 0; at < chunk.length; at++) {
        if (!endsAt(chunk, at)) continue;
        if (at > start) hold(chunk.subarray(start, at), found);
        end('suffix', found);
        start = at + 1;
      }
      if (start < chunk.length) hold(chunk.subarray(start), found);
      return found;
    },
    get heldBytes() {
      return heldBytes;
    },
    ...(idleEndMs > 0 && { idle: { afterMs: idleEndMs } }),
    flush() {
      const found: Framed<Line>[] = [];
      if (idleEndMs > 0 || heldBytes === 0) {
        end('silence', found);
        return found;
      }
      const discarded = heldBytes;
      held.fill(0, 0, heldBytes);
      heldBytes = 0;
      oversize = false;
      return [{ discarded, why: 'incomplete' }];
    },
  };
}
