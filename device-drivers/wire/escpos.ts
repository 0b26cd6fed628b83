/**
 * What an ESC/POS printer says, as frames: the status byte of DLE EOT, which has fixed bits (0xx1xx10); the answers that
 * begin with a header and end with NUL: 37 22 (printed, GS ( H), 37 25 (buffer cleared, DLE DC4 8), 5F (text, GS I).
 */
import type { Framing } from '../framing.ts';
import { resyncing, type Start } from './resync.ts';

export type EscposFrame =
  | { readonly kind: 'status'; readonly byte: number }
  /** The four characters that the request named. */
  | { readonly kind: 'printed'; readonly id: string }
  | { readonly kind: 'cleared' }
  | { readonly kind: 'text'; readonly text: string };

export const textBytesMax = 80;

const isStatusByte = (byte: number): boolean => (byte & 0x93) === 0x12;
export const printedBlock = (id: string): Uint8Array => Buffer.from(`\x37\x22${id}\0`, 'latin1');
export const clearedBlock: Uint8Array = Uint8Array.of(0x37, 0x25, 0x00);
export const textBlock = (text: string): Uint8Array => Buffer.from(`_${text}\0`, 'latin1');

export function escposFraming(): Framing<EscposFrame> {
  return resyncing((bytes) => {
    const first = bytes[0]!;
    if (isStatusByte(first)) return { frame: { kind: 'status', byte: first }, length: 1 };
    if (first === 0x37) return responseOf(bytes);
    if (first === 0x5f) return textOf(bytes);
    return 'noise';
  });
}

function responseOf(bytes: Uint8Array): Start<EscposFrame> {
  const identifier = bytes[1];
  if (identifier === undefined) return 'more';
  const length = identifier === 0x22 ? 7 : identifier === 0x25 ? 3 : 0;
  if (length === 0) return 'noise';
  const content = bytes.subarray(2, length - 1);
  if (!content.every(isPrintable)) return 'check';
  if (bytes.length < length) return 'more';
  if (bytes[length - 1] !== 0) return 'check';
  return { frame: length === 7 ? { kind: 'printed', id: latin1(content) } : { kind: 'cleared' }, length };
}

function textOf(bytes: Uint8Array): Start<EscposFrame> {
  for (let at = 1; at < bytes.length; at++) {
    if (bytes[at] === 0) return { frame: { kind: 'text', text: latin1(bytes.subarray(1, at)) }, length: at + 1 };
    if (!isPrintable(bytes[at]!)) return 'noise';
    if (at > textBytesMax) return 'oversize';
  }
  return 'more';
}

const isPrintable = (byte: number) => byte >= 0x20 && byte <= 0x7e;
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
