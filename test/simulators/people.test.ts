import { describe, expect, test } from 'vitest';
import { idCheckOk } from '../../device-drivers/wire/id-number.ts';
import { cardText, crowdPerson, findPerson, people } from '../../simulators/people.ts';
import { answers, goodIdNumbers } from '../vectors/id-sam.ts';

describe('people who do not exist', () => {
  test('have numbers of the unassigned county, or specimens of the standards', () => {
    for (const { idNumber, card } of people) {
      expect(goodIdNumbers.includes(idNumber) || idNumber.includes('410199')).toBe(true);
      if (card !== 'foreign-2017') expect(idCheckOk(idNumber)).toBe(true);
    }
  });

  test('come in crowds, all different, their numbers true to their birthday', () => {
    const crowd = Array.from({ length: 30_000 }, (_, n) => crowdPerson(n));
    expect(new Set(crowd.map(({ idNumber }) => idNumber)).size).toBe(crowd.length);
    for (const { idNumber, birth, name } of crowd) {
      expect(idCheckOk(idNumber) && idNumber.startsWith(`410199${birth}`) && name.length === 3).toBe(true);
    }
    expect(findPerson('crowd-29999')).toEqual(crowd[29_999]);
  });

  test('are found by id or kind of card', () => {
    expect(findPerson('permit')?.id).toBe('permit-hong-kong');
    expect(findPerson('nobody')).toBeUndefined();
    expect(findPerson('constructor')).toBeUndefined();
  });

  test('have the golden cards', () => {
    expect(Buffer.compare(cardText(findPerson('zhang-san')!), answers.residentCard.subarray(14, 270))).toBe(0);
    expect(Buffer.compare(cardText(findPerson('ouyang-long-term')!), answers.longTermCard.subarray(14, 270))).toBe(0);
  });

  test('a field that does not fit is refused', () => {
    expect(() => cardText({ ...people[0]!, name: '张'.repeat(16) })).toThrow('the field at byte 0 holds 15 characters');
  });
});
