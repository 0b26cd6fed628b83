/**
 * Modbus RTU on the wire: CRC and framing, for both ends (Modbus over Serial Line V1.02, section 2.5.1 and appendix B).
 * Frames are found by their expected length and their CRC, not by the silence of 3.5 characters between them: a USB
 * adapter delays bytes by up to 16 ms, four times that silence at 9600 baud.
 */
import type { Framing } from '../framing.ts';
import { resyncing } from './resync.ts';

/** One frame without its CRC: unit, function code and data. */
export type RtuFrame = Uint8Array;

/** CRC-16/MODBUS; sent low byte first. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

export function withCrc(frame: RtuFrame): Uint8Array {
  const crc = crc16(frame);
  return Uint8Array.of(...frame, crc & 0xff, crc >>> 8);
}

/**
 * How long the frame is that starts with these bytes, CRC included (at most 256 bytes); `more` when that cannot be said
 * yet, `none` when no frame starts here.
 */
export type FrameLength = (head: Uint8Array) => number | 'more' | 'none';

export function rtuFraming(lengthOf: FrameLength): Framing<RtuFrame> {
  return resyncing((bytes) => {
    const length = lengthOf(bytes);
    if (length === 'none') return 'noise';
    if (length === 'more' || bytes.length < length) return 'more';
    // The CRC over a frame and its own CRC is zero.
    if (crc16(bytes.subarray(0, length)) !== 0) return 'check';
    return { frame: Uint8Array.from(bytes.subarray(0, length - 2)), length };
  });
}
