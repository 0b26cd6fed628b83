import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gbkBytes, gbkOf, printable } from '../../../device-drivers/wire/printable.ts';
import { gb2312 } from '../../support/gb2312.ts';

const inGbk = (character: string) => gbkOf(character, 'gbk') !== undefined;

test('GB 2312 is exactly its 7,445 characters', () => {
  const all = Array.from({ length: 0x10000 - 0x80 }, (_, at) => String.fromCharCode(at + 0x80));
  expect(all.filter((character) => gbkOf(character, 'gb2312')).sort()).toEqual([...gb2312].sort());
});

describe('what a font has not', () => {
  test.each([
    ['all of it is there', '张三·é', '张三·é', 0],
    ['rare characters of names', '𬱖㛃', '〓〓', 2],
    ['an accent goes, the letter stays', 'Müñoz Çelik', 'Münoz Celik', 2],
    ['a letter without a plain one', 'Łø', '〓〓', 2],
    ['a letter and its mark apart: after ASCII the mark goes', 'n\u0303o', 'no', 1],
    ['two code points that are one character of the font', '〓\u0301', '〓', 1],
    ['a variation selector', '葛\u{e0100}城', '葛城', 1],
    ['Uyghur, emoji, half a pair', 'ئ😀\ud800', '〓〓〓', 3],
    ['what composes to a character of the font is it', 'u\u0308'.normalize('NFC'), 'ü', 0],
  ])('%s', (_, text, printed, substituted) => {
    expect(printable(text, inGbk)).toEqual({ text: printed, substituted });
  });

  test('ASCII stays as it is, and all that remains can be encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const { text: printed, substituted } = printable(text, inGbk);
        const symbols = /[^\x00-\x7f]|[A-Za-z]/g;
        expect(printed.replace(symbols, '')).toBe(text.replace(symbols, ''));
        expect(new TextDecoder('gbk').decode(gbkBytes(printed))).toBe(printed);
        if (substituted === 0) expect(printed.normalize()).toBe(text.normalize());
      }),
    );
  });
});
