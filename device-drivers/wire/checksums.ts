/** Check values over bytes, each pinned by published vectors in its test. */

/** XOR of all bytes: the CHK of the SAM protocol (GA/T 467). */
export function xor8(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value ^= byte;
  return value;
}

/** Low 8 bits of the sum of all bytes, as GY modules send it. */
export function sum8(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value += byte;
  return value & 0xff;
}

/** CRC-16/XMODEM (polynomial 1021, initial value 0): the check value of GM65 scanner modules. */
export function crc16Xmodem(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) {
    value ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) value = (value & 0x8000) === 0 ? value << 1 : (value << 1) ^ 0x1021;
    value &= 0xffff;
  }
  return value;
}

/** What makes the 16-bit sum of all bytes zero: the checksum of SSI packets. */
export function twosComplement16(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value += byte;
  return -value & 0xffff;
}
