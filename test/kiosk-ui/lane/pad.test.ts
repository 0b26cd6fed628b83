import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idTypes } from '../../../gateway/contract/fields.ts';
import { laneAction } from '../../../gateway/contract/lane.ts';
import {
  celsiusOf,
  echo,
  erased,
  isComplete,
  keysOf,
  type PadUse,
  pageCount,
  typed,
} from '../../../kiosk-ui/src/lane/pad.ts';

const id = (idType: (typeof idTypes)[number]): PadUse => ({ for: 'id', idType });
const type = (use: PadUse, keys: string) => [...keys].reduce((text, key) => typed(use, text, key), '');

test('a resident number: eighteen, X only at the end, masked but for the last four', () => {
  const use = id('01');
  expect(type(use, 'X41019919900307001X9')).toBe('41019919900307001X');
  expect(echo(use, '41019919900307001X')).toBe('••••••••••••••001X');
  expect(isComplete(use, '41019919900307001')).toBe(false);
  expect(isComplete(use, '41019919900307001X')).toBe(true);
  expect(echo(use, '410')).toBe('410');
  expect(erased('410')).toBe('41');
  expect(erased('')).toBe('');
});

test('a temperature needs no decimal point', () => {
  const use: PadUse = { for: 'temperature' };
  expect(['', '3', '36', '365'].map((text) => echo(use, text))).toEqual(['__._', '3_._', '36._', '36.5']);
  expect(celsiusOf(type(use, '3659'))).toBe(36.5);
  expect(['29', '299', '300', '450', '451', '999'].map((text) => isComplete(use, text))).toEqual([
    ...[false, false, true, true, false, false],
  ]);
});

test('a count is a number up to 2000', () => {
  const use: PadUse = { for: 'count' };
  expect(type(use, '007')).toBe('7');
  expect(['', '0', '2000', '2001'].map((text) => isComplete(use, text))).toEqual([false, true, true, false]);
});

test('every letter and digit of a passport has a key, each once; other numbers have digits only', () => {
  const keys = (use: PadUse) =>
    Array.from({ length: pageCount(use) }, (_, page) => keysOf(use, page))
      .flat()
      .filter((key) => key !== undefined);
  for (const idType of idTypes.filter((other) => other !== '01')) {
    const all = keys(id(idType));
    // X is on the page of the digits too, where it belongs to numbers.
    expect([...new Set(all)].sort().join('')).toBe('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  }
  expect([...keys(id('01'))].sort().join('')).toBe('0123456789X');
  expect([...keys({ for: 'count' })].sort().join('')).toBe('0123456789');
  for (const use of [id('03'), id('01'), { for: 'count' } as const])
    for (let page = 0; page < pageCount(use); page++) expect(keysOf(use, page)).toHaveLength(11);
});

test('whatever is typed, what can be sent is what the contract takes', () => {
  const uses: PadUse[] = [...idTypes.map(id), { for: 'temperature' }, { for: 'count' }];
  fc.assert(
    fc.property(
      fc.constantFrom(...uses),
      fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 50 }),
      (use, presses) => {
        let text = '';
        for (const press of presses) {
          const page = press % pageCount(use);
          const key = keysOf(use, page)[press % 11];
          text = key === undefined ? erased(text) : typed(use, text, key);
          const shown = echo(use, text);
          if (use.for === 'id') expect(shown.replaceAll('•', '').length).toBeLessThanOrEqual(4);
          if (!isComplete(use, text)) continue;
          const action =
            use.for === 'id'
              ? { action: 'manual', idType: use.idType, idNumber: text }
              : use.for === 'count'
                ? { action: 'count', count: Number(text) }
                : { action: 'temperature', celsius: celsiusOf(text) };
          expect(laneAction.safeParse(action).success).toBe(true);
        }
      },
    ),
  );
});
