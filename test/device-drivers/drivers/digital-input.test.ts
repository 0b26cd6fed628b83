import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digitalInput } from '../../../device-drivers/drivers/digital-input.ts';
import { digitalInput as contact } from '../../../simulators/devices/digital-input.ts';
import { connect, type Rig } from '../../support/converse.ts';
import { makeInput, refusals } from '../../vectors/digital-input.ts';

const plug = (use: string, options: object = {}, simulatorOptions: object = {}) =>
  connect({ driver: digitalInput, options: { use, ...options }, simulator: contact, simulatorOptions });
const start = (rig: Rig) => {
  expect(rig.converse(rig.session.identify!())).toEqual({ identity: {} });
  rig.cycle();
};
const levels = (rig: Rig) =>
  rig.outputs.flatMap((output) =>
    'reading' in output && output.reading.type === 'input' ? [`${output.reading.input} ${output.reading.level}`] : [],
  );
/** Enough cycles for everything that is under way to be told. */
const settle = (rig: Rig) => {
  for (let cycle = 0; cycle < 40; cycle++) rig.cycle();
};

describe('the level at the start', () => {
  test.each([
    ['pedal', 1, 0],
    ['pedal', 0, 1],
    ['door', 0, 0],
    ['door', 1, 1],
    ['call-button', 1, 0],
    ['power-fail', 0, 0],
    ['power-fail', 1, 1],
  ])('%s with the line at %i is %i', (use, level, logical) => {
    const rig = plug(use, {}, { level });
    start(rig);
    expect(levels(rig)).toEqual([`${use} ${logical}`]);
  });

  test('activeLow turns it round', () => {
    const rig = plug('door', { activeLow: true }, { level: 0 });
    start(rig);
    expect(levels(rig)).toEqual(['door 1']);
  });
});

describe('a cut wire', () => {
  test.each([
    ['pedal', undefined, 'pullUp', 0],
    ['door', undefined, 'pullUp', 1],
    ['call-button', undefined, 'pullUp', 0],
    ['power-fail', undefined, 'pullUp', 1],
    ['power-fail', true, 'pullDown', 1],
    ['pedal', false, 'pullDown', 0],
    ['door', true, 'pullDown', 1],
  ] as const)('%s, activeLow %s: pulled %s, reads %i', (use, activeLow, bias, logical) => {
    const rig = plug(use, activeLow === undefined ? {} : { activeLow }, { level: bias === 'pullUp' ? 0 : 1 });
    start(rig);
    expect(Buffer.from(rig.sent[0]!)).toEqual(Buffer.from(makeInput[bias]));
    rig.act('cut-wire');
    settle(rig);
    expect(levels(rig).at(-1)).toBe(`${use} ${logical}`);
  });

  test('bias as-is leaves the pull to a resistor', () => {
    const rig = plug('door', { bias: 'as-is' });
    start(rig);
    expect(Buffer.from(rig.sent[0]!)).toEqual(Buffer.from(makeInput.asIs));
  });
});

describe('bounce', () => {
  test('a press is one press, whatever the contact does', () => {
    const rig = plug('pedal', {}, { bounces: 6, bounceMs: 2 });
    start(rig);
    rig.act('press', { ms: 200 });
    settle(rig);
    expect(levels(rig)).toEqual(['pedal 0', 'pedal 1', 'pedal 0']);
  });

  test.each([
    ['pedal', 29],
    ['door', 49],
    ['power-fail', 499],
  ])('%s: %i ms is nothing', (use, ms) => {
    const rig = plug(use, {}, { bounces: 0 });
    start(rig);
    rig.act('press', { ms });
    settle(rig);
    expect(levels(rig)).toHaveLength(1);
  });

  test.each([
    ['pedal', 31],
    ['door', 51],
    ['power-fail', 501],
  ])('%s: %i ms counts', (use, ms) => {
    const rig = plug(use, {}, { bounces: 0 });
    start(rig);
    rig.act('press', { ms });
    settle(rig);
    expect(levels(rig)).toHaveLength(3);
  });

  test('a contact that never stands still is never told, and stops nothing', () => {
    const rig = plug('pedal', {}, { bounces: 50, bounceMs: 20 });
    start(rig);
    rig.act('set', { level: 0 });
    for (let cycle = 0; cycle < 5; cycle++) rig.cycle();
    expect(levels(rig)).toEqual(['pedal 0']);
    settle(rig);
    settle(rig);
    expect(levels(rig)).toEqual(['pedal 0', 'pedal 1']);
  });

  test('readings alternate, and end at the level of the line', () => {
    const moves = fc.array(fc.record({ level: fc.constantFrom(0, 1), waitMs: fc.integer({ min: 0, max: 100 }) }));
    fc.assert(
      fc.property(moves, fc.integer({ min: 0, max: 5 }), (sequence, bounces) => {
        const rig = plug('pedal', {}, { bounces, bounceMs: 3 });
        start(rig);
        for (const { level, waitMs } of sequence) {
          rig.act('set', { level });
          const untilMs = rig.clock.monotonicMs() + waitMs;
          while (rig.clock.monotonicMs() < untilMs) rig.cycle();
        }
        settle(rig);
        const told = levels(rig);
        expect(told.every((reading, index) => index === 0 || reading !== told[index - 1])).toBe(true);
        expect(told.at(-1)).toBe(`pedal ${sequence.length > 0 && sequence.at(-1)!.level === 0 ? 1 : 0}`);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a press', () => {
  test('ends also while the cable is out', () => {
    const rig = plug('pedal');
    rig.act('press', { ms: 200 });
    expect(rig.device.state()).toMatchObject({ level: 0 });
    rig.device.power(false);
    rig.idle(300);
    rig.device.power(true);
    start(rig);
    settle(rig);
    expect(levels(rig)).toEqual(['pedal 0']);
  });

  test('that is pressed again lasts from then on; a contact that is moved stays', () => {
    const rig = plug('pedal');
    rig.act('press', { ms: 200 });
    rig.idle(100);
    rig.act('press', { ms: 200 });
    rig.idle(150);
    expect(rig.device.state()).toMatchObject({ level: 0 });
    rig.act('set', { level: 0 });
    rig.idle(1_000);
    expect(rig.device.state()).toMatchObject({ level: 0 });
  });
});

describe('a line that cannot be had', () => {
  test.each(refusals)('refused $why', ({ why }) => {
    const rig = plug('door', {}, { refuse: why });
    expect(rig.converse(rig.session.identify!())).toEqual({
      fault: { code: `port-${why}`, detail: 'the GPIO line' },
    });
  });

  test('pulled out, the conversation ends with the link', () => {
    const rig = plug('door');
    start(rig);
    rig.unplug();
    expect(() => rig.cycle()).toThrow('unplugged');
  });
});
