import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BoxRule, bornBox, passBox, readBox, type Said } from '../../gateway/cold-box.ts';

const rule: BoxRule = {
  ...{ minC: 2, maxC: 8, hysteresisC: 0.3, freezingC: 0 },
  ...{ afterMs: 60_000, doorGraceMs: 0, lostAfterMs: 30_000, keepEveryMs: 60_000 },
};
const everyMs = 10_000;
/** A value, null for a measurement that failed, undefined for none at all. */
type Measured = number | null | undefined;

function run(
  values: readonly Measured[],
  own: Partial<BoxRule> = {},
  wallAt: (index: number) => number = (i) => i * everyMs,
) {
  const using = { ...rule, ...own };
  let state = bornBox({ wallMs: wallAt(0), monoMs: 0 }, true);
  const said: (Said & { index: number })[] = [];
  const kept: number[] = [];
  for (const [index, celsius] of values.entries()) {
    const at = { wallMs: wallAt(index), monoMs: index * everyMs };
    const step =
      celsius === undefined ? { ...passBox(state, at, using), isKept: false } : readBox(state, celsius, at, using);
    state = step.state;
    if (step.said) said.push({ ...step.said, index });
    if (step.isKept) kept.push(index);
  }
  return { said, kept, state };
}
const told = ({ said }: ReturnType<typeof run>) =>
  said.map(({ state, excursion, index }) => `${index} ${state} ${excursion.reason}`);
const times = (celsius: Measured, count: number) => Array.from({ length: count }, () => celsius);

describe('too warm, too cold', () => {
  test('after 60 s outside, with the first moment and the extreme; over 0.3 inside', () => {
    const result = run([5, 8.1, 8.4, 9, 8.5, 8.2, 8.1, 8.1, 8.1, 10, 8, 7.8, 7.7, 5]);
    expect(told(result)).toEqual(['7 began too-warm', '12 ended too-warm']);
    expect(result.said[0]!.excursion).toEqual({ reason: 'too-warm', sinceWallMs: 10_000, extremeC: 9 });
    expect(result.said[1]).toMatchObject({ celsius: 7.7, excursion: { extremeC: 10 } });
  });

  test('a box that is opened for 50 s is no excursion, as often as one likes', () => {
    const opened = [5, ...times(9, 6), 7.9];
    expect(told(run([...opened, ...opened, ...opened]))).toEqual([]);
  });

  test('too cold is another reason', () => {
    expect(told(run([...times(1.5, 7), 2.2, 2.3]))).toEqual(['6 began too-cold', '8 ended too-cold']);
  });

  test.each([
    [2, []],
    [8, []],
    [1.99, ['6 began too-cold']],
    [8.01, ['6 began too-warm']],
  ])('%d degrees', (celsius, expected) => expect(told(run(times(celsius, 7)))).toEqual(expected));
});

describe('freezing', () => {
  test('at once, since the limit was passed', () => {
    const result = run([5, 1, -0.1, 5]);
    expect(told(result)).toEqual(['2 began freezing', '3 ended freezing']);
    expect(result.said[0]!.excursion).toMatchObject({ sinceWallMs: 10_000, extremeC: -0.1 });
  });

  test('zero is not below zero', () => expect(told(run([5, 0, 5]))).toEqual([]));

  test('a freezer is meant to freeze', () => {
    expect(told(run(times(-20, 20), { minC: -25, maxC: -15 }))).toEqual([]);
  });
});

describe('a lost sensor', () => {
  test.each([null, undefined])('three polls of %s', (nothing) => {
    const result = run([5, ...times(nothing, 3), 5]);
    expect(told(result)).toEqual(['3 began sensor-lost', '4 ended sensor-lost']);
    expect(result.said[0]).toMatchObject({ celsius: null, excursion: { sinceWallMs: 0, extremeC: null } });
  });

  test('that never gave anything', () => expect(told(run(times(null, 5)))).toEqual(['3 began sensor-lost']));

  test('that comes back outside is still an excursion, and needs its hysteresis', () => {
    const result = run([5, null, null, null, 9, 7.9, 7.7]);
    expect(told(result)).toEqual(['3 began sensor-lost', '6 ended sensor-lost']);
    expect(result.said[1]!.excursion.extremeC).toBe(9);
  });

  test('in mid-excursion nothing else begins, and silence ends nothing', () => {
    expect(told(run([...times(9, 7), ...times(null, 10), 5]))).toEqual(['6 began too-warm', '17 ended too-warm']);
  });
});

describe('what is kept', () => {
  test('one a minute', () => expect(run(times(5, 20)).kept).toEqual([0, 6, 12, 18]));
  test('at once over a limit, back, and without a value', () => {
    expect(run([5, 5, 9, 9, 5, 5, null, null, 5]).kept).toEqual([0, 2, 4, 6, 8]);
  });
  test('with an event', () => expect(run([...times(9, 6), 9]).kept).toEqual([0, 6]));
  test('all of them, when so wished', () => expect(run(times(5, 4), { keepEveryMs: 0 }).kept).toEqual([0, 1, 2, 3]));
});

describe('whatever comes', () => {
  const measured = fc.oneof(
    { weight: 6, arbitrary: fc.double({ min: -5, max: 14, noNaN: true }) },
    { weight: 3, arbitrary: fc.constantFrom(1.9, 2, 2.3, 7.7, 8, 8.1, 0, -0.1) },
    { weight: 2, arbitrary: fc.constantFrom(null, undefined) },
  );
  /** Values that stay for a while, as temperatures do. */
  const history = fc
    .array(fc.record({ celsius: measured, count: fc.integer({ min: 1, max: 12 }) }), { maxLength: 20 })
    .map((stretches) => stretches.flatMap(({ celsius, count }) => times(celsius, count)));

  test('began and ended alternate, and each is right about its value', () => {
    fc.assert(
      fc.property(history, (values) => {
        const { said } = run(values);
        for (const [index, { state, celsius, excursion, index: at }] of said.entries()) {
          expect(state).toBe(index % 2 === 0 ? 'began' : 'ended');
          if (state === 'ended') {
            const marginC = excursion.extremeC === null ? 0 : rule.hysteresisC;
            expect(celsius).toBeGreaterThanOrEqual(rule.minC + marginC);
            expect(celsius).toBeLessThanOrEqual(rule.maxC - marginC);
          } else if (excursion.reason === 'sensor-lost') {
            expect(
              values.slice(Math.max(0, at - 2), at + 1).every((value) => value === null || value === undefined),
            ).toBe(true);
          } else if (excursion.reason === 'freezing') expect(celsius).toBeLessThan(0);
          else {
            const since = excursion.sinceWallMs / everyMs;
            expect(at - since).toBeGreaterThanOrEqual(6);
            for (const value of values.slice(since, at + 1))
              if (typeof value === 'number') expect(value < rule.minC || value > rule.maxC).toBe(true);
          }
        }
      }),
    );
  });

  test('steps of the wall clock change nothing', () => {
    fc.assert(
      fc.property(history, fc.array(fc.integer({ min: 0, max: 2 ** 41 }), { minLength: 1 }), (values, walls) => {
        expect(told(run(values, {}, (index) => walls[index % walls.length]!))).toEqual(told(run(values)));
      }),
    );
  });

  test('every excursion is in the readings that are kept', () => {
    fc.assert(
      fc.property(history, (values) => {
        const { said, kept } = run(values);
        for (const { index } of said) if (values[index] !== undefined) expect(kept).toContain(index);
      }),
    );
  });
});
