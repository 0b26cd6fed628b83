import fc from 'fast-check';
import { parse as independent } from 'mrz';
import { describe, expect, test } from 'vitest';
import { type Mrz, mrzCheckDigit, parseMrz } from '../../../device-drivers/wire/mrz.ts';
import { documents } from '../../../simulators/devices/document-mrz.ts';
import { zones } from '../../vectors/document-mrz.ts';

const read = (lines: readonly string[]): Mrz => parseMrz(lines)!;
const replaced = (lines: readonly string[], line: number, at: number, character: string) =>
  lines.map((text, index) => (index === line ? text.slice(0, at) + character + text.slice(at + 1) : text));

describe('a machine-readable zone', () => {
  test('of the standard and of a Chinese passport', () => {
    expect(read(zones.td3Icao)).toEqual({
      format: 'TD3',
      documentCode: 'P',
      issuingState: 'UTO',
      documentNumber: 'L898902C3',
      name: 'ERIKSSON, ANNA MARIA',
      nationality: 'UTO',
      birthDate: '1974-08-12',
      validTo: '2012-04-15',
      wrongChecks: [],
    });
    expect(read(zones.td1Icao)).toMatchObject({ format: 'TD1', documentNumber: 'D23145890', wrongChecks: [] });
    expect(read(zones.td2Icao)).toMatchObject({ format: 'TD2', name: 'ERIKSSON, ANNA MARIA', wrongChecks: [] });
    expect(read(zones.td1Long)).toMatchObject({ documentNumber: 'D23145890734', wrongChecks: [] });
    expect(read(zones.td3Chinese)).toMatchObject({
      ...{ documentCode: 'PO', documentNumber: 'E00000001', name: 'CESHI, SHILI', nationality: 'CHN' },
      ...{ birthDate: '1990-03-07', validTo: '2030-03-06', wrongChecks: [] },
    });
  });

  test('of a permit to Hong Kong and Macau is one line without a name', () => {
    expect(read(documents.get('permit-to-hong-kong')!)).toEqual({
      format: 'permit-line',
      documentCode: 'CS',
      issuingState: '',
      documentNumber: 'C00000001',
      name: '',
      nationality: 'CHN',
      birthDate: '1990-03-07',
      validTo: '2030-03-06',
      wrongChecks: [],
    });
    expect(parseMrz(['X'.repeat(30)])).toBeUndefined();
  });

  test('a number of eleven characters goes on behind the filler, with the filler in its check digit or without', () => {
    const lines = documents.get('permit-hong-kong-1999')!;
    expect(read(lines)).toMatchObject({ documentNumber: 'H0000000100', wrongChecks: [] });
    const other = mrzCheckDigit('D23145890<12')!;
    expect(other).not.toBe(mrzCheckDigit('D2314589012'));
    const withFiller = read([`I<UTOD23145890<12${other}<<<<<<<<<<<<`, zones.td1Icao[1], zones.td1Icao[2]]);
    expect(withFiller.documentNumber).toBe('D2314589012');
    expect(withFiller.wrongChecks).not.toContain('number');
  });

  test.each([
    ['a misread number', 1, 0, 'M', ['number', 'composite']],
    ['a misread check digit', 1, 9, '5', ['number', 'composite']],
    ['a misread birth date', 1, 13, '8', ['birth', 'composite']],
    ['a misread expiry date', 1, 21, '2', ['expiry', 'composite']],
    ['misread optional data', 1, 28, 'X', ['optional', 'composite']],
    ['a misread composite check digit', 1, 43, '1', ['composite']],
  ])('tells %s', (_, line, at, character, wrongChecks) => {
    expect(read(replaced(zones.td3Icao, line, at, character)).wrongChecks).toEqual(wrongChecks);
  });

  test('an empty optional field may have a filler for its check digit, a filled one may not', () => {
    expect(read(zones.td3Chinese).wrongChecks).toEqual([]);
    expect(read(replaced(zones.td3Icao, 1, 42, '<')).wrongChecks).toContain('optional');
  });

  test.each([
    ['one part only', 'ARKFREITH<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<', 'ARKFREITH'],
    ['several surnames', 'VAN<DER<MUELLEN<<MARIANNE<LOUISE<<<<<<<', 'VAN DER MUELLEN, MARIANNE LOUISE'],
    ['cut off at the end', 'NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K', 'NILAVADHANANANDA, CHAYAPA DEJTHAMRONG K'],
    ['nothing but filler', '<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<', ''],
    ['given names only', '<<CESHI<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<', 'CESHI'],
  ])('a name with %s', (_, field, name) => {
    expect(read([`P<UTO${field}`, zones.td3Icao[1]]).name).toBe(name);
  });

  test.each([
    ['an adult', '740812', '300101', '1974-08-12'],
    ['a child born this century', '190501', '270601', '2019-05-01'],
    ['somebody born on the very day of expiry, a hundred years before', '270601', '270601', '1927-06-01'],
    ['the leap day', '000229', '300101', '2000-02-29'],
    ['a leap day that only one century had', '000229', '000101', undefined],
    ['an unknown day', '7408<<', '300101', undefined],
    ['no day of the calendar', '740231', '300101', undefined],
  ])('the birth date of %s', (_, birth, expiry, expected) => {
    const line = `${zones.td3Icao[1].slice(0, 13)}${birth}${mrzCheckDigit(birth)}F${expiry}${zones.td3Icao[1].slice(27)}`;
    expect(read([zones.td3Icao[0], line]).birthDate).toBe(expected);
  });

  test('without an expiry date there is no century, and so no birth date', () => {
    const line = `${zones.td3Icao[1].slice(0, 21)}<<<<<<0${zones.td3Icao[1].slice(28)}`;
    expect(read([zones.td3Icao[0], line])).not.toHaveProperty('birthDate');
    expect(read([zones.td3Icao[0], line])).not.toHaveProperty('validTo');
  });

  test('any other shape or character is none', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 50 }), { maxLength: 4 }), (lines) => {
        const mrz = parseMrz(lines);
        if (mrz) expect(lines.every((line) => /^[A-Z0-9<]+$/.test(line))).toBe(true);
      }),
    );
    expect(parseMrz(zones.td3Icao.map((line) => line.toLowerCase()))).toBeUndefined();
    expect(parseMrz(replaced(zones.td3Icao, 0, 9, '_'))).toBeUndefined();
  });
});

/**
 * The npm package `mrz` 5 is an independent implementation. It differs, on purpose or by design, in: UTO, D and other codes
 * that are no country of its list make fields null (ours keep what is printed); dates stay YYMMDD (ours have a century);
 * the name comes in two parts; a TD1 number that goes on is checked only there, not in TD2; one line of 30 characters is a
 * French driving licence to it, so it never sees a permit line.
 */
describe('against the package mrz', () => {
  const check = (lines: readonly string[]) => {
    const ours = read(lines);
    const theirs = independent([...lines]);
    expect(theirs.format).toBe(ours.format);
    expect(theirs.documentNumber).toBe(ours.documentNumber);
    const valid = (field: string) => theirs.details.find((detail) => detail.field === field)?.valid !== false;
    expect({
      number: valid('documentNumberCheckDigit'),
      birth: valid('birthDateCheckDigit'),
      expiry: valid('expirationDateCheckDigit'),
      optional: valid('personalNumberCheckDigit'),
      composite: valid('compositeCheckDigit'),
    }).toEqual({
      number: !ours.wrongChecks.includes('number'),
      birth: !ours.wrongChecks.includes('birth'),
      expiry: !ours.wrongChecks.includes('expiry'),
      optional: !ours.wrongChecks.includes('optional'),
      composite: !ours.wrongChecks.includes('composite'),
    });
    return { ours, theirs };
  };
  const zonesOfLines = [...Object.entries(zones), ...documents].filter(([, lines]) => lines.length > 1);

  test.each(zonesOfLines)('%s', (_, lines) => {
    const { ours, theirs } = check(lines);
    expect(ours.wrongChecks).toEqual([]);
    const { lastName, firstName, birthDate, expirationDate } = theirs.fields;
    expect([lastName, firstName].filter(Boolean).join(', ')).toBe(ours.name);
    expect(ours.birthDate?.slice(2).replaceAll('-', '')).toBe(birthDate);
    expect(ours.validTo?.slice(2).replaceAll('-', '')).toBe(expirationDate);
  });

  test('with any character replaced, the same check digits are wrong', () => {
    const characters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'];
    fc.assert(
      fc.property(
        fc.constantFrom(...zonesOfLines.filter(([, lines]) => !lines.some((line) => /<\d+<+$/.test(line.slice(14))))),
        fc.nat(),
        fc.constantFrom(...characters),
        ([, lines], place, character) => {
          const width = lines[0]!.length;
          const at = place % (lines.length * width);
          // Some digits in a TD2's first line make it a French identity card to the package.
          fc.pre(width !== 36 || at >= width);
          check(replaced(lines, Math.floor(at / width), at % width, character));
        },
      ),
      { numRuns: 500 },
    );
  });
});
