import { expect, test } from 'vitest';
import { knownCodes } from '../../../kiosk-ui/src/demo/known-codes.ts';
import { openLane } from '../../support/sampling-hut.ts';

const at = '2022-11-07T07:13:08.412+08:00';

test('what stands about can be scanned again: the open tube, tubes in no box, those in this lane’s box, and boxes', () => {
  const box = { code: 'B00000001', state: 'open', tubes: ['T0000000001', 'T0000000002'], expected: [] } as const;
  const lanes = [openLane('lane-1', { box: { ...box, tubes: [...box.tubes], expected: [] } }), openLane('lane-2')];
  const sampling = {
    unpacked: [{ code: 'T0000000003', count: 10, closedAt: at }],
    boxes: [{ code: 'B00000001', state: 'open' as const, tubes: 2 }],
  };
  expect(knownCodes({ lanes, sampling }, 'lane-1').map(({ code }) => code)).toEqual([
    'T1107071308',
    'T0000000003',
    'T0000000002',
    'T0000000001',
    'B00000001',
  ]);
  expect(knownCodes({ lanes: [], sampling: undefined }, 'lane-1')).toEqual([]);
});
