/**
 * Golden SSI packets: frames of three public hosts that drive SSI scanners, checked against the packet format on p. 160 of
 * the SE-923 integration manual; the checksums were computed apart from this project.
 */
import type { DriverVectors } from '../support/driver-vectors.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

export const fromHost = {
  start: { bytes: hex('04 E4 04 00 FF 14'), opcode: 0xe4 },
  stop: { bytes: hex('04 E5 04 00 FF 13'), opcode: 0xe5 },
  ack: { bytes: hex('04 D0 04 00 FF 28'), opcode: 0xd0 },
  nakResend: { bytes: hex('05 D1 04 00 01 FF 25'), opcode: 0xd1, data: hex('01') },
  nakBadContext: { bytes: hex('05 D1 04 00 02 FF 24'), opcode: 0xd1, data: hex('02') },
  nakDenied: { bytes: hex('05 D1 04 00 06 FF 20'), opcode: 0xd1, data: hex('06') },
  beep: { bytes: hex('05 E6 04 00 01 FF 10'), opcode: 0xe6, data: hex('01') },
  requestRevision: { bytes: hex('04 A3 04 00 FF 55'), opcode: 0xa3 },
  packetedForGood: { bytes: hex('07 C6 04 08 00 EE 01 FE 38'), opcode: 0xc6, status: 8, data: hex('00 EE 01') },
  hostTriggerForNow: { bytes: hex('07 C6 04 00 FF 8A 08 FD 9E'), opcode: 0xc6, data: hex('FF 8A 08') },
};
export const fromScanner = {
  ack: { bytes: hex('04 D0 00 00 FF 2C'), opcode: 0xd0 },
  code128: {
    bytes: hex('11 F3 00 00 03 5A 5A 32 32 31 31 32 32 30 30 30 31 FC 5A'),
    opcode: 0xf3,
    data: hex('03 5A 5A 32 32 31 31 32 32 30 30 30 31'),
  },
};
export const code128Text = 'ZZ2211220001';

export const conformance: DriverVectors = [{ fromDevice: Object.values(fromScanner).map(({ bytes }) => bytes) }];
