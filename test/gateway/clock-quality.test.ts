import { describe, expect, test } from 'vitest';
import { judge, type NtpState, watchClock } from '../../gateway/clock-quality.ts';
import { rfc3339 } from '../../gateway/wall-time.ts';
import { manualClock } from '../support/manual-clock.ts';

const now = Date.parse('2026-12-01T00:00:00Z');

describe('clock quality', () => {
  test.each([
    ['synchronized', now, false, 'synced'],
    ['synchronized', 0, false, 'unsynced'],
    ['not-synchronized', now, false, 'unsynced'],
    ['not-synchronized', now, true, 'holdover'],
    ['unknown', now, false, 'holdover'],
    ['unknown', 0, true, 'unsynced'],
  ] as const)('NTP %s at %d, synced before: %s -> %s', (ntp, wallMs, before, quality) => {
    expect(judge(ntp, wallMs, before)).toBe(quality);
  });

  test('a step is reported once, with its size, and the quality after it', async () => {
    const clock = manualClock();
    let wall = 0;
    let ntp: NtpState = 'not-synchronized';
    const steps: unknown[] = [];
    const stepping = { ...clock, wallMs: () => wall + clock.monotonicMs() };
    const watch = await watchClock({ clock: stepping, ntp: async () => ntp, onStep: (step) => steps.push(step) });
    expect(watch.quality()).toBe('unsynced');
    wall = now;
    ntp = 'synchronized';
    await watch.look();
    await watch.look();
    expect(steps).toEqual([{ byMs: now, before: 'unsynced', after: 'synced' }]);
    expect(watch.quality()).toBe('synced');
    watch.stop();
  });
});

test('wall time is RFC 3339 with the local offset', () => {
  const text = rfc3339(now + 412);
  expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.412[+-]\d\d:\d\d$/);
  expect(Date.parse(text)).toBe(now + 412);
});
