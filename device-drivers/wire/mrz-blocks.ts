/**
 * What readers of machine-readable zones send, cut into one block per document. A block is told by its content, because one
 * kind of reader can be set to many forms: 3M RTE (`01 len len O U 02 flag line CR line CR line CR 03 BCC`), DESKO
 * (`02 line CR line CR [line CR] 03`), EST-100PR (`02 text 03 CR LF`), plain lines, and imagers that send all lines as one.
 *
 * What began with STX ends with ETX; lines of a whole zone end with their last line end; all else ends with silence.
 */
import type { Framed, Framing } from '../framing.ts';
import { mrzShapes, parseMrz } from './mrz.ts';
import { resyncing } from './resync.ts';

const STX = 0x02;
const ETX = 0x03;
const CR = 0x0d;
const LF = 0x0a;

/** Room for what EST-100PR tells of a passport's chip. */
export const blockBytesMax = 4096;

/** Between two lines readers pause; after a document there is nothing. */
const silenceMs = 200;

export function mrzBlocks(): Framing<Uint8Array> {
  const held = Buffer.alloc(blockBytesMax);
  let heldBytes = 0;
  let hasStx = false;
  /** 3M RTE sends one byte behind ETX. */
  let checkByteFollows = false;
  let oversize = 0;

  const end = (found: Framed<Uint8Array>[], asBlock: boolean) => {
    if (oversize > 0) found.push({ discarded: heldBytes + oversize, why: 'oversize' });
    else if (asBlock) found.push({ frame: Uint8Array.from(held.subarray(0, heldBytes)) });
    else if (heldBytes > 0) found.push({ discarded: heldBytes, why: 'noise' });
    held.fill(0, 0, heldBytes);
    heldBytes = 0;
    oversize = 0;
    hasStx = false;
    checkByteFollows = false;
  };

  const take = (byte: number, found: Framed<Uint8Array>[]) => {
    if (heldBytes === held.length) {
      // Given up whole, to its end; a block of that length is no document.
      oversize += 1;
      if (byte === ETX) end(found, false);
      return;
    }
    // What ends the last line, or the block before.
    if (heldBytes === 0 && (byte === CR || byte === LF)) return;
    held[heldBytes++] = byte;
    if (checkByteFollows) {
      end(found, true);
      return;
    }
    hasStx ||= byte === STX;
    if (hasStx) {
      if (byte !== ETX) return;
      if (isRte(held)) checkByteFollows = true;
      else end(found, true);
    } else if ((byte === CR || byte === LF) && endsWithZone(held.subarray(0, heldBytes))) end(found, true);
  };

  return {
    push(chunk) {
      const found: Framed<Uint8Array>[] = [];
      for (const byte of chunk) take(byte, found);
      return found;
    },
    get heldBytes() {
      return heldBytes;
    },
    idle: { afterMs: silenceMs },
    flush() {
      const found: Framed<Uint8Array>[] = [];
      // A stray delimiter or check byte is no document that could not be read.
      if (heldBytes > 0) end(found, heldBytes > strayBytesMax);
      return found;
    },
  };
}

const strayBytesMax = 4;
const isRte = (bytes: Uint8Array) => bytes[0] === 0x01 && bytes[3] === 0x4f && bytes[4] === 0x55 && bytes[5] === STX;

/** Whether the last lines are those of one of the shapes with several lines. */
function endsWithZone(bytes: Uint8Array): boolean {
  const lines = linesIn(bytes);
  return mrzShapes.some((shape) => shape.lines > 1 && zoneAt(lines, lines.length - shape.lines, shape) !== undefined);
}

/** The text between control characters, upper-case, without blanks. The two characters `\n` in EST-100PR's text count as one. */
function linesIn(bytes: Uint8Array): string[] {
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/^[^\x02]*\x01[\s\S]{2}OU\x02[\s\S]/, '')
    .replaceAll(/\\[rn]/g, '\n')
    .toUpperCase()
    .split(/\p{Cc}+/u)
    .map((line) => line.replaceAll(' ', ''))
    .filter((line) => line !== '');
}

export type MrzLines =
  | { readonly lines: readonly string[] }
  | { readonly none: 'other-message' | 'no-zone' | 'unread' };

/**
 * The lines of the zone in a block. other-message: EST-100PR tells of the chip in the passport, which is not read here;
 * unread: the reader itself could not read a character; no-zone: there are no lines of the right number and length.
 */
export function mrzLinesIn(block: Uint8Array): MrzLines {
  const lines = linesIn(block).map((line) => /"DATA":"([^"]*)/.exec(line)?.[1] ?? line.replace(/".*$/, ''));
  if (/^(PCSIGN|EIDLINKRESULT):/.test(linesIn(block)[0] ?? '')) return { none: 'other-message' };
  const zone = zoneIn(lines) ?? lines.map(cutInLines).find((cut) => cut !== undefined);
  if (!zone) return { none: 'no-zone' };
  return zone.some((line) => line.includes('_')) ? { none: 'unread' } : { lines: zone };
}

const zoneCharacters = /^[A-Z0-9<_]+$/;
type Shape = (typeof mrzShapes)[number];

/** The zone that begins with line `at`. Before it may stand what a reader is set to send first, or noise. */
function zoneAt(lines: readonly string[], at: number, shape: Shape): readonly string[] | undefined {
  if (at < 0 || at + shape.lines > lines.length) return undefined;
  const [first = '', ...others] = lines.slice(at, at + shape.lines);
  if (shape.lines === 1 && !/^C[SD]/.test(first)) return undefined;
  const zone = [shape.lines === 1 ? first : first.slice(-shape.characters), ...others];
  const fits = zone.every((line) => line.length === shape.characters && zoneCharacters.test(line));
  return fits ? zone : undefined;
}

function zoneIn(lines: readonly string[]): readonly string[] | undefined {
  for (const shape of mrzShapes) {
    for (let at = 0; at < lines.length; at++) {
      const zone = zoneAt(lines, at, shape);
      if (zone) return zone;
    }
  }
  return undefined;
}

/**
 * Imagers and some readers send all lines as one of 88, 72 or 90 characters. With something before them, only the check
 * digits tell which of these it is.
 */
function cutInLines(line: string): readonly string[] | undefined {
  for (const { lines, characters } of mrzShapes) {
    const text = line.slice(-lines * characters);
    const zone = Array.from({ length: lines }, (_, at) => text.slice(at * characters, (at + 1) * characters));
    if (lines === 1 || line.length < lines * characters || !zone.every((part) => zoneCharacters.test(part))) continue;
    if (line.length === lines * characters || parseMrz(zone)?.wrongChecks.length === 0) return zone;
  }
  return undefined;
}

const elyctisHeadBytes = 3;
const elyctisDataBytesMax = 512;
const inquire = 0x49;

/** Elyctis IDBOX One: asks for what was read since the last time, answered by `49 lenHi lenLo data`. */
export const elyctisInquire = Uint8Array.of(inquire, 0, 0);

/** Gives the data of each answer; empty when no document was read. */
export const elyctisFraming = (): Framing<Uint8Array> =>
  resyncing(
    (bytes) => {
      if (bytes[0] !== inquire) return 'noise';
      if (bytes.length < elyctisHeadBytes) return 'more';
      const length = (bytes[1]! << 8) | bytes[2]!;
      if (length > elyctisDataBytesMax) return 'length';
      const end = elyctisHeadBytes + length;
      return bytes.length < end
        ? 'more'
        : { frame: Uint8Array.from(bytes.subarray(elyctisHeadBytes, end)), length: end };
    },
    { stallMs: silenceMs },
  );
