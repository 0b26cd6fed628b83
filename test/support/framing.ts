/** Ways to feed a framing, and what came out of it. */
import type { Framed, Framing } from '../../device-drivers/framing.ts';

/** Cuts bytes at the given places (any numbers; they are taken modulo the length). */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...cuts, bytes.length].map((end, at) => bytes.subarray(at === 0 ? 0 : cuts[at - 1]!, end));
}

export interface Fed<F> {
  readonly frames: F[];
  readonly discarded: number;
  readonly heldBytesMax: number;
}

/** Pushes all chunks, then flushes. */
export function feed<F>(framing: Framing<F>, chunks: readonly Uint8Array[]): Fed<F> {
  const found: Framed<F>[] = [];
  let heldBytesMax = 0;
  for (const chunk of chunks) {
    found.push(...framing.push(chunk));
    heldBytesMax = Math.max(heldBytesMax, framing.heldBytes);
  }
  found.push(...framing.flush());
  return {
    frames: found.flatMap((item) => ('frame' in item ? [item.frame] : [])),
    discarded: found.reduce((sum, item) => sum + ('discarded' in item ? item.discarded : 0), 0),
    heldBytesMax,
  };
}
