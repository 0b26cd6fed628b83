/**
 * The text of a 1-wire thermometer's `w1_slave` file (kernel documentation, w1_therm), and the scratchpad in it (DS18B20
 * and DS18S20 data sheets, "Memory"). Two lines: the nine bytes just read and whether their CRC was right, then the nine
 * bytes of the last right reading and the temperature made of them, in thousandths of a degree.
 *
 * Asked for with `read` and a line end. Where the file cannot be read there is one line instead, `error` and the errno.
 */
import type { Framing } from '../framing.ts';
import { resyncing } from './resync.ts';

export type W1Answer =
  | {
      readonly scratchpad: Uint8Array;
      /** What the kernel says of the CRC. */
      readonly crcOk: boolean;
      /** Scratchpad of the last reading whose CRC was right. */
      readonly lastGood: Uint8Array;
      readonly milliCelsius: number;
    }
  | { readonly errno: string };

export const w1Request = Buffer.from('read\n');

const answerBytesMax = 96;
const slaveText = /^((?:[\da-f]{2} ){9}): crc=[\da-f]{2} (YES|NO)\n((?:[\da-f]{2} ){9})t=(-?\d{1,7})\n/;
const errorText = /^error ([A-Z][A-Z0-9]{0,15})\n/;
/** Everything that can stand in an answer; a byte outside ends the wait for the rest. */
const begun = /^(?:[\da-f][\da-f :=crtYESNO\n-]*|e(?:r(?:r(?:o(?:r(?: [A-Z0-9]{0,16})?)?)?)?)?)$/;

export const w1Answers = (): Framing<W1Answer> =>
  resyncing<W1Answer>((bytes) => {
    const text = Buffer.from(bytes.subarray(0, answerBytesMax)).toString('latin1');
    const error = errorText.exec(text);
    if (error) return { frame: { errno: error[1]! }, length: error[0].length };
    const slave = slaveText.exec(text);
    if (slave) {
      const [whole, scratchpad, crc, lastGood, milliCelsius] = slave;
      return {
        frame: {
          scratchpad: Buffer.from(scratchpad!.replaceAll(' ', ''), 'hex'),
          crcOk: crc === 'YES',
          lastGood: Buffer.from(lastGood!.replaceAll(' ', ''), 'hex'),
          milliCelsius: Number(milliCelsius),
        },
        length: whole.length,
      };
    }
    const linesBegun = text.split('\n').length;
    return text.length < answerBytesMax && linesBegun < 3 && begun.test(text) ? 'more' : 'noise';
  });

/** CRC-8 of 1-wire (Maxim application note 27): polynomial x^8 + x^5 + x^4 + 1, reflected 8C, initial value 0. */
export function crc8Dallas(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x8c : crc >>> 1;
  }
  return crc;
}
