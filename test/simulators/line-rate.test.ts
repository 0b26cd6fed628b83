import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineRate } from '../../simulators/line-rate.ts';
import { manualClock } from '../support/manual-clock.ts';

function line(baudRate: number) {
  const clock = manualClock();
  const arrivals: { atMs: number; bytes: Uint8Array }[] = [];
  const deliver = (bytes: Uint8Array) => arrivals.push({ atMs: clock.monotonicMs(), bytes });
  const rate = lineRate({ baudRate, clock, deliver });
  const runDry = () => {
    for (let due = clock.nextDueMs(); due !== undefined; due = clock.nextDueMs())
      clock.advance(due - clock.monotonicMs());
  };
  return { clock, arrivals, rate, runDry };
}

test('1295 bytes at 115200 baud take 112.4 ms, in pieces', () => {
  const { arrivals, rate, runDry } = line(115_200);
  rate.send(new Uint8Array(1295));
  runDry();
  expect(arrivals.at(-1)?.atMs).toBeCloseTo(112.41, 1);
  expect(arrivals.length).toBe(81);
});

test('a timer that fires late does not slow the line down', () => {
  const { clock, arrivals, rate, runDry } = line(9600);
  const late = { ...clock, after: (ms: number, fn: () => void) => clock.after(ms + 7, fn) };
  const got: number[] = [];
  const slow = lineRate({ baudRate: 9600, clock: late, deliver: (bytes) => got.push(bytes.length) });
  slow.send(new Uint8Array(960));
  rate.send(new Uint8Array(960));
  runDry();
  expect(arrivals.at(-1)?.atMs).toBeCloseTo(1000, 3);
  expect(clock.monotonicMs()).toBeLessThan(1010);
  expect(got.reduce((sum, n) => sum + n, 0)).toBe(960);
});

test('all bytes arrive in order, whatever is sent when', () => {
  const sends = fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 0, max: 30 })));
  fc.assert(
    fc.property(sends, fc.constantFrom(1200, 9600, 115_200), (chunks, baudRate) => {
      const { clock, arrivals, rate, runDry } = line(baudRate);
      for (const [bytes, pauseMs] of chunks) {
        rate.send(bytes);
        clock.advance(pauseMs);
      }
      runDry();
      expect(Buffer.concat(arrivals.map(({ bytes }) => bytes))).toEqual(Buffer.concat(chunks.map(([bytes]) => bytes)));
    }),
  );
});

test('what is under way when it stops is lost', () => {
  const { clock, arrivals, rate, runDry } = line(9600);
  rate.send(new Uint8Array(100));
  clock.advance(20);
  rate.stop();
  runDry();
  expect(arrivals.map(({ bytes }) => bytes.length)).toEqual([16]);
});
