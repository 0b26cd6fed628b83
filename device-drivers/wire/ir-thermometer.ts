/**
 * Frames of infrared thermometer modules on a UART. Sources: GY-MCU90614 (electrodragon wiki and vendor sketches), the
 * generic 66 66 board, GY-614V(3BAA) (vendor sample for STM32), GD60914 (public component that drives it). Numbers are
 * big-endian hundredths of a degree but for GD60914, which sends tenths as text.
 */
import type { Framing } from '../framing.ts';
import { sum8 } from './checksums.ts';
import { resyncing, type Start } from './resync.ts';

/** As on the wire: hundredths of a degree, or tenths for GD60914. */
export interface IrFrame {
  /** The module's own conversion to body temperature. */
  readonly body?: number;
  /** The surface it looks at. */
  readonly surface?: number;
}

/** The longest silence inside a frame. */
const stallMs = 100;

/** A frame of fixed length with a head of known bytes and an 8-bit sum over the bytes from `sumFrom` at its end. */
function summed(
  head: (bytes: Uint8Array) => boolean,
  length: number,
  sumFrom: number,
  frameOf: (view: DataView) => IrFrame,
): Framing<IrFrame> {
  return resyncing(
    (bytes): Start<IrFrame> => {
      if (!head(bytes)) return 'noise';
      if (bytes.length < length) return 'more';
      if (sum8(bytes.subarray(sumFrom, length - 1)) !== bytes[length - 1]) return 'check';
      return { frame: frameOf(new DataView(bytes.buffer, bytes.byteOffset, length)), length };
    },
    { stallMs },
  );
}

/** True while no byte that is there contradicts; undefined in `wanted` stands for any byte. */
const startsWith =
  (...wanted: (number | undefined)[]) =>
  (bytes: Uint8Array) =>
    wanted.every((byte, at) => byte === undefined || at >= bytes.length || bytes[at] === byte);

/** `5A 5A 45 04 TO TO TA TA SUM`, the sum over all before it. */
export const gyMcu90614Framing = () =>
  summed(startsWith(0x5a, 0x5a, 0x45, 0x04), 9, 0, (view) => ({ surface: view.getInt16(4) }));

/** `66 66 mode 04 TO TO TA TA SUM`, the sum over the four data bytes only; mode 01 continuous, 02 asked for. */
export const generic90614Framing = () =>
  summed(
    (bytes) =>
      startsWith(0x66, 0x66, undefined, 0x04)(bytes) && (bytes.length < 3 || bytes[2] === 0x01 || bytes[2] === 0x02),
    9,
    4,
    (view) => ({ surface: view.getInt16(4) }),
  );

/** `A4 03 07 07 E TO TO TA TA BO BO SUM`, the sum over all before it. The first three bytes are known from one source only. */
export const gy614vFraming = (header: 'known' | 'any') =>
  summed(
    header === 'known' ? startsWith(0xa4, 0x03, 0x07, 0x07) : startsWith(undefined, undefined, undefined, 0x07),
    12,
    0,
    (view) => ({ surface: view.getInt16(5), body: view.getInt16(9) }),
  );

/**
 * Seven characters that begin with a number, filled up with something: digits and then blanks, NUL, CR or LF are accepted.
 * Nothing checks them, so a driver must take them only as the answer to its question.
 */
export const gd60914Framing = () =>
  resyncing(
    (bytes): Start<IrFrame> => {
      const text = Buffer.from(bytes.subarray(0, 7)).toString('latin1');
      if (!/^ {0,4}\d{0,7}[ \0\r\n]*$/.test(text)) return 'noise';
      if (bytes.length < 7) return 'more';
      const digits = /^ *(\d{2,7})/.exec(text)?.[1];
      return digits === undefined ? 'noise' : { frame: { body: Number(digits) }, length: 7 };
    },
    { stallMs },
  );
