/**
 * Randomness from a printed seed: sfc32 (Chris Doty-Humphrey, PractRand), seeded by SHA-256 of seed and stream name, so
 * that what one device draws never shifts what another one draws.
 */
import { createHash } from 'node:crypto';

/** A generator of 0 <= x < 1 that is the same in every run with this `seed` and `stream`. */
export function seededRandom(seed: number, stream: string): () => number {
  const digest = createHash('sha256').update(`${seed}/${stream}`).digest();
  let a = digest.readUInt32LE(0);
  let b = digest.readUInt32LE(4);
  let c = digest.readUInt32LE(8);
  let counter = 1;
  return () => {
    const t = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + t) >>> 0;
    return t / 0x1_0000_0000;
  };
}
