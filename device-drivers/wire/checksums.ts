/** Check values over bytes, each pinned by published vectors in its test. */

/** XOR of all bytes: the CHK of the SAM protocol (GA/T 467). */
export function xor8(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value ^= byte;
  return value;
}
