import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FaultSettings, faultPipe } from '../../simulators/fault-pipe.ts';
import { seededRandom } from '../../simulators/random.ts';
import { manualClock } from '../support/manual-clock.ts';

function pipe(settings: FaultSettings, seed = 1) {
  const clock = manualClock();
  const chunks: Uint8Array[] = [];
  const injected: string[] = [];
  const hangUps: number[] = [];
  const made = faultPipe({
    clock,
    random: seededRandom(seed, 'test'),
    deliver: (bytes) => chunks.push(bytes),
    injected: (kind) => injected.push(kind),
    hangUp: (outMs) => hangUps.push(outMs),
  });
  made.set(settings);
  return { ...made, clock, chunks, injected, hangUps, all: () => Buffer.concat(chunks) };
}

const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);

describe('each fault does what it says', () => {
  test('none: every chunk passes as it is', () => {
    const { send, chunks, injected } = pipe({});
    send(bytes);
    expect(chunks).toEqual([bytes]);
    expect(injected).toEqual([]);
  });

  test('drop loses bytes, duplicate doubles them', () => {
    const dropping = pipe({ drop: 0.1 });
    dropping.send(bytes);
    expect(dropping.all().length).toBe(bytes.length - dropping.injected.length);
    const doubling = pipe({ duplicate: 0.1 });
    doubling.send(bytes);
    expect(doubling.all().length).toBe(bytes.length + doubling.injected.length);
    expect(doubling.injected.length).toBeGreaterThan(400);
    expect(doubling.injected.length).toBeLessThan(600);
  });

  test('flip turns over one bit', () => {
    const { send, all, injected } = pipe({ flip: 0.01 });
    send(bytes);
    const changes = [...all()].map((byte, i) => byte ^ bytes[i]!).filter((bits) => bits !== 0);
    expect(changes.length).toBe(injected.length);
    for (const bits of changes) expect(bits & (bits - 1)).toBe(0);
  });

  test('split and stall hold the rest back, in order, and heal lets it go', () => {
    const { send, heal, clock, all, injected } = pipe({ split: 0.002, splitMs: 3, stall: 0.002, stallMs: 400 });
    send(bytes.subarray(0, 4000));
    send(bytes.subarray(4000));
    expect(all().length).toBeLessThan(4000);
    while (all().length < 2500) clock.advance(1);
    expect(injected).toEqual(expect.arrayContaining(['split', 'stall']));
    heal();
    expect(all()).toEqual(Buffer.from(bytes));
    expect(clock.nextDueMs()).toBeUndefined();
  });

  test('hangUp ends the pipe after that byte', () => {
    const { send, hangUps, all } = pipe({ hangUp: 0.001, hangUpMs: 70 });
    send(bytes);
    send(bytes);
    expect(hangUps).toEqual([70]);
    expect(all()).toEqual(Buffer.from(bytes.subarray(0, all().length)));
    expect(all().length).toBeLessThan(bytes.length);
  });
});

test('one seed gives one result, however the kernel cuts the chunks', () => {
  const settings = { drop: 0.05, flip: 0.05, duplicate: 0.05, split: 0.05, stall: 0.01 };
  const run = (seed: number, cuts: readonly number[]) => {
    const { send, clock, all, injected } = pipe(settings, seed);
    const ends = [...cuts].sort((a, b) => a - b).concat(600);
    let from = 0;
    for (const to of ends) {
      send(bytes.subarray(from, to));
      from = to;
    }
    clock.advance(1e6);
    return { bytes: all().toString('hex'), injected };
  };
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 20 }), (seed, cuts) => {
      expect(run(seed, cuts)).toEqual(run(seed, []));
    }),
    { numRuns: 50 },
  );
  expect(run(1, [])).not.toEqual(run(2, []));
});

test('the generator is pinned: a printed seed stays good', () => {
  const random = seededRandom(42, 'scanner-1/to-host');
  const drawn = Array.from({ length: 4 }, () => Math.floor(random() * 0x1_0000_0000));
  expect(drawn).toEqual([2464085954, 709530546, 3595441360, 4194909684]);
  const mean = Array.from({ length: 10_000 }, random).reduce((sum, x) => sum + x, 0) / 10_000;
  expect(mean).toBeCloseTo(0.5, 1);
});
