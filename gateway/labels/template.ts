/**
 * A label as a text in the printer's own language, with `{{key}}` where a value goes; `{{key:code128}}` where it goes as
 * the data of a Code 128 barcode; `{{! … }}` is a comment. A template is taken apart when it is loaded, and a value only
 * ever becomes text of the language: whatever stands in it, it begins no command. Pure.
 *
 * ZPL and TSPL are what the printer gets. In a template of ESC/POS text is text, and commands stand in brackets, as Epson's
 * reference writes them: `[ESC a 1]`, `[GS ! 17]`. A number is that byte, another single character is that character.
 */
import { nearest } from '../../config/nearest.ts';
import type { Problem } from '../../config/problem.ts';
import {
  escposCode128,
  isBarcodeText,
  tsplText,
  withoutControls,
  zplText,
} from '../../device-drivers/wire/label-text.ts';

export const labelLanguages = ['zpl', 'tspl', 'escpos'] as const;
export type LabelLanguage = (typeof labelLanguages)[number];

/** `barcode`: the value goes there as Code 128. */
interface Place {
  readonly key: string;
  readonly barcode: boolean;
}

export interface Template {
  readonly language: LabelLanguage;
  readonly parts: readonly (string | Place)[];
}

interface Language {
  readonly text: (value: string) => string;
  readonly code128: (value: string) => string;
  /** Whether a value may stand behind this; the part of the template before it, values left out. */
  readonly takesText: (before: string) => boolean;
  readonly takesBarcode: (before: string) => boolean;
  readonly where: string;
  readonly command?: RegExp;
}

const languages: Readonly<Record<LabelLanguage, Language>> = {
  zpl: {
    text: zplText,
    code128: zplText,
    takesText: (before) => /\^FH\^FD[^^~]*$/.test(before),
    takesBarcode: (before) => /\^BC[^^~]*,A\^FH\^FD$/.test(before),
    where: 'in ^FH^FD…^FS, a barcode right behind ^BC…,A^FH^FD',
  },
  tspl: {
    text: tsplText,
    code128: tsplText,
    takesText: (before) => isInString(before),
    takesBarcode: (before) => isInString(before) && /\nBARCODE [^\n]*"$/.test(`\n${before}`),
    where: 'between quotes, a barcode right behind the quote of BARCODE',
  },
  escpos: {
    text: withoutControls,
    code128: escposCode128,
    takesText: (before) => !/\[(ESC|GS)\b[^\]\n]*$/.test(before),
    takesBarcode: (before) => !/\[(ESC|GS)\b[^\]\n]*$/.test(before),
    where: 'anywhere but in brackets',
    command: /\[(ESC|GS)\b([^\]\n]*)\]?/g,
  },
};

const isInString = (before: string) =>
  before
    .slice(before.lastIndexOf('\n') + 1)
    .replaceAll('\\["]', '')
    .split('"').length %
    2 ===
  0;

export interface Parsed {
  readonly template: Template;
  readonly problems: readonly Problem[];
}

/** A comment with its line, or a place. */
const placePattern = /\{\{!.*?\}\}\n?|\{\{ *([^{}\n:]*?) *(?::([^{}\n]*))?\}\}/gs;

/** `file` stands in the problems; `keys` are those that a value will have. */
export function parseTemplate(text: string, file: string, language: LabelLanguage, keys: readonly string[]): Parsed {
  const source = text.replaceAll('\r\n', '\n');
  const { takesText, takesBarcode, where, command } = languages[language];
  const problems: Problem[] = [];
  const parts: (string | Place)[] = [];
  const say = (at: number, key: string, wrong: string, allowed: string) => {
    const lines = source.slice(0, at).split('\n');
    problems.push({ file, line: lines.length, column: lines.at(-1)!.length + 1, key, wrong, allowed });
  };
  const known = keys.join(', ');
  let before = '';
  let at = 0;

  /** What stands between two places. */
  function literal(piece: string, from: number): void {
    for (const { index } of piece.matchAll(/\{\{|\}\}/g))
      say(from + index, '', 'a brace without its other', '{{key}}, {{key:code128}}, {{! comment }}');
    if (piece === '') return;
    before += piece;
    parts.push(
      command ? commandsIn(piece, command, (index, wrong) => say(from + index, '', wrong, bracketForm)) : piece,
    );
  }

  for (const match of source.matchAll(placePattern)) {
    literal(source.slice(at, match.index), at);
    at = match.index + match[0].length;
    const [whole, key, as] = match;
    if (whole.startsWith('{{!')) continue;
    const meant = nearest(key!, keys);
    const barcode = as !== undefined;
    if (!keys.includes(key!)) say(match.index, key!, `unknown key${meant ? `, did you mean ${meant}?` : ''}`, known);
    else if (barcode && as !== 'code128') say(match.index, key!, 'unknown form', 'code128');
    else if (!(barcode ? takesBarcode : takesText)(before)) say(match.index, key!, 'a value cannot stand here', where);
    else parts.push({ key: key!, barcode });
  }
  literal(source.slice(at), at);
  return { template: { language, parts }, problems };
}

const bracketForm = '[ESC … ] or [GS … ] with numbers from 0 to 255 and single characters';

function commandsIn(piece: string, command: RegExp, say: (index: number, wrong: string) => void): string {
  return piece.replace(command, (whole, lead: string, rest: string, index: number) => {
    const bytes = rest
      .split(' ')
      .filter((word) => word !== '')
      .map(byteOf);
    if (!whole.endsWith(']') || bytes.length === 0 || bytes.includes(undefined)) say(index, 'this is no command');
    return String.fromCharCode(lead === 'ESC' ? 0x1b : 0x1d, ...bytes.map((byte) => byte ?? 0));
  });
}

function byteOf(word: string): number | undefined {
  const number = /^(?:\d{1,3}|0x[0-9a-f]{1,2})$/i.test(word) ? Number(word) : undefined;
  if (number !== undefined) return number <= 255 ? number : undefined;
  return word.length === 1 ? word.charCodeAt(0) : undefined;
}

/** The label; or the key whose value no barcode can carry. Keys that are not in `values` are left out. */
export function fill(
  { language, parts }: Template,
  values: ReadonlyMap<string, string>,
): { readonly label: string } | { readonly unfit: string } {
  const { text, code128 } = languages[language];
  const unfit = parts.find(
    (part) => typeof part !== 'string' && part.barcode && !isBarcodeText(values.get(part.key) ?? ''),
  ) as Place | undefined;
  if (unfit) return { unfit: unfit.key };
  const filled = parts.map((part) => {
    if (typeof part === 'string') return part;
    const value = values.get(part.key) ?? '';
    return part.barcode ? code128(value) : text(value);
  });
  return { label: filled.join('') };
}
