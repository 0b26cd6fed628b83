/**
 * Machine-readable zones of travel documents: ICAO Doc 9303 parts 3 to 6 (TD1 3 x 30, TD2 2 x 36, TD3 2 x 44), and the one
 * line of 30 characters on Chinese exit-entry permits of 2014 (`CS`, `CD`; layout as public readers of these cards have it).
 *
 * A zone has years of two digits, and a driver has no calendar. The rules are fixed: a document expires in 20YY (one that
 * expired before 2000 is nobody's document any more), and its holder was born on the latest such date before that. So a
 * hundred-year-old counts as an infant; without an expiry date there is no birth date.
 */

export type MrzFormat = 'TD1' | 'TD2' | 'TD3' | 'permit-line';

export interface Mrz {
  readonly format: MrzFormat;
  /** Two characters, without filler: `P`, `PO`, `I`, `C`, `CS`. */
  readonly documentCode: string;
  /** Three letters as printed, without filler; '' on a permit line. */
  readonly issuingState: string;
  readonly documentNumber: string;
  /** `SURNAME, GIVEN NAMES`; '' on a permit line, which has none. */
  readonly name: string;
  readonly nationality: string;
  /** YYYY-MM-DD; undefined when the date is unknown (`<`) or no date of the calendar. */
  readonly birthDate?: string;
  readonly validTo?: string;
  /** Names of the check digits that do not fit; empty when all do. */
  readonly wrongChecks: readonly MrzCheck[];
}
export type MrzCheck = 'number' | 'birth' | 'expiry' | 'optional' | 'composite';

/** Weights 7, 3, 1; digits count as themselves, letters from A = 10, the filler 0. Undefined for any other character. */
export function mrzCheckDigit(text: string): string | undefined {
  let sum = 0;
  for (let at = 0; at < text.length; at++) {
    const value = text[at] === '<' ? 0 : Number.parseInt(text[at]!, 36);
    if (Number.isNaN(value)) return undefined;
    sum += value * [7, 3, 1][at % 3]!;
  }
  return String(sum % 10);
}

/** The shapes of a zone: how many lines of how many characters. */
export const mrzShapes = [
  { format: 'TD3', lines: 2, characters: 44 },
  { format: 'TD2', lines: 2, characters: 36 },
  { format: 'TD1', lines: 3, characters: 30 },
  { format: 'permit-line', lines: 1, characters: 30 },
] as const satisfies readonly { format: MrzFormat; lines: number; characters: number }[];

/** Undefined when the lines have the shape of no zone, or a character that no zone has. */
export function parseMrz(lines: readonly string[]): Mrz | undefined {
  const shape = mrzShapes.find(
    ({ lines: count, characters }) => lines.length === count && lines.every((line) => line.length === characters),
  );
  if (!shape || !lines.every((line) => /^[A-Z0-9<]+$/.test(line))) return undefined;
  const [first = '', second = '', third = ''] = lines;
  switch (shape.format) {
    case 'TD3':
      return twoLines('TD3', first, second, 42);
    case 'TD2':
      return twoLines('TD2', first, second, 35);
    case 'TD1':
      return threeLines(first, second, third);
    case 'permit-line':
      return /^C[SD]/.test(first) ? permitLine(first) : undefined;
  }
}

/** A number in its field with check digit, and where what is too long goes on. */
interface NumberField {
  readonly number: string;
  readonly check: boolean;
}

/**
 * Nine characters, the check digit, the optional data. Where a filler stands for the check digit, the number goes on in the
 * optional data, up to the next filler; its last character there is the check digit (Doc 9303 part 5, 4.2.2.1, note j). Whether
 * that filler counts is not said; the standard's example fits both ways, issuers differ, and both are accepted.
 */
function numberIn(field: string, check: string, optional: string): NumberField {
  const rest = optional.slice(0, Math.max(0, optional.indexOf('<')));
  if (check === '<' && rest.length > 1) {
    const number = field + rest.slice(0, -1);
    const digit = rest.at(-1)!;
    return { number, check: fits(number, digit) || fits(`${field}<${rest.slice(0, -1)}`, digit) };
  }
  return { number: bare(field), check: fits(field, check) };
}

function twoLines(format: 'TD2' | 'TD3', first: string, second: string, optionalEnd: number): Mrz {
  const long = format === 'TD2' ? second.slice(28, 35) : '';
  const { number, check } = numberIn(second.slice(0, 9), second[9]!, `${long}<`);
  const optional = second.slice(28, optionalEnd);
  // A passport whose optional field is empty may have a filler for its check digit.
  const optionalIsRight =
    format === 'TD2' || fits(optional, second[42]!) || (bare(optional) === '' && second[42] === '<');
  const composite = second.slice(0, 10) + second.slice(13, 20) + second.slice(21, format === 'TD2' ? 35 : 43);
  return {
    format,
    ...heading(first),
    documentNumber: number,
    name: nameIn(first.slice(5)),
    nationality: bare(second.slice(10, 13)),
    ...datesIn(second.slice(13, 19), second.slice(21, 27)),
    wrongChecks: wrong([
      ['number', check],
      ['birth', fits(second.slice(13, 19), second[19]!)],
      ['expiry', fits(second.slice(21, 27), second[27]!)],
      ['optional', optionalIsRight],
      ['composite', fits(composite, second.at(-1)!)],
    ]),
  };
}

function threeLines(first: string, second: string, third: string): Mrz {
  const { number, check } = numberIn(first.slice(5, 14), first[14]!, `${first.slice(15)}<`);
  const composite = first.slice(5) + second.slice(0, 7) + second.slice(8, 15) + second.slice(18, 29);
  return {
    format: 'TD1',
    ...heading(first),
    documentNumber: number,
    name: nameIn(third),
    nationality: bare(second.slice(15, 18)),
    ...datesIn(second.slice(0, 6), second.slice(8, 14)),
    wrongChecks: wrong([
      ['number', check],
      ['birth', fits(second.slice(0, 6), second[6]!)],
      ['expiry', fits(second.slice(8, 14), second[14]!)],
      ['composite', fits(composite, second[29]!)],
    ]),
  };
}

/** `CS` number(9) check `<` expiry(6) check `<` birth(6) check `<` check; over what the last one runs is not published. */
function permitLine(line: string): Mrz {
  return {
    format: 'permit-line',
    documentCode: line.slice(0, 2),
    issuingState: '',
    documentNumber: bare(line.slice(2, 11)),
    name: '',
    nationality: 'CHN',
    ...datesIn(line.slice(21, 27), line.slice(13, 19)),
    wrongChecks: wrong([
      ['number', fits(line.slice(2, 11), line[11]!)],
      ['expiry', fits(line.slice(13, 19), line[19]!)],
      ['birth', fits(line.slice(21, 27), line[27]!)],
    ]),
  };
}

const heading = (first: string) => ({ documentCode: bare(first.slice(0, 2)), issuingState: bare(first.slice(2, 5)) });
const bare = (field: string) => field.replace(/<+$/, '');
const fits = (field: string, check: string) => mrzCheckDigit(field) === check;
const wrong = (checks: readonly (readonly [MrzCheck, boolean])[]) => checks.flatMap(([name, ok]) => (ok ? [] : [name]));

/** `SURNAME<PART<<GIVEN<NAMES<<<` */
function nameIn(field: string): string {
  const [surname = '', ...given] = bare(field).split('<<');
  const words = (text: string) => text.replaceAll(/<+/g, ' ').trim();
  return [words(surname), words(given.join('<'))].filter((part) => part !== '').join(', ');
}

function datesIn(birth: string, expiry: string): Pick<Mrz, 'birthDate' | 'validTo'> {
  const validTo = dateOf('20', expiry);
  if (validTo === undefined) return {};
  const young = dateOf('20', birth);
  const birthDate = young !== undefined && young < validTo ? young : dateOf('19', birth);
  return { validTo, ...(birthDate !== undefined && { birthDate }) };
}

function dateOf(century: string, yymmdd: string): string | undefined {
  if (!/^\d{6}$/.test(yymmdd)) return undefined;
  const date = `${century}${yymmdd.slice(0, 2)}-${yymmdd.slice(2, 4)}-${yymmdd.slice(4)}`;
  const parsed = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date) ? date : undefined;
}
