import { expect, test } from 'vitest';
import { createTapGuard } from '../../../kiosk-ui/src/lane/tap-guard.ts';

function guarded() {
  let nowMs = 1_000;
  const guard = createTapGuard(() => nowMs);
  const taps: string[] = [];
  const at = (ms: number, name: string) => {
    nowMs = 1_000 + ms;
    guard.tap(() => taps.push(name));
  };
  return { taps, guard, at };
}

test('a bounce within 300 ms is nothing, whichever button it meets', () => {
  const { taps, at } = guarded();
  at(0, 'undo');
  at(120, 'undo');
  at(299, 'yes');
  at(300, 'close');
  expect(taps).toEqual(['undo', 'close']);
});

test('a question that has just appeared takes no tap that was meant for something else', () => {
  const { taps, guard, at } = guarded();
  at(0, 'more');
  at(1_000, 'back');
  guard.hold();
  at(1_200, 'yes');
  at(1_300, 'yes');
  expect(taps).toEqual(['more', 'back', 'yes']);
});
