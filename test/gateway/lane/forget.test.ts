/** What the hut drops, and when: rosters after three days, codes after 35, and nothing that has not left. */
import { expect, test } from 'vitest';
import type { BoxEntity, TubeEntity, TubeState } from '../../../gateway/lane/entities.ts';
import { forgetful } from '../../../gateway/lane/forget.ts';
import { createHut, entityKey } from '../../../gateway/lane/hut.ts';

const closedAt = '2022-11-07T07:00:00.000+08:00';
const dayMs = 24 * 3_600_000;
const after = (days: number) => Date.parse(closedAt) + days * dayMs + 1;
const code = 'T0000000001';
const roster = [{ slot: 1, personRef: 'ref', session: 's', at: { time: closedAt, monoMs: 1, bootId: 'b' } }];

const tubeIn = (state: TubeState, more: Partial<TubeEntity> = {}): TubeEntity => ({
  ...{ code, state, lane: 'lane-1', session: 's', round: 'r1', kind: 'normal', capacity: 5 },
  ...{ openedAt: closedAt, closedAt, roster },
  ...more,
});
const hutWith = (tube: TubeEntity) => createHut(new Map([[entityKey('tube', code), JSON.stringify(tube)]]));

test.each<[TubeState, number, 'kept' | 'without roster' | 'gone']>([
  ['open', 400, 'kept'],
  ['closed', 400, 'kept'],
  ['packed', 400, 'kept'],
  ['sealed', 400, 'kept'],
  ['handed-over', 2, 'kept'],
  ['handed-over', 3, 'without roster'],
  ['handed-over', 34, 'without roster'],
  ['handed-over', 35, 'gone'],
  ['voided', 3, 'without roster'],
  ['voided', 35, 'gone'],
])('a tube that is %s, after %i days: %s', (state, days, outcome) => {
  const hut = hutWith(tubeIn(state));
  const changes = forgetful(hut, after(days));
  hut.apply(changes);
  const left = hut.get('tube', code);
  expect(left === undefined ? 'gone' : left.roster.length === 0 ? 'without roster' : 'kept').toBe(outcome);
  // The person may be sampled in the next round as if never seen; the code of the tube may not be used again.
  expect(hut.isKnownPerson('ref')).toBe(outcome === 'kept' && state !== 'voided');
  // Done once.
  expect(forgetful(hut, after(days))).toEqual([]);
});

test('a clock that was set back, or a tube without its time, forgets nothing', () => {
  expect(forgetful(hutWith(tubeIn('handed-over')), Date.parse('1970-01-01T00:00:00Z'))).toEqual([]);
  const { closedAt: _, ...timeless } = tubeIn('handed-over');
  expect(forgetful(hutWith(timeless), after(400))).toEqual([]);
});

test.each<[BoxEntity['state'], number, boolean]>([
  ['open', 400, true],
  ['sealed', 400, true],
  ['handed-over', 34, true],
  ['handed-over', 35, false],
])('a box that is %s, after %i days, is there: %s', (state, days, isThere) => {
  const box = { code: 'B00000001', state, openedAt: closedAt, closedAt, tubes: [], seals: [], operator: 'op-1' };
  const hut = createHut(new Map([[entityKey('box', box.code), JSON.stringify(box)]]));
  hut.apply(forgetful(hut, after(days)));
  expect(hut.get('box', box.code) !== undefined).toBe(isThere);
});
