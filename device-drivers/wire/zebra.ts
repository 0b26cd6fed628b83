/**
 * What a ZPL printer says, as frames: blocks between STX and ETX (~HS, ~HQES, ~HI; ZPL II Programming Guide) and the
 * quoted value of a Set-Get-Do variable. Both ends share it. CR and LF between frames are separators and optional:
 * captures from the field lack the last one. Everything else outside a frame is noise.
 */
import type { Framing } from '../framing.ts';
import { resyncing, type Start } from './resync.ts';

/** block: the text between STX and ETX; value: the text between the quotes, digits or `?`. */
export interface ZebraFrame {
  readonly kind: 'block' | 'value';
  readonly text: string;
}

/** Longest known block is ~HQES with about 140 bytes. */
export const blockBytesMax = 512;
/** Odometers have up to ten digits. */
export const valueBytesMax = 16;

const STX = 0x02;
const ETX = 0x03;
const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;

export function block(text: string): Uint8Array {
  return Buffer.from(`\x02${text}\x03\r\n`, 'latin1');
}

function blockOf(bytes: Uint8Array): Start<ZebraFrame> {
  for (let at = 1; at < bytes.length; at++) {
    if (bytes[at] === ETX) return { frame: { kind: 'block', text: latin1(bytes.subarray(1, at)) }, length: at + 1 };
    if (bytes[at] === STX) return 'incomplete';
    if (at > blockBytesMax) return 'oversize';
  }
  return 'more';
}

/** Only what an odometer can say, so that a stray quote holds nothing up. */
function odometerOf(bytes: Uint8Array): Start<ZebraFrame> {
  for (let at = 1; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE && at > 1)
      return { frame: { kind: 'value', text: latin1(bytes.subarray(1, at)) }, length: at + 1 };
    const digit = byte >= 0x30 && byte <= 0x39;
    if (!digit && byte !== 0x3f) return 'noise';
    if (at > valueBytesMax) return 'oversize';
  }
  return 'more';
}

export function zebraFraming(): Framing<ZebraFrame> {
  return resyncing((bytes) => {
    const first = bytes[0];
    if (first === CR || first === LF) return 'separator';
    if (first === STX) return blockOf(bytes);
    if (first === QUOTE) return odometerOf(bytes);
    return 'noise';
  });
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
