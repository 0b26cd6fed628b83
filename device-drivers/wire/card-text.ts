/**
 * The 256-byte text file of Chinese identity cards, as read by command 30 01: UTF-16LE, padded with spaces. The resident
 * card's layout is that of GA/T 490; those of the residence permit (2018) and the foreign permanent resident's cards (2017,
 * 2023) are as public reader SDKs agree on them. Which of the four it is stands at byte 248.
 *
 * Only what sampling needs is decoded. Sex, ethnicity, address, issuer and the photo behind the text are not looked at.
 * Simulators have an encoder of their own, so that a wrong offset here does not agree with itself.
 */
export type CardLayout = 'resident' | 'permit' | 'foreign-2017' | 'foreign-2023';

export interface CardText {
  readonly layout: CardLayout;
  readonly name: string;
  readonly idNumber: string;
  /** YYYY-MM-DD */
  readonly birthDate: string;
  /** YYYY-MM-DD, or 'long-term'; absent where the card has no usable date. */
  readonly validTo?: string;
  /** ISO 3166-1 alpha-3 (the card says GB/T 2659, the same letters); absent where the card has none. */
  readonly nationality?: string;
}

export const cardTextBytes = 256;
const flagAt = 248;

/** A field's place: first byte and length in bytes. */
type Place = readonly [at: number, bytes: number];
interface Places {
  readonly layout: CardLayout;
  /** The parts of the name, to be joined; the first of several that is not blank counts. */
  readonly names: readonly (readonly Place[])[];
  readonly idNumber: Place;
  readonly idPattern: RegExp;
  readonly birthDate: Place;
  readonly validTo: Place;
  readonly nationality?: Place;
}

const resident: Places = {
  layout: 'resident',
  names: [[[0, 30]]],
  idNumber: [122, 36],
  idPattern: /^\d{17}[\dX]$/,
  birthDate: [36, 16],
  validTo: [204, 16],
};
// Foreign residents' numbers are kept under the English name, which is the one in the passport; the Chinese is optional.
const layouts: ReadonlyMap<string, Places> = new Map([
  ['', resident],
  ['J', { ...resident, layout: 'permit' }],
  [
    'I',
    {
      layout: 'foreign-2017',
      names: [[[0, 120]], [[158, 30]]],
      idNumber: [122, 30],
      idPattern: /^[A-Z]{3}\d{12}$/,
      birthDate: [220, 16],
      validTo: [204, 16],
      nationality: [152, 6],
    },
  ],
  [
    'Y',
    {
      ...resident,
      layout: 'foreign-2023',
      names: [
        [
          [52, 70],
          [220, 22],
        ],
        [[0, 30]],
      ],
      idPattern: /^9\d{16}[\dX]$/,
      nationality: [242, 6],
    },
  ],
]);

/** `badByte`: where the text stops making sense; never what stands there. */
export function decodeCardText(text: Uint8Array): CardText | { readonly badByte: number } {
  if (text.length !== cardTextBytes) return { badByte: Math.min(text.length, cardTextBytes) };
  const places = layouts.get(trimmed(utf16(text, [flagAt, 2])));
  if (!places) return { badByte: flagAt };
  const field = (place: Place) => trimmed(utf16(text, place));

  const name = nameOf(text, places);
  if (typeof name !== 'string') return name;
  const idNumber = field(places.idNumber).toUpperCase();
  if (!places.idPattern.test(idNumber)) return { badByte: places.idNumber[0] };
  const birthDate = calendarDate(field(places.birthDate));
  if (!birthDate) return { badByte: places.birthDate[0] };

  const until = field(places.validTo);
  const validTo = until === '长期' ? 'long-term' : calendarDate(until);
  const country = places.nationality && field(places.nationality);
  const nationality = country && /^[A-Z]{3}$/.test(country) ? country : undefined;
  return {
    layout: places.layout,
    name,
    idNumber,
    birthDate,
    ...(validTo && { validTo }),
    ...(nationality && { nationality }),
  };
}

function nameOf(text: Uint8Array, { names }: Places): string | { readonly badByte: number } {
  for (const parts of names) {
    for (const place of parts) {
      const badByte = badUnitAt(text, place);
      if (badByte !== undefined) return { badByte };
    }
    const name = trimmed(parts.map((place) => utf16(text, place)).join(''));
    if (name !== '') return name;
  }
  return { badByte: names[0]![0]![0] };
}

/** Some readers pad with zeros instead of spaces. */
const trimmed = (text: string) => text.replaceAll('\0', ' ').trim();

function utf16(text: Uint8Array, [at, bytes]: Place): string {
  return Buffer.from(text.buffer, text.byteOffset + at, bytes).toString('utf16le');
}

/**
 * The first code unit that is no text: a control character or half a surrogate pair. Private-use characters are text:
 * rare characters in names are issued as such.
 */
function badUnitAt(text: Uint8Array, place: Place): number | undefined {
  const at = utf16(text, place)
    .replaceAll('\0', ' ')
    .search(/[\p{Cc}\p{Cs}]/u);
  return at < 0 ? undefined : place[0] + 2 * at;
}

/** YYYYMMDD as YYYY-MM-DD; undefined when there is no such day. */
function calendarDate(digits: string): string | undefined {
  const match = /^((?:18|19|20|21)\d\d)(\d\d)(\d\d)$/.exec(digits);
  if (!match) return undefined;
  const date = `${match[1]}-${match[2]}-${match[3]}`;
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date) ? date : undefined;
}
