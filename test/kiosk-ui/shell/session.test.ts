import { expect, test } from 'vitest';
import { sessionOf } from '../../../kiosk-ui/src/shell/session.ts';

const view = { lanes: [{ id: 'lane-1', badge: false, signedIn: false }], site: '金水路采样屋' };

test('a page is out, in as somebody, or does not have to sign in', () => {
  expect(sessionOf(view)).toEqual({ state: 'out', view });
  const who = { operator: 'op-1', role: 'sampler' as const, lane: 'lane-1' };
  expect(sessionOf({ ...view, signedIn: who })).toEqual({ state: 'in', view: { ...view, signedIn: who }, who });
  expect(sessionOf({ ...view, signedIn: { operator: 'anybody', role: 'technician' }, open: true })).toEqual({
    state: 'open',
  });
});
