import { expect, test } from 'vitest';
import { usCharacter } from '../../../device-drivers/wire/us-keyboard.ts';

const typed = (from: number, to: number, shift: boolean) =>
  Array.from({ length: to - from + 1 }, (_, at) => usCharacter(from + at, shift) ?? '?').join('');

test('is the table of the HID Usage Tables', () => {
  expect(typed(0x04, 0x27, false)).toBe('abcdefghijklmnopqrstuvwxyz1234567890');
  expect(typed(0x04, 0x27, true)).toBe('ABCDEFGHIJKLMNOPQRSTUVWXYZ!@#$%^&*()');
  // 28 to 2A are Enter, Esc and Backspace; 32 is a key that US keyboards do not have.
  expect(typed(0x28, 0x39, false)).toBe("???\t -=[]\\?;'`,./?");
  expect(typed(0x28, 0x39, true)).toBe('???\t _+{}|?:"~<>??');
  expect(typed(0x53, 0x64, false)).toBe('?/*-+?1234567890.?');
});
