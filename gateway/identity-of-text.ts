/**
 * The identity in a text that a scanner read: an 18-character number (GB 11643 and the permits and cards that share its check
 * digit), or the lines of a travel document (ICAO Doc 9303) all in one.
 */
import { alpha3, idTypeOf } from '../device-drivers/drivers/document-mrz.ts';
import { idCheckOk } from '../device-drivers/wire/id-number.ts';
import { mrzShapes, parseMrz } from '../device-drivers/wire/mrz.ts';
import type { IdType, TextIdentity } from './lane/classify.ts';

/**
 * `today` is YYYY-MM-DD, by which a birth date may not be in the future; undefined while the clock cannot be trusted: a hut
 * that woke up in 1970 takes in people all the same.
 */
export const makeIdentityOf =
  (today: () => string | undefined) =>
  (text: string): TextIdentity | undefined => {
    const upper = text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase());
    return numberIn(upper, today()) ?? documentIn(upper);
  };

function numberIn(text: string, today: string | undefined): TextIdentity | undefined {
  if (!idCheckOk(text)) return undefined;
  const birthDate = `${text.slice(6, 10)}-${text.slice(10, 12)}-${text.slice(12, 14)}`;
  if (birthDate < '1900' || !isDate(birthDate) || (today !== undefined && birthDate > today)) return undefined;
  return { source: 'number', idType: numberType(text), idNumber: text, birthDate };
}

/** Not by the region, which says nothing for sure, but for the digits that other documents have of their own. */
function numberType(idNumber: string): IdType {
  if (idNumber.startsWith('9')) return '08';
  if (/^8[12]/.test(idNumber)) return '06';
  return idNumber.startsWith('83') ? '07' : '01';
}

/** A document code and, somewhere, a filler: a token of the right length that only looks like a zone has none. */
const documentBegins = /^[ACIPV][A-Z<].*</;

/** With one wrong check digit it is a misread, and would be another person for ever. */
function documentIn(text: string): TextIdentity | undefined {
  const shape = mrzShapes.find(({ lines, characters }) => text.length === lines * characters);
  if (!shape || !documentBegins.test(text)) return undefined;
  const { lines, characters } = shape;
  const mrz = parseMrz(Array.from({ length: lines }, (_, at) => text.slice(at * characters, (at + 1) * characters)));
  if (!mrz || mrz.wrongChecks.length > 0 || !/^[^<]/.test(mrz.documentNumber)) return undefined;
  const { documentNumber, name, birthDate, validTo } = mrz;
  const nationality = alpha3(mrz.nationality);
  return {
    source: 'document',
    idType: idTypeOf(mrz),
    idNumber: documentNumber,
    ...(name !== '' && { name }),
    ...(birthDate !== undefined && { birthDate }),
    ...(nationality !== undefined && { nationality }),
    ...(validTo !== undefined && { validTo }),
  };
}

function isDate(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
