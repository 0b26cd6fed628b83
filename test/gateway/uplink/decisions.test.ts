/** The pure parts of the uplink: back-off, pace, progress of a stream, suspicion. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StreamName } from '../../../gateway/contract/streams.ts';
import { backoffMs } from '../../../gateway/uplink/backoff.ts';
import { createStreamProgress, type Handed } from '../../../gateway/uplink/stream-progress.ts';
import {
  afterDeath,
  afterProgress,
  type Death,
  type InFlight,
  noSuspicion,
} from '../../../gateway/uplink/suspicion.ts';
import { createTokenBucket } from '../../../gateway/uplink/token-bucket.ts';

describe('back-off', () => {
  const limits = { backoffFirstMs: 1_000, backoffMaxMs: 60_000 };
  test('the first try waits up to a second, later ones up to a minute, never longer', () => {
    expect(backoffMs(0, 0.5, limits)).toBe(500);
    expect(backoffMs(3, 0.5, limits)).toBe(4_000);
    expect(backoffMs(1_000_000, 0.999, limits)).toBeLessThan(60_000);
    expect(backoffMs(5, 0, limits)).toBe(0);
  });
  test('the centre can ask for a wider spread, not for a narrower one', () => {
    expect(backoffMs(0, 0.5, limits, 300_000)).toBe(150_000);
    expect(backoffMs(6, 0.5, limits, 1_000)).toBe(30_000);
  });
});

describe('token bucket', () => {
  test('over any time, no more than the rate, one burst and one batch', () => {
    const batchAndRate = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0.5, max: 5_000, noNaN: true }));
    fc.assert(
      fc.property(batchAndRate, ([batch, perSecond]) => {
        const bucket = createTokenBucket();
        bucket.setRate(perSecond);
        let nowMs = 1_000;
        let sent = 0;
        for (let i = 0; i < 50; i += 1) {
          nowMs += bucket.waitMs(nowMs);
          bucket.take(batch, nowMs);
          sent += batch;
        }
        expect(sent).toBeLessThanOrEqual(((nowMs - 1_000) / 1_000) * perSecond + perSecond * 0.1 + batch + 1e-6);
      }),
    );
  });
  test('without a rate nothing waits', () => {
    const bucket = createTokenBucket();
    bucket.take(1e9, 0);
    expect(bucket.waitMs(0)).toBe(0);
    bucket.setRate(1);
    bucket.take(100, 0);
    expect(bucket.waitMs(0)).toBeGreaterThan(0);
    bucket.setRate(undefined);
    expect(bucket.waitMs(0)).toBe(0);
  });
});

describe('progress of a stream', () => {
  test('confirm: broker: confirmed is exactly what was taken without a hole, and never goes back', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 60 }), fc.array(fc.nat(10), { maxLength: 10 }), (order, cuts) => {
        const progress = createStreamProgress('broker', 7);
        let inFlight: Handed[] = [];
        let confirmed = 7;
        for (const [step, pick] of order.entries()) {
          if (cuts.includes(step)) {
            progress.rewind();
            inFlight = [];
            expect(progress.sent).toBe(progress.confirmed);
          }
          if (pick % 2 === 0) {
            const first = progress.sent + 1;
            inFlight.push(progress.handed({ first, last: first + (pick % 5) }));
          } else {
            const handed = inFlight[pick % Math.max(1, inFlight.length)];
            if (handed) progress.taken(handed);
          }
          let expected = confirmed;
          for (const handed of inFlight) {
            if (!handed.taken) break;
            expected = handed.last;
          }
          expect(progress.confirmed).toBe(expected);
          expect(progress.confirmed).toBeGreaterThanOrEqual(confirmed);
          confirmed = progress.confirmed;
        }
      }),
    );
  });
  test('confirm: central: a PUBACK confirms nothing, an ack does, within what was sent', () => {
    const progress = createStreamProgress('central', 0);
    const handed = progress.handed({ first: 1, last: 50 });
    expect(progress.taken(handed)).toBe(false);
    expect(progress.unconfirmed()).toEqual({ first: 1, last: 50 });
    expect(progress.untaken()).toBeUndefined();
    expect(progress.acked(51)).toBe('beyond-sent');
    expect(progress.acked(20)).toBe('progress');
    expect(progress.acked(20)).toBe('nothing-new');
    expect(progress.acked(19)).toBe('going-back');
    progress.rewind();
    expect(progress.sent).toBe(20);
    // The ack of what an earlier connection sent is still honest.
    expect(progress.acked(50)).toBe('progress');
    expect(progress.sent).toBe(50);
  });
});

describe('suspicion', () => {
  const death = (first: number, last: number, more: Partial<Death> = {}, stream: StreamName = 'reading'): Death => ({
    cause: 'closed',
    proven: true,
    inFlight: new Map<StreamName, InFlight>([[stream, { first, last, confirmed: first - 1 }]]),
    detail: 'connection lost',
    ...more,
  });

  /** A hut whose connections die on one event, and how many of them until it is found. */
  function deathsUntilFound(poison: number, last: number): number {
    let suspicion = noSuspicion;
    let confirmed = 0;
    for (let deaths = 1; deaths < 50; deaths += 1) {
      const care = suspicion.care.get('reading');
      const inFlight = Math.min(care?.eventsMax ?? 1_600, last);
      // Everything before the chunk with the poison goes through.
      while (confirmed + inFlight < poison) confirmed += inFlight;
      suspicion = afterProgress(suspicion, 'reading', confirmed);
      const { suspicion: next, quarantine } = afterDeath(
        suspicion,
        death(confirmed + 1, Math.min(confirmed + inFlight, last)),
      );
      if (quarantine) {
        expect(quarantine).toMatchObject({ stream: 'reading', seq: poison });
        return deaths;
      }
      suspicion = next;
    }
    return Infinity;
  }

  test('the poison event is found wherever it is, in a few deaths', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.nat(5_000), (poison, more) => {
        expect(deathsUntilFound(poison, poison + more)).toBeLessThanOrEqual(9);
      }),
    );
  });

  test('deaths that say nothing about an event change nothing', () => {
    for (const more of [{ proven: false }, { cause: 'other' }] as const)
      for (let i = 0, s = noSuspicion; i < 10; i += 1) {
        s = afterDeath(s, death(1, 1, more)).suspicion;
        expect(s).toBe(noSuspicion);
      }
  });

  test('deaths between which there was progress suspect nothing', () => {
    let suspicion = noSuspicion;
    for (let first = 1; first < 5_000; first += 100) {
      suspicion = afterDeath(suspicion, death(first, first + 1_599)).suspicion;
      expect(suspicion.care.size).toBe(0);
    }
  });

  test('a strike is forgotten when the event gets through', () => {
    const { suspicion } = afterDeath(noSuspicion, death(5, 5));
    expect(suspicion.strikes).toEqual({ stream: 'reading', seq: 5, count: 1 });
    const after = afterProgress(suspicion, 'reading', 5);
    expect(after.strikes).toBeUndefined();
    expect(after.care.size).toBe(0);
  });

  test('each quarantine in a row needs twice the strikes, until the stream makes progress', () => {
    let suspicion = noSuspicion;
    const strikesFor = (seq: number) => {
      for (let strikes = 1; ; strikes += 1) {
        const after = afterDeath(suspicion, death(seq, seq));
        suspicion = after.suspicion;
        if (after.quarantine) return strikes;
      }
    };
    expect([1, 2, 3].map(strikesFor)).toEqual([3, 6, 12]);
    // Another stream's progress proves nothing of this one.
    suspicion = afterProgress(suspicion, 'audit', 9);
    expect(strikesFor(4)).toBe(24);
    suspicion = afterProgress(suspicion, 'reading', 5);
    expect(strikesFor(6)).toBe(3);
  });
});
