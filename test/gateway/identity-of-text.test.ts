import { describe, expect, test } from 'vitest';
import { idCheckCharacter } from '../../device-drivers/wire/id-number.ts';
import { makeIdentityOf } from '../../gateway/identity-of-text.ts';
import { people } from '../../simulators/people.ts';
import { zones } from '../vectors/document-mrz.ts';

const today = '2022-11-07';
const identityOf = makeIdentityOf(() => today);
const numbered = (digits: string) => digits + idCheckCharacter(digits);

describe('an 18-character number', () => {
  test.each([
    ['zhang-san', '01', '1990-03-07'],
    ['ouyang-long-term', '01', '1949-12-31'],
    ['permit-hong-kong', '06', '1994-08-23'],
    ['permit-taiwan', '07', '1992-01-30'],
    ['foreign-2023', '08', '1981-08-03'],
  ])('of %s is of type %s', (id, idType, birthDate) => {
    const { idNumber } = people.find((person) => person.id === id)!;
    expect(identityOf(idNumber)).toEqual({ source: 'number', idType, idNumber, birthDate });
  });

  test('of Macau is of type 06, and a small x is an X', () => {
    expect(identityOf(numbered('82000019940823002'))?.idType).toBe('06');
    expect(identityOf('11010519491231002x')?.idNumber).toBe('11010519491231002X');
  });

  test.each([
    ['a wrong check digit', '410199199003070019'],
    ['no date of the calendar', numbered('41019919900230001')],
    ['a birth in the future', numbered('41019920221108001')],
    ['a birth two centuries ago', numbered('41019918220101001')],
    ['another length', '41019919900307001'],
  ])('with %s is none', (_, text) => expect(identityOf(text)).toBeUndefined());

  test('of somebody born today is one, and with a clock in 1970 so is everybody', () => {
    const bornToday = numbered('41019920221107001');
    expect(identityOf(bornToday)).toBeDefined();
    expect(makeIdentityOf(() => undefined)(bornToday)).toBeDefined();
  });
});

describe('the lines of a travel document in one', () => {
  test.each([
    ['td3Icao', '03', 'L898902C3', 'UTO'],
    ['td2Icao', '99', 'D23145890', 'UTO'],
    ['td1Icao', '99', 'D23145890', 'UTO'],
    ['td3Chinese', '03', 'E00000001', 'CHN'],
  ] as const)('%s is of type %s', (zone, idType, idNumber, nationality) => {
    const found = identityOf(zones[zone].join(''));
    expect(found).toMatchObject({ source: 'document', idType, idNumber, nationality });
    expect(found?.name).toMatch(/^[A-Z]+, [A-Z ]+$/);
  });

  test('with one character misread it is none', () => {
    const zone = zones.td3Icao.join('');
    expect(identityOf(zone.replace('L898902C3', 'L898902C8'))).toBeUndefined();
    expect(identityOf(zone.slice(1))).toBeUndefined();
    expect(identityOf(`${'<'.repeat(44)}${'0'.repeat(44)}`)).toBeUndefined();
  });
});
