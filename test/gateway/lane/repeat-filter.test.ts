import { describe, expect, test } from 'vitest';
import { createRepeatFilter } from '../../../gateway/lane/repeat-filter.ts';

describe('a repeat', () => {
  test('is the same text on the same lane within the window, which begins anew each time', () => {
    const { isRepeat } = createRepeatFilter(2_500);
    expect(isRepeat('a', 'T1', 0)).toBe(false);
    expect(isRepeat('a', 'T1', 2_499)).toBe(true);
    expect(isRepeat('a', 'T1', 4_998)).toBe(true);
    expect(isRepeat('a', 'T1', 7_498)).toBe(false);
  });

  test('is nothing that another lane had', () => {
    const { isRepeat } = createRepeatFilter();
    isRepeat('a', 'T1', 0);
    expect(isRepeat('b', 'T1', 1)).toBe(false);
  });

  test('is not what comes again after something else: after an undo it has to count', () => {
    const { isRepeat } = createRepeatFilter();
    expect(['P', 'HUTGATE:UNDO', 'P'].map((text) => isRepeat('a', text, 0))).toEqual([false, false, false]);
  });

  test('is not what was not taken', () => {
    const { isRepeat, forget } = createRepeatFilter();
    isRepeat('a', 'P', 0);
    forget('a');
    expect(isRepeat('a', 'P', 1)).toBe(false);
  });

  test('there is none with a window of 0, nor of a text too long to be kept', () => {
    const { isRepeat } = createRepeatFilter(0);
    const endless = 'x'.repeat(10_000_000);
    expect(['T', 'T'].map((text) => isRepeat('a', text, 0))).toEqual([false, false]);
    expect([endless, endless].map((text) => createRepeatFilter().isRepeat('a', text, 0))).toEqual([false, false]);
  });
});
