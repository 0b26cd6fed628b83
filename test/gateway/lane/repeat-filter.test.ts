import { describe, expect, test } from 'vitest';
import { createRepeatFilter } from '../../../gateway/lane/repeat-filter.ts';

describe('a repeat', () => {
  test('is the same text within the window, which begins anew each time', () => {
    const { isRepeat } = createRepeatFilter(2_500);
    expect(isRepeat('T1', 0)).toBe(false);
    expect(isRepeat('T1', 2_499)).toBe(true);
    expect(isRepeat('T1', 4_998)).toBe(true);
    expect(isRepeat('T1', 7_498)).toBe(false);
  });

  test('is not what comes again after something else: after an undo it has to count', () => {
    const { isRepeat } = createRepeatFilter();
    expect(['P', 'HUTGATE:UNDO', 'P'].map((text) => isRepeat(text, 0))).toEqual([false, false, false]);
  });

  test('is not what was not taken', () => {
    const { isRepeat, forget } = createRepeatFilter();
    isRepeat('P', 0);
    forget();
    expect(isRepeat('P', 1)).toBe(false);
  });

  test('there is none with a window of 0, nor of a text too long to be kept', () => {
    const none = createRepeatFilter(0);
    expect(['T', 'T'].map((text) => none.isRepeat(text, 0))).toEqual([false, false]);
    const { isRepeat } = createRepeatFilter();
    const endless = 'x'.repeat(10_000_000);
    expect([endless, endless].map((text) => isRepeat(text, 0))).toEqual([false, false]);
  });
});
