import { describe, expect, test } from 'vitest';
import { indicator } from '../../../device-drivers/drivers/indicator.ts';
import { indicator as lamp } from '../../../simulators/devices/indicator.ts';
import { connect, type Rig } from '../../support/converse.ts';
import { limit, toLine } from '../../vectors/indicator.ts';

const plug = (use: string, options: object = {}, simulatorOptions: object = {}) =>
  connect({ driver: indicator, options: { use, ...options }, simulator: lamp, simulatorOptions });
const start = (rig: Rig) => expect(rig.converse(rig.session.identify!())).toEqual({ identity: {} });
const command = (rig: Rig, name: string, args?: unknown) =>
  rig.converse(rig.session.commands![name]!(args as never) as never) as unknown;
const levels = (rig: Rig) => rig.device.state().levels as number[];
const lastSent = (rig: Rig) => Buffer.from(rig.sent.at(-1)!);

describe('a lamp', () => {
  test.each([
    [false, 'lamp', [0, 1, 0]],
    [true, 'relayBoard', [1, 0, 1]],
  ] as const)('activeLow %s: off from the first moment, on, off', (activeLow, asked, seen) => {
    const rig = plug('ok-lamp', { activeLow });
    start(rig);
    expect(lastSent(rig)).toEqual(Buffer.from(toLine[asked]));
    expect(command(rig, 'on')).toEqual({ outcome: 'done' });
    expect(command(rig, 'on')).toEqual({ outcome: 'done' });
    expect(command(rig, 'off')).toEqual({ outcome: 'done' });
    expect(levels(rig)).toEqual(seen);
  });

  test('blinks until another command comes', () => {
    const rig = plug('error-lamp');
    start(rig);
    command(rig, 'pattern', { stepsMs: [500, 500], forever: true });
    expect(lastSent(rig)).toEqual(Buffer.from(toLine.blink));
    rig.idle(2_250);
    expect(levels(rig)).toEqual([0, 1, 0, 1, 0, 1]);
    command(rig, 'off');
    rig.idle(5_000);
    expect(levels(rig)).toEqual([0, 1, 0, 1, 0, 1, 0]);
  });

  test('goes out when the link closes', () => {
    const rig = plug('ok-lamp');
    start(rig);
    command(rig, 'on');
    rig.unplug();
    expect(rig.device.state()).toMatchObject({ level: 0 });
  });
});

describe('a buzzer', () => {
  test('beeps three times and is quiet', () => {
    const rig = plug('buzzer');
    start(rig);
    command(rig, 'pattern', { stepsMs: [100, 100, 100, 100, 100] });
    expect(lastSent(rig)).toEqual(Buffer.from(toLine.threeBeeps));
    rig.idle(10_000);
    expect(levels(rig)).toEqual([0, 1, 0, 1, 0, 1, 0]);
  });

  test('a second pattern replaces the first: never two timers', () => {
    const rig = plug('buzzer');
    start(rig);
    command(rig, 'pattern', { stepsMs: [100, 100], forever: true });
    rig.idle(50);
    for (let again = 0; again < 5; again++) command(rig, 'pattern', { stepsMs: [200] });
    expect(rig.device.state()).toMatchObject({ isOn: true });
    rig.idle(10_000);
    expect(levels(rig)).toEqual([0, 1, 0]);
  });

  test.each([
    [{ stepsMs: [] }],
    [{ stepsMs: [9] }],
    [{ stepsMs: [5_001] }],
    [{ stepsMs: Array(17).fill(100) }],
    [{ stepsMs: ['100\nset 1'] }],
    [{}],
    [undefined],
  ])('refuses %j and sends nothing', (args) => {
    const rig = plug('buzzer');
    start(rig);
    expect(command(rig, 'pattern', args)).toMatchObject({
      outcome: 'failed',
      error: expect.stringContaining('stepsMs'),
    });
    expect(rig.sent).toHaveLength(1);
  });
});

describe('a door lock', () => {
  test('opens for a pulse, and has no on', () => {
    const rig = plug('door-lock');
    start(rig);
    expect(lastSent(rig)).toEqual(Buffer.from(toLine.lock));
    expect(Object.keys(rig.session.commands!)).toEqual(['off', 'pulse']);
    command(rig, 'pulse');
    expect(lastSent(rig)).toEqual(Buffer.from(toLine.openFor1s));
    rig.idle(999);
    expect(rig.device.state()).toMatchObject({ isOn: true });
    rig.idle(1);
    expect(rig.device.state()).toMatchObject({ isOn: false });
  });

  test('more than 3 s is refused', () => {
    const rig = plug('door-lock');
    start(rig);
    expect(command(rig, 'pulse', { ms: 3_001 })).toMatchObject({ outcome: 'failed' });
    expect(levels(rig)).toEqual([0]);
  });

  test('held longer all the same, the watchdog lets go and it is said', () => {
    const rig = plug('door-lock');
    start(rig);
    rig.device.receive(toLine.on);
    rig.idle(2_999);
    expect(rig.device.state()).toMatchObject({ isOn: true });
    rig.idle(1);
    expect(rig.device.state()).toMatchObject({ isOn: false });
    expect(rig.outputs).toEqual([{ fault: { code: 'output-held-too-long', detail: '3000 ms' } }]);
  });

  test('a limit that crosses a command is not its answer', () => {
    const rig = plug('door-lock');
    start(rig);
    for (const item of rig.session.framing.push(limit)) expect(item).toEqual({ frame: { report: 'limit' } });
    expect(command(rig, 'off')).toEqual({ outcome: 'done' });
  });
});

describe('a line that cannot be had', () => {
  test('from the start', () => {
    const rig = plug('ok-lamp', {}, { refuse: 'denied' });
    expect(rig.converse(rig.session.identify!())).toEqual({
      fault: { code: 'port-denied', detail: 'the GPIO line' },
    });
  });

  test('later', () => {
    const rig = plug('ok-lamp');
    start(rig);
    rig.act('take-line');
    expect(command(rig, 'on')).toEqual({
      outcome: 'failed',
      fault: { code: 'port-busy', detail: 'the GPIO line' },
    });
  });
});
