/**
 * Golden Modbus RTU frames, request and reply with CRC. Sources: XY-MD02 manual (sampling of 0x0001/0x0002, negative
 * temperature), R4DCB08 manual and acpiccolo/R4DCB08-Temperature-Collector `protocol.rs`, PTA9B01 manual; CRC check
 * value of the catalogue of parametrised CRC algorithms (CRC-16/MODBUS); Benshaw and Simex manuals for two frames of
 * other makers, which pin the CRC independently.
 */
import type { DriverVectors } from '../support/driver-vectors.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** CRC-16/MODBUS of the ASCII digits 1 to 9. */
export const crcCheck = { text: '123456789', crc: 0x4b37 };

export const foreignFrames = [hex('10 04 00 03 00 01 C2 8B'), hex('01 03 04 00 C1 00 00 AB CF')];

export const xyMd02 = {
  readTemperature: hex('01 04 00 01 00 01 60 0A'),
  temperature30_5: hex('01 04 02 01 31 79 74'),
  readBoth: hex('01 04 00 01 00 02 20 0B'),
  both4_2And54_6: hex('01 04 04 00 2A 02 22 5B 35'),
  bothMinus20_5And54_6: hex('01 04 04 FF 33 02 22 BA E6'),
  readUnit: hex('01 03 01 01 00 01 D4 36'),
  setUnit2: hex('01 06 01 01 00 02 58 37'),
};

export const r4dcb08 = {
  read4: hex('01 03 00 00 00 04 44 09'),
  /** 4.2, 3.9, -0.5 degrees Celsius, no sensor. */
  fourChannels: hex('01 03 08 00 2A 00 27 FF FB 80 00 0A 37'),
  findUnit: hex('FF 03 00 FE 00 01 F0 24'),
  setUnit3: hex('01 06 00 FE 00 03 A8 3B'),
  correctChannel1Minus0_3: hex('01 06 00 08 FF FD 88 79'),
  reportEvery5s: hex('01 06 00 FD 00 05 D8 39'),
  setBaud9600: hex('01 06 00 FF 00 03 F9 FB'),
};

export const pta9b01 = {
  read: hex('01 03 00 00 00 02 C4 0B'),
  /** 25.3 degrees Celsius, 109.8 ohm. */
  reply25_3: hex('01 03 04 00 FD 04 4A E8 F4'),
  /** What another maker's probe with temperature and humidity at the same place answers: 30.2 degrees, 80.0 %. */
  replyOfHygrometer: hex('01 03 04 01 2E 03 20 9A EE'),
};

/** Function code that was refused, exception code, frame. */
export const exceptions: readonly [number, number, Uint8Array][] = [
  [0x03, 1, hex('01 83 01 80 F0')],
  [0x03, 2, hex('01 83 02 C0 F1')],
  [0x04, 2, hex('01 84 02 C2 C1')],
  [0x04, 4, hex('01 84 04 42 C3')],
  [0x06, 3, hex('01 86 03 02 61')],
  [0x03, 6, hex('01 83 06 C1 32')],
];

const refused = (readFunction: number) =>
  exceptions.filter(([code]) => code === readFunction).map(([, , frame]) => frame);

export const conformance: DriverVectors = [
  { options: { profile: 'xy-md02' }, fromDevice: [xyMd02.both4_2And54_6, xyMd02.bothMinus20_5And54_6, ...refused(4)] },
  { options: { profile: 'r4dcb08', channels: 4 }, fromDevice: [r4dcb08.fourChannels, ...refused(3)] },
  { options: { profile: 'pta9b01' }, fromDevice: [pta9b01.reply25_3, pta9b01.replyOfHygrometer] },
];
