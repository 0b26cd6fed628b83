import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskName, maskNumber, maskText } from '../../../gateway/privacy/mask.ts';

describe('a name', () => {
  test.each([
    ['张三', '张*'],
    ['欧阳 锋', '欧*'],
    ['IVANOV IVAN PETROVICH', 'IVANOV *'],
    ['IVANOV<<IVAN', 'IVANOV *'],
    ['Madonna', 'M*'],
    ['𠮷田', '𠮷*'],
    ['', '*'],
    ['  ', '*'],
  ])('%s is shown as %s', (name, shown) => {
    expect(maskName(name)).toBe(shown);
  });
});

describe('a number', () => {
  test.each([
    ['410199199003070018', '4101…0018'],
    ['E12345678', 'E1…78'],
    ['1234567', '1…7'],
    ['123', '…'],
    ['', '…'],
  ])('%s is shown as %s', (number, shown) => {
    expect(maskNumber(number)).toBe(shown);
  });
});

describe('a text', () => {
  test.each([
    ['410199199003070018', 18, '…0018'],
    ['abc', 3, '…'],
    ['', 0, '…'],
    ['123456789012\u001b[2J', 16, '…·[2J'],
  ])('%j is shown as its length %i and %j', (text, characters, tail) => {
    expect(maskText(text)).toEqual({ characters, tail });
  });

  test('shows at most 4 characters and no control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        const masks = [maskText(text).tail, maskNumber(text), maskName(text)];
        expect(masks.join('')).not.toMatch(/\p{Cc}/u);
        expect(Array.from(masks[0]!.split('…')[1]!).length).toBeLessThanOrEqual(4);
        expect(Array.from(masks[1]!).length - 1).toBeLessThanOrEqual(Math.min(8, Array.from(text).length / 2));
      }),
    );
  });
});
