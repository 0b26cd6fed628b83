/**
 * Tells a noisy line (wrong baud rate, bad grounding) from a line with an occasional bad byte, by the share of bytes that
 * belong to no frame.
 */

/** Long enough that one spoiled code or answer does not raise it. A spoiled card (1.3 KB) does, until the next few answers. */
const raiseAfterBytes = 256;
const raiseAboveShare = 0.5;
/** Short, so that a repaired cable shows within a few scans. */
const clearAfterBytes = 64;
const clearBelowShare = 0.1;

export interface NoiseMeter {
  /** Adds a chunk of `bytes` in which `discarded` bytes were given up; true while the line is noisy. */
  add(bytes: number, discarded: number): boolean;
}

export function noiseMeter(): NoiseMeter {
  let noisy = false;
  let seen = 0;
  let lost = 0;
  return {
    add(bytes, discarded) {
      seen += bytes;
      lost += discarded;
      if (seen >= (noisy ? clearAfterBytes : raiseAfterBytes)) {
        const share = lost / seen;
        noisy = noisy ? share >= clearBelowShare : share > raiseAboveShare;
        seen = 0;
        lost = 0;
      }
      return noisy;
    },
  };
}
