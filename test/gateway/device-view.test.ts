import { expect, test } from 'vitest';
import { newTally } from '../../device-drivers/counters.ts';
import { faults } from '../../device-drivers/faults.ts';
import { deviceView as schema } from '../../gateway/contract/api.ts';
import { deviceView } from '../../gateway/device-view.ts';

const state = { id: 'card-1', driver: 'id-sam', kind: 'id-reader', state: 'fault', sinceWallMs: 0 } as const;

test('a fault comes with what it means and what to do; counters by reason are plain numbers', () => {
  const counters = newTally();
  counters.discardedBytes.set('noise', 7);
  counters.faults.set('no-reply', 2);
  const view = deviceView({ ...state, reason: { code: 'no-reply', detail: '3 attempts' } }, counters, undefined);
  expect(schema.parse(view)).toEqual(view);
  expect(view.reason).toEqual({ code: 'no-reply', detail: '3 attempts', ...faults['no-reply'] });
  expect(view.counters).toMatchObject({ discardedBytes: { noise: 7 }, faults: { 'no-reply': 2 } });
});

test('a device without trouble has no reason', () => {
  const view = deviceView({ ...state, state: 'ready', identity: { model: 'X' } }, newTally(), 'lane-1');
  expect(view).toMatchObject({ state: 'ready', identity: { model: 'X' }, lane: 'lane-1' });
  expect(view).not.toHaveProperty('reason');
});
