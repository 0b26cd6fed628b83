import { expect, test } from 'vitest';
import { leftAt } from '../../../kiosk-ui/src/lane/look.ts';

test('what is left of a window runs out here, without the gateway', () => {
  expect(leftAt(60_000, 5_000, 5_000)).toBe(60_000);
  expect(leftAt(60_000, 5_000, 64_999)).toBe(1);
  expect(leftAt(60_000, 5_000, 65_000)).toBeUndefined();
  expect(leftAt(undefined, 5_000, 5_000)).toBeUndefined();
});
