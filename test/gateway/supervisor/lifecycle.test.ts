import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  backOffMaxMs,
  backOffMs,
  born,
  type Lifecycle,
  type LifecycleEvent,
  transition,
} from '../../../gateway/supervisor/lifecycle.ts';

const noReply = { code: 'no-reply' } as const;
const missing = { code: 'port-missing', detail: 'there is no /dev/x' } as const;
const paperOut = { code: 'noisy-line' } as const;

/** Runs events, each with its time. */
function live(events: readonly [number, LifecycleEvent][], random = 0, from: Lifecycle = born): Lifecycle {
  return events.reduce((now, [atMs, event]) => transition(now, event, atMs, () => random), from);
}
const identified: LifecycleEvent = { type: 'identified', identity: { model: 'M' } };
const failed: LifecycleEvent = { type: 'ended', fault: noReply };

describe('the way to ready', () => {
  test('opens, identifies, is ready', () => {
    expect(live([[1, { type: 'opened' }]])).toMatchObject({ state: 'identifying' });
    expect(
      live([
        [1, { type: 'opened' }],
        [2, identified],
      ]),
    ).toEqual({ state: 'ready', failures: 0, identity: { model: 'M' }, readyAtMs: 2 });
  });

  test('a condition degrades it, before it is ready too, and its end makes it ready again', () => {
    const degraded = live([
      [1, { type: 'opened' }],
      [2, { type: 'condition', condition: paperOut }],
      [3, identified],
    ]);
    expect(degraded).toMatchObject({ state: 'degraded', reason: paperOut, identity: { model: 'M' } });
    const over: [number, LifecycleEvent][] = [[4, { type: 'condition', condition: null }]];
    expect(live(over, 0, degraded)).toMatchObject({ state: 'ready', readyAtMs: 3 });
  });
});

describe('failures', () => {
  test('wait half a second, then twice as long each time, two seconds at most', () => {
    let now = born;
    const waits = Array.from({ length: 8 }, () => {
      now = transition(now, failed, 0, () => 0);
      const waitMs = 'retryAtMs' in now ? now.retryAtMs : undefined;
      now = transition(now, { type: 'retry' }, 0, () => 0);
      return waitMs;
    });
    expect(waits).toEqual([500, 1000, 2000, 2000, 2000, 2000, 2000, 2000]);
    fc.assert(
      fc.property(fc.nat(2_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        const waitMs = backOffMs(failures, random);
        expect(waitMs).toBeGreaterThanOrEqual(375);
        expect(waitMs).toBeLessThanOrEqual(backOffMaxMs);
      }),
    );
  });

  test.each([
    [9_999, 4],
    [10_000, 1],
  ])('after %i ms of being ready the count goes on from %i', (readyMs, failures) => {
    const now = live(
      [
        [0, { type: 'opened' }],
        [0, identified],
        [readyMs, failed],
      ],
      0,
      { state: 'opening', failures: 3 },
    );
    expect(now).toMatchObject({ state: 'fault', failures, reason: noReply });
  });

  test('a path that is gone makes any fault a missing device, and a new plug begins with a clean slate', () => {
    const fault = live([[0, failed]], 0, { state: 'opening', failures: 7 });
    const gone = live([[1, { type: 'gone' }]], 0, fault);
    expect(gone).toEqual({ state: 'missing', failures: 8, reason: { code: 'port-missing' } });
    expect(live([[2, { type: 'appeared' }]], 0, gone)).toBe(born);
    expect(live([[2, { type: 'appeared' }]], 0, fault)).toBe(born);
  });

  test('a missing device keeps what it is told about the path', () => {
    const now = live([
      [0, { type: 'ended', fault: missing }],
      [1, { type: 'gone' }],
    ]);
    expect(now).toMatchObject({ state: 'missing', reason: missing, retryAtMs: undefined });
  });
});

test('whatever happens in whatever order: waiting states say why, connected ones who, and nothing is ready unidentified', () => {
  const event = fc.oneof<fc.Arbitrary<LifecycleEvent>[]>(
    fc.constantFrom<LifecycleEvent>({ type: 'opened' }, identified, failed, { type: 'ended', fault: missing }),
    fc.constantFrom<LifecycleEvent>({ type: 'gone' }, { type: 'appeared' }, { type: 'retry' }),
    fc.constantFrom<LifecycleEvent>({ type: 'condition', condition: paperOut }, { type: 'condition', condition: null }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let now: Lifecycle = born;
      for (const [atMs, next] of events.entries()) {
        const before = now;
        now = transition(now, next, atMs, () => 0.5);
        if (now.state === 'ready') {
          expect(before.state === 'identifying' ? next : now.identity).toBeTruthy();
          expect(['identifying', 'ready', 'degraded']).toContain(before.state);
        }
        if (now.state === 'missing' || now.state === 'fault' || now.state === 'degraded')
          expect(now.reason).toBeDefined();
        if (now.state === 'ready' || now.state === 'degraded') expect(now.identity).toEqual({ model: 'M' });
        if (now.state === 'fault') expect(now.retryAtMs).toBeDefined();
      }
    }),
  );
});
