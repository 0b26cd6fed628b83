import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idCheckCharacter, idCheckOk } from '../../../device-drivers/wire/id-number.ts';
import { goodIdNumbers } from '../../vectors/id-sam.ts';

describe('ID number check (GB 11643, MOD 11-2)', () => {
  test.each(goodIdNumbers)('%s passes', (idNumber) => expect(idCheckOk(idNumber)).toBe(true));

  test('every single wrong digit and every swap of neighbours is noticed', () => {
    const [sample] = goodIdNumbers;
    fc.assert(
      fc.property(fc.nat({ max: 16 }), fc.integer({ min: 1, max: 9 }), (at, add) => {
        const digits = [...sample!];
        digits[at] = String((Number(digits[at]) + add) % 10);
        expect(idCheckOk(digits.join(''))).toBe(false);
      }),
    );
    for (let at = 0; at < 16; at++) {
      const swapped = [...sample!];
      [swapped[at], swapped[at + 1]] = [swapped[at + 1]!, swapped[at]!];
      expect(idCheckOk(swapped.join(''))).toBe(swapped.join('') === sample);
    }
  });

  test.each([
    '',
    '41019919900307001',
    '4101991990030700188',
    '41019919900307001x',
    'constructor',
    '４10199199003070018',
  ])('%s is no number', (text) => expect(idCheckOk(text)).toBe(false));

  test('no check character for what are not 17 digits', () => {
    expect(idCheckCharacter('1101051949123100')).toBeUndefined();
    expect(idCheckCharacter('1101051949123100X')).toBeUndefined();
  });
});
