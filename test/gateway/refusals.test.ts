import { expect, test } from 'vitest';
import { createRefusals } from '../../gateway/refusals.ts';
import { manualClock } from '../support/manual-clock.ts';

test('by device and reason, newest first, with their sum; the oldest reason goes', () => {
  const clock = manualClock();
  const refusals = createRefusals(clock);
  expect(refusals.of('scanner-1')).toEqual([]);
  for (const why of ['disk-full', 'too-large', 'not-sealed']) {
    refusals.note('scanner-1', 2, why);
    clock.advance(1_000);
  }
  refusals.note('scanner-2', 1, 'failed');
  refusals.note('scanner-1', 5, 'too-large');
  expect(refusals.of('scanner-1').map(({ why, readings }) => [why, readings])).toEqual([
    ['too-large', 7],
    ['not-sealed', 2],
    ['disk-full', 2],
  ]);
  refusals.note('scanner-1', 1, '__proto__');
  expect(refusals.of('scanner-1').map(({ why }) => why)).toEqual(['__proto__', 'too-large', 'not-sealed']);
  expect(refusals.of('scanner-2')).toMatchObject([{ why: 'failed', readings: 1 }]);
});
