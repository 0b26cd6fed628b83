import fc from 'fast-check';
import { expect, test } from 'vitest';
import { code128, quietModules, valuesOf } from '../../../kiosk-ui/src/lane/code128.ts';
import { commandCodes } from '../../../kiosk-ui/src/lane/command-codes.ts';
import { readCode128 } from '../../support/code128.ts';

/** As a scanner sees it: one row of dots, one a module. */
const read = (text: string) => {
  const { bars, modules } = code128(text);
  const isDark = (x: number) => bars.some((bar) => x >= bar.x && x < bar.x + bar.width);
  return readCode128({ width: modules, height: 1, isDark }, 0);
};

test('check values that were published', () => {
  // Wikipedia, "Code 128": the picture of the word in code set B; its check character is the one of value 88.
  expect(valuesOf('Wikipedia').at(-2)).toBe(88);
  // The same article works PJJ123C out in set A: 878 mod 103 = 54. Set B starts with 104 and has the same values here.
  expect(valuesOf('PJJ123C').at(-2)).toBe(55);
});

test('start B, stop, and a quiet zone of ten modules on either side', () => {
  expect(valuesOf('A')).toEqual([104, 33, 34, 106]);
  const { bars, modules } = code128('A');
  expect(bars[0]).toEqual({ x: quietModules, width: 2 });
  // 11 modules a symbol, 13 for the stop.
  expect(modules).toBe(3 * 11 + 13 + 2 * quietModules);
  const last = bars.at(-1)!;
  expect(last.x + last.width).toBe(modules - quietModules);
});

test('an independent reader reads every command', () => {
  for (const [code] of commandCodes) expect(read(code)).toBe(code);
});

test('and any text of the set', () => {
  const text = fc.string({
    unit: fc.integer({ min: 32, max: 126 }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(text, (text) => {
      expect(read(text)).toBe(text);
    }),
  );
});

test('what the set does not have is refused by name', () => {
  expect(() => code128('撤销')).toThrow('Code 128 B has no character "撤"');
  expect(() => code128('\n')).toThrow('"\\n"');
  expect(() => code128('😀')).toThrow(RangeError);
});
