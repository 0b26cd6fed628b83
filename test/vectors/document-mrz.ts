/**
 * Golden zones and what readers make of them. Zones: the specimens of ICAO Doc 9303 parts 4 to 6, and a Chinese passport of
 * nobody whose check digits were computed apart from this project. Framings: 3M RTE6701 manual p. 25 (length and check byte
 * as far as they are given), DESKO CUTE misc. reader spec 2.12, EST-100PR-NZ page, Elyctis IDBOX One v1.7.
 */
import type { DriverVectors } from '../support/driver-vectors.ts';

const ascii = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

export const zones = {
  td3Icao: ['P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<', 'L898902C36UTO7408122F1204159ZE184226B<<<<<10'],
  td2Icao: ['I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<', 'D231458907UTO7408122F1204159<<<<<<<6'],
  td1Icao: ['I<UTOD231458907<<<<<<<<<<<<<<<', '7408122F1204159UTO<<<<<<<<<<<6', 'ERIKSSON<<ANNA<MARIA<<<<<<<<<<'],
  /** A number of twelve characters, Doc 9303 part 5 and part 11. */
  td1Long: ['I<UTOD23145890<7349<<<<<<<<<<<', '3407127M9507122UTO<<<<<<<<<<<2', 'STEVENSON<<PETER<JOHN<<<<<<<<<'],
  td3Chinese: ['POCHNCESHI<<SHILI<<<<<<<<<<<<<<<<<<<<<<<<<<<', 'E000000019CHN9003071M3003068<<<<<<<<<<<<<<<2'],
} as const;

const [line1, line2] = zones.td3Chinese;
export const framings = {
  plain: ascii(`${line1}\r${line2}\r`),
  crLf: ascii(`${line1}\r\n${line2}\r\n`),
  lowerCase: ascii(`${line1}\n${line2}\n`.toLowerCase()),
  /** Ctrl+B and Ctrl+C around lines, as a wedge's prefix and suffix. */
  desko: ascii(`\x02${line1}\r${line2}\r\x03`),
  deskoDelimited: ascii(`\x1c\x02${line1}\r${line2}\r\x03`),
  rte: ascii(`\x01\x60\x00OU\x02\x00\r${line1}\r${line2}\r\x03\x11`),
  est100pr: ascii(`\x02CameraData:{"data":"${line1}\\n${line2}","type":"PassPort"}\x03\r\n`),
  est100prRawBreak: ascii(`\x02CameraData:{"data":"${line1}\n${line2}","type":"PassPort"}\x03\r\n`),
};
/** All lines as one; only silence says that there is no more. */
export const oneLine = ascii(`${line1}${line2}`);

export const elyctis = {
  inquire: Uint8Array.of(0x49, 0x00, 0x00),
  nothing: Uint8Array.of(0x49, 0x00, 0x00),
  passport: Uint8Array.from(Buffer.concat([Uint8Array.of(0x49, 0x00, 0x58), ascii(line1 + line2)])),
};

export const conformance: DriverVectors = [
  { fromDevice: Object.values(framings) },
  { options: { protocol: 'elyctis' }, fromDevice: [elyctis.passport] },
];
