/**
 * People who do not exist, with what they bring to the hut. Pure: the n-th person is always the same. Resident-ID numbers
 * are of the unassigned county 410199 and pass their check digit (GB 11643, MOD 11-2); telephone numbers begin with 100,
 * which no mobile network has; passports are of Utopia (ICAO 9303). The formats of their codes stand in the demo's
 * configuration: `QR:number|name|phone[|vYYYYMMDD]` and `P:token`.
 */
export interface DemoPerson {
  readonly idNumber: string;
  readonly name: string;
  readonly phone: string;
}

const familyNames = [...'赵钱孙李周吴郑王冯陈'];
const givenNames = [...'甲乙丙丁戊己庚辛壬癸'];
const adultFirstYear = 1990;
const childFirstYear = 2014;
/** Ten years of days from the first one. */
const daysMax = 3_650;

/** n from 0; different in number up to 3.6 million. */
export const adult = (n: number): DemoPerson => person(n, adultFirstYear);

/** Comes with a parent's telephone. */
export const child = (n: number): DemoPerson => ({ ...person(n, childFirstYear), phone: adult(n).phone });

function person(n: number, firstYear: number): DemoPerson {
  const born = new Date(Date.UTC(firstYear, 0, 1 + (n % daysMax))).toISOString().slice(0, 10).replaceAll('-', '');
  const digits = `410199${born}${String(Math.floor(n / daysMax) % 1_000).padStart(3, '0')}`;
  return {
    idNumber: digits + checkCharacter(digits),
    name: `${familyNames[n % 10]}${givenNames[Math.floor(n / 10) % 10]}${givenNames[Math.floor(n / 100) % 10]}`,
    phone: `100${String(n % 100_000_000).padStart(8, '0')}`,
  };
}

/** `vaccinated`: YYYYMMDD */
export const phoneCode = ({ idNumber, name, phone }: DemoPerson, vaccinated?: string): string =>
  [`QR:${idNumber}`, name, phone, ...(vaccinated ? [`v${vaccinated}`] : [])].join('|');

/** Opaque to the hut: only the centre knows whose it is. */
export const paperCode = (n: number): string => `P:${(n + 1).toString(36).toUpperCase().padStart(8, '0')}`;

/** Somebody shows the wrong app. */
export const paymentCode = (n: number): string => `https://pay.example/${n}`;

/** The machine-readable zone of a passport (TD3, two lines of 44) as readers send it: in one line. */
export function passportZone(n: number): string {
  const number = `UT${String(n % 10_000_000).padStart(7, '0')}`;
  const [born, ends] = ['900307', '400307'];
  const upper = 'P<UTOSHILI<<CESHI'.padEnd(44, '<');
  const optional = '<'.repeat(14);
  const checked = `${number}${mrzDigit(number)}`;
  const dates = [`${born}${mrzDigit(born)}`, `${ends}${mrzDigit(ends)}`] as const;
  const all = mrzDigit(checked + dates[0] + dates[1] + optional + mrzDigit(optional));
  return `${upper}${checked}UTO${dates[0]}F${dates[1]}${optional}${mrzDigit(optional)}${all}`;
}

/** YYYYMMDD of the day before, where this screen stands. */
export function dayBefore(wallMs: number): string {
  const day = new Date(wallMs);
  day.setDate(day.getDate() - 1);
  const pad = (n: number) => String(n).padStart(2, '0');
  return `${day.getFullYear()}${pad(day.getMonth() + 1)}${pad(day.getDate())}`;
}

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

const checkCharacter = (digits: string): string =>
  '10X98765432'[weights.reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0) % 11]!;

/** ICAO 9303-3, 4.9: weights 7, 3, 1; A is 10 and the filler is 0. */
const mrzDigit = (text: string): string =>
  String([...text].reduce((sum, c, at) => sum + [7, 3, 1][at % 3]! * (c === '<' ? 0 : Number.parseInt(c, 36)), 0) % 10);
