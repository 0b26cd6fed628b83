/**
 * Golden output of line scanners: CR as the makers' default suffix (Newland FM430 and HR52, Honeywell, GM65 manuals), AIM
 * identifiers of ISO/IEC 15424, GS as FNC1 separator of GS1 element strings. The Chinese text in GB18030 was encoded with
 * `iconv`, not with this project's decoder. Commands and replies: Newland HR52 manual p. 234 and public drivers; GM65 module
 * manual (its check values are the manual's own); Honeywell 7000 manual p. 159 and captures.
 */
import type { DriverVectors } from '../support/driver-vectors.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

export const lines = {
  code128: { bytes: hex('5A 5A 32 32 31 31 32 32 30 30 30 31 0D'), text: 'ZZ2211220001' },
  code128WithAim: {
    bytes: hex('5D 43 30 5A 5A 32 32 31 31 32 32 30 30 30 31 0D'),
    text: 'ZZ2211220001',
    symbology: ']C0',
  },
  betweenStxAndEtx: { bytes: hex('02 54 31 32 03 0D 0A'), text: 'T12' },
  gs1: { bytes: hex('31 30 41 42 1D 31 37 32 32 31 31 30 37 0D'), text: '10AB\x1d17221107' },
  /** 郑州 */
  utf8: { bytes: hex('E9 83 91 E5 B7 9E 0D'), text: '郑州' },
  gb18030: { bytes: hex('D6 A3 D6 DD 0D'), text: '郑州' },
};

export const commands = {
  honeywellTrigger: hex('16 54 0D'),
  honeywellTriggerOff: hex('16 55 0D'),
  honeywellBeep: hex('16 07 0D'),
  newlandTrigger: hex('7E 01 30 30 30 30 23 53 43 4E 54 52 47 31 3B 03'),
  newlandTriggerOff: hex('7E 01 30 30 30 30 23 53 43 4E 54 52 47 30 3B 03'),
  newlandAutoSense: hex('7E 01 30 30 30 30 40 53 43 4E 4D 4F 44 32 3B 03'),
  gm65Trigger: hex('7E 00 08 01 00 02 01 02 DA'),
  gm65Baud9600: hex('7E 00 08 02 00 2A 39 01 A7 EA'),
  gm65Save: hex('7E 00 09 01 00 00 00 DE C8'),
  gm65Defaults: hex('7E 00 08 01 00 D9 50 81 D3'),
};
export const replies = {
  newlandAck: hex('02 01 30 30 30 30 23 53 43 4E 54 52 47 31 06 3B 03'),
  newlandNak: hex('02 01 30 30 30 30 23 53 43 4E 54 52 47 31 15 3B 03'),
  newlandEnq: hex('02 01 30 30 30 30 23 53 43 4E 54 52 47 31 05 3B 03'),
  gm65: hex('02 00 00 01 00 33 31'),
};

const codes = Object.values(lines).map(({ bytes }) => bytes);
export const conformance: DriverVectors = [
  { fromDevice: codes },
  {
    options: { profile: 'newland' },
    fromDevice: [replies.newlandAck, ...codes, replies.newlandNak, replies.newlandEnq],
  },
  { options: { profile: 'gm65' }, fromDevice: [replies.gm65, ...codes, replies.gm65] },
  { options: { profile: 'honeywell' }, fromDevice: codes },
];
