/** What a framing found in the bytes so far: a frame, or bytes it had to give up and why. */
export type Framed<F> = { readonly frame: F } | { readonly discarded: number; readonly why: DiscardReason };

/** noise: bytes outside any frame; check: a frame whose check value is wrong; length: an impossible length; oversize: longer than the limit; incomplete: it stopped in mid-frame. */
export type DiscardReason = 'noise' | 'check' | 'length' | 'oversize' | 'incomplete';

/**
 * Finds frames in a byte stream. Pure but for the bytes it holds: no time, no I/O. On a bad check it gives up one byte,
 * never a frame, and tries again from the next one; it never holds more than its largest frame.
 */
export interface Framing<F> {
  /** Takes a chunk of any size; gives all that became complete, in the order of the wire. */
  push(chunk: Uint8Array): Framed<F>[];
  /** Bytes held back because their frame is not complete yet. */
  readonly heldBytes: number;
  /** For frames that end with silence: when nothing arrived for `afterMs` while bytes are held, the session calls `flush`. */
  readonly idle?: { readonly afterMs: number };
  /** Gives up what is held: as a frame where silence ends a frame, as `incomplete` where it does not. */
  flush(): Framed<F>[];
}
