import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escposCode128, tsplText, zplText } from '../../../device-drivers/wire/label-text.ts';

const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const withSpaces = (text: string) => text.replace(/[\x00-\x1f\x7f]/g, ' ');

test('ZPL: a field cannot end itself, and says what was written', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const field = zplText(text);
      expect(field).not.toMatch(/[\^~\x00-\x1f\x7f]/);
      const decoded = field.replace(/_([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
      expect(decoded).toBe(withSpaces(text));
    }),
  );
});

test('TSPL: a string cannot end itself or its line, and says what was written', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const string = tsplText(text);
      expect(string.replaceAll('\\["]', '')).not.toMatch(/["\x00-\x1f\x7f]/);
      // A text that holds the escape itself cannot be told from the quote that it stands for.
      if (!text.includes('\\["]')) expect(string.replaceAll('\\["]', '"')).toBe(withSpaces(text));
    }),
  );
});

test('Code 128 of ESC/POS: a brace would change the subset and is doubled; the length counts both', () => {
  expect(escposCode128('A{1')).toBe('\x1dkI\x06{BA{{1');
});
