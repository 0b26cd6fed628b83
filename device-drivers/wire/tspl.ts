/**
 * What a TSPL printer says, as frames: one byte (ESC !?), the eight bytes of ESC !S, or a line of text (~!T). The one
 * byte has no form at all, any byte is one; so who asks says first which kind of answer is awaited.
 */
import type { Framing } from '../framing.ts';
import { resyncing, type Start } from './resync.ts';

export type TsplFrame =
  | { readonly kind: 'byte'; readonly byte: number }
  /** The four bytes between STX and ETX: message, warning, and two of errors. */
  | { readonly kind: 'status'; readonly bytes: readonly [number, number, number, number] }
  | { readonly kind: 'text'; readonly text: string };

export interface TsplFraming extends Framing<TsplFrame> {
  /** byte: every byte is a frame. block: eight-byte answers and lines of text, and all else is noise. */
  expect(answer: 'byte' | 'block'): void;
}

export const textBytesMax = 64;

const STX = 0x02;
const LF = 0x0a;
const CR = 0x0d;
const statusTail = [0x03, CR, LF];

export const statusBlock = (bytes: readonly [number, number, number, number]): Uint8Array =>
  Uint8Array.of(STX, ...bytes, ...statusTail);

export function tsplFraming(): TsplFraming {
  let awaited: 'byte' | 'block' = 'block';
  const framing = resyncing<TsplFrame>((bytes) => {
    const first = bytes[0]!;
    if (awaited === 'byte') return { frame: { kind: 'byte', byte: first }, length: 1 };
    if (first === CR || first === LF) return 'separator';
    return first === STX ? statusOf(bytes) : textOf(bytes);
  });
  return Object.assign(framing, {
    expect(answer: 'byte' | 'block') {
      awaited = answer;
    },
  });
}

function statusOf(bytes: Uint8Array): Start<TsplFrame> {
  for (let at = 1; at < 8; at++) {
    const byte = bytes[at];
    if (byte === undefined) return 'more';
    if (at <= 4 ? byte < 0x40 || byte > 0x7f : byte !== statusTail[at - 5]) return 'check';
  }
  const [, message = 0, warning = 0, hardware = 0, media = 0] = bytes;
  return { frame: { kind: 'status', bytes: [message, warning, hardware, media] }, length: 8 };
}

function textOf(bytes: Uint8Array): Start<TsplFrame> {
  for (const [at, byte] of bytes.entries()) {
    if (byte === CR && at > 0)
      return { frame: { kind: 'text', text: Buffer.from(bytes.subarray(0, at)).toString('latin1') }, length: at + 1 };
    if (byte < 0x20 || byte > 0x7e) return 'noise';
    if (at >= textBytesMax) return 'oversize';
  }
  return 'more';
}
