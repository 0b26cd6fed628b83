/**
 * A TSPL label in ZPL, so that one renderer draws both: the subset that labels of the hut use (TEXT, BARCODE 128, QRCODE,
 * BAR, BOX, BITMAP). Upright, whatever DIRECTION says. Letters are drawn in a scalable font of the same height, not dot
 * by dot as TSC's.
 */
import { zplText } from '../../device-drivers/wire/label-text.ts';

export interface Translated {
  readonly zpl: string;
  /** Commands that are on the label and not in the picture. */
  readonly notDrawn: readonly string[];
}

const fontDots: ReadonlyMap<string, number> = new Map([
  ...([
    ['1', 12],
    ['2', 20],
    ['3', 24],
    ['4', 32],
    ['5', 48],
  ] as const),
  ...([
    ['TSS16.BF2', 16],
    ['TSS24.BF2', 24],
    ['TST16.BF2', 16],
    ['TST24.BF2', 24],
  ] as const),
]);
const rotations: ReadonlyMap<string, string> = new Map([
  ['0', 'N'],
  ['90', 'R'],
  ['180', 'I'],
  ['270', 'B'],
]);
const setUp = new Set(['SIZE', 'GAP', 'BLINE', 'DIRECTION', 'CLS', 'SPEED', 'DENSITY', 'OFFSET', 'REFERENCE', 'SHIFT']);
const dotsPerMm = 8;

/** `label`: lines as the simulated printer keeps them; the payload of a BITMAP in hexadecimal. */
export function tsplToZpl(label: string): Translated {
  const notDrawn: string[] = [];
  let [widthMm, heightMm] = [50, 30];
  const fields: string[] = [];
  for (const line of label.split(/\r?\n/)) {
    const [, word = '', rest = ''] = /^([A-Z0-9]+) ?(.*)$/.exec(line) ?? [];
    const size = /^(\d+(?:\.\d+)?) mm,(\d+(?:\.\d+)?) mm$/.exec(rest);
    if (word === 'SIZE' && size) [widthMm, heightMm] = [Number(size[1]), Number(size[2])];
    const field = setUp.has(word) ? '' : fieldOf(word, argumentsOf(rest));
    if (field === undefined) notDrawn.push(word);
    else if (field !== '') fields.push(field);
  }
  const zpl = [
    `^XA^CI28^PW${Math.round(widthMm * dotsPerMm)}^LL${Math.round(heightMm * dotsPerMm)}^LH0,0`,
    '^CW1,E:SIMSUN.FNT',
    ...fields,
    '^XZ',
  ].join('\n');
  return { zpl, notDrawn };
}

/** Numbers and words as they are; of a string what stands in it. */
function argumentsOf(rest: string): string[] {
  return [...rest.matchAll(/"((?:\\\["\]|[^"])*)"|[^,]+/g)].map(([whole, string]) =>
    string === undefined ? whole.trim() : string.replaceAll('\\["]', '"'),
  );
}

function fieldOf(word: string, args: readonly string[]): string | undefined {
  const [x = '0', y = '0', a = '', b = '', c = '', d = '', e = '', f = ''] = args;
  const text = args.at(-1) ?? '';
  switch (word) {
    case 'TEXT': {
      const height = (fontDots.get(a) ?? 20) * (Number(d) || 1);
      const font = /[^\x00-\x7f]/.test(text) ? '1' : '0';
      return `^FO${x},${y}^A${font}${rotations.get(b) ?? 'N'},${height},${height}${field(text)}`;
    }
    case 'BARCODE':
      if (!a.startsWith('128')) return undefined;
      return `^FO${x},${y}^BY${e}^BC${rotations.get(d) ?? 'N'},${b},${c === '0' ? 'N' : 'Y'},N,N,A${field(text)}`;
    case 'QRCODE':
      // The height of ^BY moves a QR code down: 1.
      return `^FO${x},${y}^BY2,3,1^BQN,2,${b}${field(`${a}A,${text}`)}`;
    case 'BAR':
      return `^FO${x},${y}^GB${a},${b},${Math.min(Number(a), Number(b))}^FS`;
    case 'BOX':
      return `^FO${x},${y}^GB${Number(a) - Number(x)},${Number(b) - Number(y)},${c}^FS`;
    case 'BITMAP':
      return f !== '' ? undefined : bitmap({ x, y, bytesPerRow: Number(a), hex: d });
    default:
      return undefined;
  }
}

/** In TSPL a dot is black where the bit is 0, in ZPL where it is 1. */
function bitmap({ x, y, bytesPerRow, hex }: { x: string; y: string; bytesPerRow: number; hex: string }): string {
  const inverted = Buffer.from(Buffer.from(hex, 'hex').map((byte) => byte ^ 0xff));
  return `^FO${x},${y}^GFA,${inverted.length},${inverted.length},${bytesPerRow},${inverted.toString('hex').toUpperCase()}^FS`;
}

const field = (text: string) => `^FH^FD${zplText(text)}^FS`;
