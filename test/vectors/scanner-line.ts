/**
 * Golden output of line scanners: CR as the makers' default suffix (Newland FM430 and HR52, Honeywell, GM65 manuals), AIM
 * identifiers of ISO/IEC 15424, GS as FNC1 separator of GS1 element strings. The Chinese text in GB18030 was encoded with
 * `iconv`, not with this project's decoder.
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

export const conformance: DriverVectors = [{ fromDevice: Object.values(lines).map(({ bytes }) => bytes) }];
