import { expect, test } from 'vitest';
import { compareOf, progressOf } from '../../../kiosk-ui/src/box/box-progress.ts';
import { type LaneViewName, laneViewOf } from '../../support/lane-views.ts';

test('how far a box is', () => {
  const steps: [LaneViewName, ReturnType<typeof progressOf>][] = [
    ['pack-first', { steps: 'seal', at: 0 }],
    ['packed', { steps: 'seal', at: 0 }],
    ['counting', { steps: 'seal', at: 1 }],
    ['seal', { steps: 'seal', at: 2 }],
    ['sealed', { steps: 'seal', at: 3 }],
    ['courier', { steps: 'hand-over', at: 1 }],
    ['courier-counts', { steps: 'hand-over', at: 2 }],
  ];
  for (const [name, progress] of steps) expect(progressOf(laneViewOf(name)), name).toEqual(progress);
});

test('what the hand has to look for', () => {
  const unpacked = ['T1', 'T2'];
  expect(compareOf(laneViewOf('packed'), unpacked)).toEqual({ title: 'unpacked', tubes: unpacked });
  expect(compareOf(laneViewOf('missing'), unpacked)).toMatchObject({ title: 'missing', tubes: { length: 14 } });
  const counting = compareOf(laneViewOf('counting'), unpacked);
  expect(counting.title).toBe('not-counted');
  expect(counting.tubes).toHaveLength(7);
  expect(counting.tubes).not.toContain('T2211070010');
});
