/**
 * A slip of an ESC/POS printer in ZPL, so that one renderer draws all printers: 58 mm paper at 203 dpi, 384 dots of them
 * printed, font A (12 x 24) and Chinese (24 x 24). By Epson's ESC/POS Command Reference: ESC a, E, d; GS !, h, w, H; GS k
 * with Code 128; GS ( k with a QR code. A dashed line at the end is the cut.
 */
import { zplText } from '../../device-drivers/wire/label-text.ts';
import type { Translated } from './tspl-to-zpl.ts';

const paperDots = 464;
const printedDots = 384;
const leftDots = (paperDots - printedDots) / 2;
const lineSpacingDots = 30;
const topDots = 16;
/** The picture ends where the renderer's label does. */
const bottomDotsMax = 1_560;

interface Cell {
  readonly character: string;
  readonly widthDots: number;
  readonly heightDots: number;
  readonly bold: boolean;
}

const command =
  /\x1b([aEd])(.)|\x1d([!hwH])(.)|\x1dkI(.)\{B|\x1d\(k(.)(.)1([CEPQ])|\x1c&|\x1b@|[\x1b\x1c\x1d].?|\n|[^\x00-\x1f]/gsu;

/** `slip`: text as the simulated printer keeps it, commands in it. */
export function escposToZpl(slip: string): Translated {
  const fields: string[] = [];
  const notDrawn: string[] = [];
  let y = topDots;
  let align = 0;
  let bold = false;
  let [timesWide, timesHigh] = [1, 1];
  let barcode = { heightDots: 162, moduleDots: 3, textBelow: false };
  let qr = { moduleDots: 3, level: 'L', text: '' };
  let line: Cell[] = [];

  const leftOf = (widthDots: number) => leftDots + Math.max(0, Math.floor(((printedDots - widthDots) * align) / 2));

  function lineEnds(): void {
    let x = leftOf(widthOf(line));
    const heightDots = Math.max(lineSpacingDots, ...line.map((cell) => cell.heightDots));
    for (const { character, ...cell } of line) {
      const top = y + heightDots - cell.heightDots;
      const font = character <= '\x7f' ? 'A' : '1';
      for (const dx of character === ' ' ? [] : cell.bold ? [0, 1] : [0])
        fields.push(`^FO${x + dx},${top}^A${font}N,${cell.heightDots},${cell.widthDots}${field(character)}`);
      x += cell.widthDots;
    }
    y += heightDots;
    line = [];
  }

  function print(character: string): void {
    const widthDots = (character <= '\x7f' ? 12 : 24) * timesWide;
    if (widthOf(line) + widthDots > printedDots) lineEnds();
    line.push({ character, widthDots, heightDots: 24 * timesHigh, bold });
  }

  function printBarcode(data: string): void {
    // Mode N: subset B throughout, as the printer was told, so that the width is known.
    const text = data.replaceAll('{{', '{');
    const widthDots = barcode.moduleDots * (11 * (text.length + 2) + 13);
    const { heightDots, textBelow } = barcode;
    fields.push(
      `^FO${leftOf(widthDots)},${y}^BY${barcode.moduleDots}^BCN,${heightDots},${textBelow ? 'Y' : 'N'},N,N${field(`>:${text.replaceAll('>', '>0')}`)}`,
    );
    y += heightDots + (textBelow ? lineSpacingDots : 0);
  }

  function printQr(): void {
    const bytes = Buffer.byteLength(qr.text);
    const widthDots = qr.moduleDots * modulesOf(bytes, qr.level);
    const data = `${qr.level}M,B${String(bytes).padStart(4, '0')}${qr.text}`;
    // The height of ^BY moves a QR code down: 1.
    fields.push(`^FO${leftOf(widthDots)},${y}^BY2,3,1^BQN,2,${qr.moduleDots}${field(data)}`);
    y += widthDots;
  }

  command.lastIndex = 0;
  for (let match = command.exec(slip); match; match = command.exec(slip)) {
    const [whole, esc, escValue = '', gs, gsValue = '', codeLength, low, high, qrFunction] = match;
    const value = (escValue || gsValue).codePointAt(0) ?? 0;
    if (whole === '\n') lineEnds();
    else if (esc === 'a') align = value % 48;
    else if (esc === 'E') bold = value % 2 === 1;
    else if (esc === 'd') {
      lineEnds();
      y += lineSpacingDots * Math.max(0, value - 1);
    } else if (gs === '!') [timesWide, timesHigh] = [1 + (value >> 4), 1 + (value & 7)];
    else if (gs === 'h') barcode = { ...barcode, heightDots: value };
    else if (gs === 'w') barcode = { ...barcode, moduleDots: value };
    else if (gs === 'H') barcode = { ...barcode, textBelow: value % 48 === 2 };
    else if (codeLength !== undefined) {
      const end = command.lastIndex + codeLength.codePointAt(0)! - 2;
      printBarcode(slip.slice(command.lastIndex, end));
      command.lastIndex = end;
    } else if (qrFunction !== undefined) {
      const end = command.lastIndex + low!.codePointAt(0)! + 256 * high!.codePointAt(0)! - 2;
      const data = slip.slice(command.lastIndex, end);
      command.lastIndex = end;
      if (qrFunction === 'C') qr = { ...qr, moduleDots: data.codePointAt(0) ?? 3 };
      else if (qrFunction === 'E') qr = { ...qr, level: 'LMQH'[(data.codePointAt(0) ?? 48) - 48] ?? 'L' };
      else if (qrFunction === 'P') qr = { ...qr, text: data.slice(1) };
      else printQr();
    } else if (/^[\x1b\x1d]/.test(whole) && whole !== '\x1b@') notDrawn.push(nameOf(whole));
    else if (!/^[\x1b\x1c]/.test(whole)) print(whole);
  }
  if (line.length > 0) lineEnds();
  y = Math.min(y + lineSpacingDots, bottomDotsMax);
  for (let x = 0; x < paperDots; x += 16) fields.push(`^FO${x},${y}^GB8,2,2^FS`);
  const zpl = [`^XA^CI28^PW${paperDots}^LL${y + 8 - (y % 8)}^LH0,0`, '^CW1,E:SIMSUN.FNT', ...fields, '^XZ'];
  return { zpl: zpl.join('\n'), notDrawn };
}

const widthOf = (cells: readonly Cell[]) => cells.reduce((sum, { widthDots }) => sum + widthDots, 0);

const nameOf = (start: string) => `${start.startsWith('\x1b') ? 'ESC' : 'GS'} ${start.slice(1)}`.trim();

/** Bytes that a QR code of version 1, 2, … holds (ISO/IEC 18004, table 7). */
const qrBytes: ReadonlyMap<string, readonly number[]> = new Map([
  ['L', [17, 32, 53, 78, 106, 134, 154, 192, 230, 271]],
  ['M', [14, 26, 42, 62, 84, 106, 122, 152, 180, 213]],
  ['Q', [11, 20, 32, 46, 60, 74, 86, 108, 130, 151]],
  ['H', [7, 14, 24, 34, 44, 58, 64, 84, 98, 119]],
]);

function modulesOf(bytes: number, level: string): number {
  const version = (qrBytes.get(level) ?? []).findIndex((most) => bytes <= most);
  return 21 + 4 * (version < 0 ? 10 : version);
}

const field = (text: string) => `^FH^FD${zplText(text)}^FS`;
