/** What the hut drops, and when: rosters when the log has let go of the tube, codes 35 days later, and nothing that has not left. */
import { describe, expect, test } from 'vitest';
import type { BoxEntity, TubeEntity, TubeState } from '../../../gateway/lane/entities.ts';
import { forgetful, type KeptLog } from '../../../gateway/lane/forget.ts';
import { createHut, entityKey } from '../../../gateway/lane/hut.ts';

const closedAt = '2022-11-07T07:00:00.000+08:00';
const dayMs = 24 * 3_600_000;
const code = 'T0000000001';
const roster = [{ slot: 1, personRef: 'ref', session: 's', at: { time: closedAt, monoMs: 1, bootId: 'b' } }];

/** `days` after the tube was closed, by both clocks unless said otherwise. */
const moment = (days: number, { bootId = 'b', monoDays = days } = {}) => {
  const wallMs = Date.parse(closedAt) + days * dayMs;
  return { time: new Date(wallMs).toISOString(), wallMs, monoMs: monoDays * dayMs, bootId };
};
const tubeIn = (state: TubeState, more: Partial<TubeEntity> = {}): TubeEntity => ({
  ...{ code, state, lane: 'lane-1', session: 's', round: 'r1', kind: 'normal', capacity: 5 },
  ...{ openedAt: closedAt, closedAt, roster },
  ...more,
});
const hutWith = (tube: TubeEntity) => createHut(new Map([[entityKey('tube', code), JSON.stringify(tube)]]));

/** One look; what became of the tube. */
function look(hut: ReturnType<typeof hutWith>, now: ReturnType<typeof moment>, log: KeptLog) {
  hut.apply(forgetful(hut, now, log));
  const left = hut.get('tube', code);
  return left === undefined ? 'gone' : left.roster.length === 0 ? 'without roster' : 'whole';
}

test.each<TubeState>(['handed-over', 'voided'])('a tube that is %s goes after the log, and not before', (state) => {
  const hut = hutWith(tubeIn(state));
  // Up to 40 the log tells of it; for a month nobody confirms anything.
  expect(look(hut, moment(0), { first: 1, last: 40 })).toBe('whole');
  expect(look(hut, moment(36), { first: 1, last: 9_000 })).toBe('whole');
  expect(look(hut, moment(40), { first: 40, last: 9_000 })).toBe('whole');
  // The centre has it, and the log let go.
  expect(look(hut, moment(41), { first: 41, last: 9_000 })).toBe('without roster');
  // The person may be sampled in the next round as if never seen; the code of the tube may not be used again.
  expect(hut.isKnownPerson('ref')).toBe(false);
  expect(look(hut, moment(75), { first: 8_000, last: 20_000 })).toBe('without roster');
  expect(look(hut, moment(77), { first: 8_000, last: 20_000 })).toBe('gone');
  // Done once.
  expect(forgetful(hut, moment(78), { first: 8_000, last: 20_000 })).toEqual([]);
});

test.each<TubeState>(['open', 'closed', 'packed', 'sealed'])('a tube that is %s is kept', (state) => {
  const hut = hutWith(tubeIn(state));
  for (const days of [0, 40, 400]) expect(look(hut, moment(days), { first: 100, last: 99 })).toBe('whole');
});

describe('clocks', () => {
  test('a tube closed in 1970 is as old as its place in the log, not as its clock', () => {
    const hut = hutWith(tubeIn('handed-over', { closedAt: '1970-01-01T08:00:00.000+08:00' }));
    expect(look(hut, moment(0), { first: 1, last: 10 })).toBe('whole');
    expect(look(hut, moment(4), { first: 11, last: 12 })).toBe('without roster');
    expect(look(hut, moment(38), { first: 11, last: 12 })).toBe('without roster');
    expect(look(hut, moment(40), { first: 11, last: 12 })).toBe('gone');
  });

  test('a wall clock that jumps ahead, or is set back, forgets no code within the boot', () => {
    const hut = hutWith(tubeIn('voided'));
    const log = { first: 11, last: 10 };
    look(hut, moment(0), log);
    expect(look(hut, moment(1), log)).toBe('without roster');
    expect(look(hut, moment(400, { monoDays: 2 }), log)).toBe('without roster');
    expect(look(hut, moment(-9_000), log)).toBe('without roster');
    // After a reboot there is only the wall clock.
    expect(look(hut, moment(37, { bootId: 'c', monoDays: 0 }), log)).toBe('gone');
  });
});

test('a log that was salvaged counts anew, and nothing is taken for confirmed', () => {
  const hut = hutWith(tubeIn('handed-over'));
  look(hut, moment(0), { first: 1, last: 5_000 });
  expect(look(hut, moment(1), { first: 1, last: 300 })).toBe('whole');
  expect(hut.get('tube', code)!.left).toEqual({ bySeq: 300 });
  expect(look(hut, moment(5), { first: 301, last: 300 })).toBe('without roster');
});

test.each<[BoxEntity['state'], boolean]>([
  ['open', true],
  ['sealed', true],
  ['handed-over', false],
])('a box that is %s is there in the end: %s', (state, isThere) => {
  const box = { code: 'B00000001', state, openedAt: closedAt, closedAt, tubes: [], seals: ['S1'], operator: 'op-1' };
  const hut = createHut(new Map([[entityKey('box', box.code), JSON.stringify(box)]]));
  const log = { first: 11, last: 10 };
  for (const days of [0, 1, 37]) hut.apply(forgetful(hut, moment(days), log));
  expect(hut.get('box', box.code) !== undefined).toBe(isThere);
});
