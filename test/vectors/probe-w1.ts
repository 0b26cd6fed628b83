/**
 * `w1_slave` texts of real DS18B20: first lines and temperatures as printed in forum posts and tutorials, collected with
 * their CRC; the check value of CRC-8/MAXIM-DOW is of the catalogue of parametrised CRC algorithms. The second line
 * repeats the first one's bytes, as w1_therm prints it.
 */
import type { DriverVectors } from '../support/driver-vectors.ts';

const text = (bytes: string, crc: string, milliCelsius: number, yes = 'YES') =>
  Uint8Array.from(Buffer.from(`${bytes} : crc=${crc} ${yes}\n${bytes} t=${milliCelsius}\n`));

export const crcCheck = { text: '123456789', crc: 0xa1 };
/** Application note 27: a whole ROM code with its CRC. */
export const romCode = { bytes: '02 1c b8 01 00 00 00', crc: 0xa2 };

export const good: readonly (readonly [number, Uint8Array])[] = [
  [23.125, text('72 01 4b 46 7f ff 0e 10 57', '57', 23125)],
  [4.5, text('48 00 4b 46 7f ff 08 10 90', '90', 4500)],
  [4, text('40 00 4b 46 7f ff 10 10 20', '20', 4000)],
  [8, text('80 00 4b 46 7f ff 10 10 fb', 'fb', 8000)],
  [9, text('90 00 4b 46 7f ff 10 10 af', 'af', 9000)],
  [-0.5, text('f8 ff 4b 46 7f ff 08 10 f8', 'f8', -500)],
];
export const powerOn = text('50 05 4b 46 7f ff 0c 10 1c', '1c', 85000);
/** The data line at ground: the CRC of nothing is right. */
export const shorted = text('00 00 00 00 00 00 00 00 00', '00', 0);
export const noSensor = text('ff ff ff ff ff ff ff ff ff', 'c9', -62, 'NO');
/** One bit of the first byte turned over on the way; the kernel keeps the last good value below. */
export const damaged = Uint8Array.from(
  Buffer.from('62 01 4b 46 7f ff 0e 10 57 : crc=aa NO\n72 01 4b 46 7f ff 0e 10 57 t=23125\n'),
);
export const eio = Uint8Array.from(Buffer.from('error EIO\n'));

export const conformance: DriverVectors = [
  { fromDevice: [...good.map(([, bytes]) => bytes), powerOn, shorted, noSensor, damaged, eio] },
];
