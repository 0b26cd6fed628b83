/**
 * Packets of Zebra's Simple Serial Interface (SSI Programmer's Guide 72E-40451; SE-923 and SE-955 integration manuals):
 *
 *     Len | Opcode | Source | Status | Data | Checksum (2)
 *
 * Len counts all but the checksum, which makes the 16-bit sum of the packet zero. A byte 00 wakes the scanner and is no
 * part of a packet.
 */
import type { Framing } from '../framing.ts';
import { twosComplement16 } from './checksums.ts';
import { resyncing, type Start } from './resync.ts';

export const ssiSource = { scanner: 0x00, host: 0x04 } as const;
export const ssiStatus = { retransmit: 0x01, more: 0x02, permanent: 0x08 } as const;
export const ssiOpcode = {
  requestRevision: 0xa3,
  replyRevision: 0xa4,
  paramSend: 0xc6,
  ack: 0xd0,
  nak: 0xd1,
  startSession: 0xe4,
  stopSession: 0xe5,
  beep: 0xe6,
  decodeData: 0xf3,
} as const;
export const ssiNak = { resend: 0x01, badContext: 0x02, denied: 0x06 } as const;
export const ssiWakeUp = Uint8Array.of(0x00);

export interface SsiPacket {
  readonly opcode: number;
  readonly status: number;
  readonly data: Uint8Array;
}

const headBytes = 4;
const checkBytes = 2;
export const ssiDataBytesMax = 0xff - headBytes;

/** Of this, a scanner has made a pause that no packet has. */
const stallMs = 200;

/** @throws RangeError when the data does not fit */
export function ssiPacket(
  source: number,
  opcode: number,
  data: Uint8Array = new Uint8Array(0),
  status = 0,
): Uint8Array {
  if (data.length > ssiDataBytesMax) throw new RangeError(`an SSI packet holds ${ssiDataBytesMax} bytes`);
  const bytes = new Uint8Array(headBytes + data.length + checkBytes);
  bytes.set([headBytes + data.length, opcode, source, status]);
  bytes.set(data, headBytes);
  new DataView(bytes.buffer).setUint16(headBytes + data.length, twosComplement16(bytes));
  return bytes;
}

/** Packets that come from `source`. */
export function ssiFraming(source: number): Framing<SsiPacket> {
  return resyncing(
    (bytes): Start<SsiPacket> => {
      const length = bytes[0]!;
      if (length === 0) return 'separator';
      if (length < headBytes) return 'length';
      if (bytes.length > 2 && bytes[2] !== source) return 'noise';
      if (bytes.length < length + checkBytes) return 'more';
      const check = (bytes[length]! << 8) | bytes[length + 1]!;
      if (twosComplement16(bytes.subarray(0, length)) !== check) return 'check';
      const data = Uint8Array.from(bytes.subarray(headBytes, length));
      return { frame: { opcode: bytes[1]!, status: bytes[3]!, data }, length: length + checkBytes };
    },
    { stallMs },
  );
}
