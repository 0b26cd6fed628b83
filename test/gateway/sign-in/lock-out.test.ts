import { expect, test } from 'vitest';
import { afterReboot, afterWrong, lockedForMs, type Tries, wrongTriesMax } from '../../../gateway/sign-in/lock-out.ts';

const minuteMs = 60_000;

test('five tries are free; then a minute, twice as long each time, a quarter of an hour at most', () => {
  let tries: Tries | undefined;
  let nowMs = 1_000;
  const locks: number[] = [];
  for (let i = 0; i < 12; i++) {
    tries = afterWrong(tries, nowMs);
    locks.push(lockedForMs(tries, nowMs) / minuteMs);
    nowMs += lockedForMs(tries, nowMs);
    expect(lockedForMs(tries, nowMs)).toBe(0);
  }
  expect(locks).toEqual([0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15, 15]);
});

test('half a day after the last lock nothing is held against anybody', () => {
  let tries: Tries | undefined;
  for (let i = 0; i < wrongTriesMax; i++) tries = afterWrong(tries, 0);
  expect(afterWrong(tries, 12 * 60 * minuteMs).wrong).toBe(wrongTriesMax + 1);
  expect(afterWrong(tries, 12 * 60 * minuteMs + minuteMs).wrong).toBe(1);
});

test('a reboot begins the lock again: pulling the plug is no way around it', () => {
  let tries: Tries | undefined;
  for (let i = 0; i < wrongTriesMax + 1; i++) tries = afterWrong(tries, 9_999_999);
  expect(lockedForMs(afterReboot(tries!, 5), 5)).toBe(2 * minuteMs);
  expect(lockedForMs(afterReboot({ wrong: 2 }, 5), 5)).toBe(0);
});
