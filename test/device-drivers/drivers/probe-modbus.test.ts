import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { probeModbus } from '../../../device-drivers/drivers/probe-modbus.ts';
import { withCrc } from '../../../device-drivers/wire/modbus.ts';
import { defineSimulator, type Simulator } from '../../../simulators/device.ts';
import { probeModbus as bus } from '../../../simulators/devices/probe-modbus.ts';
import { connect, type Rig } from '../../support/converse.ts';
import { exceptions, pta9b01, r4dcb08, xyMd02 } from '../../vectors/probe-modbus.ts';

/** A device that gives one answer to each request in turn, whatever the request is; an empty answer is silence. */
function script(...answers: readonly Uint8Array[]): Simulator {
  return defineSimulator({
    name: 'script',
    describe: 'answers from a list',
    wires: ['pty'],
    baudRate: 9600,
    options: z.object({}),
    create(_, { send }) {
      let turn = 0;
      const receive = () => send(answers[Math.min(turn++, answers.length - 1)]!);
      return { receive, actions: new Map(), state: () => ({ turn }), power: () => {}, stop: () => {} };
    },
  });
}

const readingsOf = (rig: Rig) => rig.outputs.flatMap((output) => ('reading' in output ? [output.reading] : []));
const conditionsOf = (rig: Rig) => rig.outputs.flatMap((output) => ('condition' in output ? [output.condition] : []));
const silence = new Uint8Array(0);

describe('what a register table means', () => {
  test('XY-MD02: temperature and humidity, signed', () => {
    const rig = connect({
      driver: probeModbus,
      options: { profile: 'xy-md02' },
      simulator: script(xyMd02.both4_2And54_6, xyMd02.bothMinus20_5And54_6),
    });
    rig.cycle();
    rig.cycle();
    expect(readingsOf(rig)).toEqual([
      { type: 'temperature', celsius: 4.2, humidity: 54.6, quality: 'ok', raw: 0x002a },
      { type: 'temperature', celsius: -20.5, humidity: 54.6, quality: 'ok', raw: 0xff33 },
    ]);
    expect(rig.sent.map((bytes) => Buffer.from(bytes))).toEqual([xyMd02.readBoth, xyMd02.readBoth].map(Buffer.from));
  });

  test('R4DCB08: one reading per channel; 0x8000 is no sensor', () => {
    const rig = connect({
      driver: probeModbus,
      options: { profile: 'r4dcb08', channels: 4 },
      simulator: script(r4dcb08.fourChannels),
    });
    rig.cycle();
    expect(Buffer.from(rig.sent[0]!)).toEqual(Buffer.from(r4dcb08.read4));
    expect(readingsOf(rig)).toEqual([
      { type: 'temperature', celsius: 4.2, channel: 1, quality: 'ok', raw: 0x002a },
      { type: 'temperature', celsius: 3.9, channel: 2, quality: 'ok', raw: 0x0027 },
      { type: 'temperature', celsius: -0.5, channel: 3, quality: 'ok', raw: 0xfffb },
      { type: 'temperature', celsius: null, channel: 4, quality: 'invalid', raw: 0x8000 },
    ]);
    expect(conditionsOf(rig)).toEqual([{ code: 'sensor-absent', detail: 'channel 4: no sensor' }]);
  });

  test('PTA9B01: the resistance proves the profile', () => {
    const options = { profile: 'pta9b01' };
    const right = connect({ driver: probeModbus, options, simulator: script(pta9b01.reply25_3) });
    expect(right.converse(right.session.identify!())).toEqual({ identity: { model: 'PTA9B01' } });
    const wrong = connect({ driver: probeModbus, options, simulator: script(pta9b01.replyOfHygrometer) });
    expect(wrong.converse(wrong.session.identify!())).toMatchObject({ fault: { code: 'wrong-device' } });
  });

  test.each([
    [0x7fff, 0.1, null],
    [0x8000, 0.1, null],
    [1301, 0.1, null],
    [1300, 0.1, 130],
    [-600 & 0xffff, 0.1, -60],
    [-601 & 0xffff, 0.1, null],
    [2537, 0.01, 25.37],
    [-5 & 0xffff, 1, -5],
  ])('register %i in steps of %d is %s degrees', (raw, celsiusPerStep, celsius) => {
    const answer = withCrc(Uint8Array.of(1, 3, 2, raw >> 8, raw & 0xff));
    const options = { profile: 'r4dcb08', channels: 1, celsiusPerStep };
    const rig = connect({ driver: probeModbus, options, simulator: script(answer) });
    rig.cycle();
    expect(readingsOf(rig)).toEqual([
      { type: 'temperature', celsius, channel: 1, quality: celsius === null ? 'invalid' : 'ok', raw },
    ]);
  });

  test('more channels than the profile has are refused, by name', () => {
    const parsed = probeModbus.options.safeParse({ profile: 'xy-md02', channels: 2 });
    expect(parsed.error?.issues).toMatchObject([{ path: ['channels'], message: 'XY-MD02 has 1' }]);
  });
});

describe('a probe that does not answer as it should', () => {
  const oneChannel = { profile: 'r4dcb08', channels: 1 };
  const good = withCrc(Uint8Array.of(1, 3, 2, 0, 42));

  test.each(exceptions.filter(([readFunction]) => readFunction === 3))(
    'function %i, exception %i: a condition in the cycle, cleared by the next good answer',
    (_, exception, frame) => {
      const busy = exception === 6;
      const rig = connect({
        driver: probeModbus,
        options: { ...oneChannel, attempts: 1 },
        simulator: script(frame, frame, good),
      });
      expect(rig.converse(rig.session.identify!())).toMatchObject({
        fault: { code: busy ? 'modbus-exception' : 'wrong-device', detail: expect.stringContaining(`0${exception}`) },
      });
      expect(rig.cycle()).toBeUndefined();
      expect(rig.cycle()).toBeUndefined();
      expect(conditionsOf(rig)).toMatchObject([{ code: 'modbus-exception' }, null]);
      expect(readingsOf(rig)).toHaveLength(1);
    },
  );

  test('busy is asked again', () => {
    const rig = connect({ driver: probeModbus, options: oneChannel, simulator: script(exceptions.at(-1)![2], good) });
    rig.cycle();
    expect(readingsOf(rig)).toHaveLength(1);
    expect(conditionsOf(rig)).toEqual([]);
  });

  test('silence: three requests, then it is gone', () => {
    const rig = connect({ driver: probeModbus, options: oneChannel, simulator: script(silence) });
    expect(rig.converse(rig.session.identify!())).toEqual({
      fault: { code: 'no-reply', detail: 'unit 1, 3 requests' },
    });
    expect(rig.cycle()).toEqual({ code: 'no-reply', detail: 'unit 1, 3 requests' });
    expect(rig.sent).toHaveLength(6);
  });

  test('another unit, another function and another length are not taken for the answer', () => {
    const foreign = [
      withCrc(Uint8Array.of(2, 3, 2, 0, 99)),
      withCrc(Uint8Array.of(1, 4, 2, 0, 99)),
      withCrc(Uint8Array.of(1, 3, 4, 0, 99, 0, 99)),
    ];
    const rig = connect({
      driver: probeModbus,
      options: oneChannel,
      simulator: script(Buffer.concat([...foreign, good])),
    });
    rig.cycle();
    expect(readingsOf(rig)).toMatchObject([{ celsius: 4.2 }]);
    expect(rig.discarded.get('noise')).toBe(7 + 7 + 9);
  });

  test('a wrong CRC is asked again', () => {
    const spoiled = Uint8Array.from(good);
    spoiled[6]! ^= 0x40;
    const rig = connect({ driver: probeModbus, options: oneChannel, simulator: script(spoiled, good) });
    rig.cycle();
    expect(readingsOf(rig)).toMatchObject([{ celsius: 4.2 }]);
    expect(rig.sent).toHaveLength(2);
  });

  test('an answer to the request before last is dropped', () => {
    const rig = connect({
      driver: probeModbus,
      options: { ...oneChannel, replyWithinMs: 300 },
      simulator: bus,
      simulatorOptions: { probes: [{ celsius: [10] }], behaviour: { replyAfterMs: 450 } },
    });
    expect(rig.cycle()).toMatchObject({ code: 'no-reply' });
    rig.act('set-temperature', { celsius: 20 });
    rig.act('behave', {});
    rig.cycle();
    expect(readingsOf(rig)).toMatchObject([{ celsius: 20 }]);
    expect(rig.discarded.get('flushed')).toBeGreaterThan(0);
  });

  test('sensor-absent is said once, and once when it is over', () => {
    const rig = connect({ driver: probeModbus, options: { profile: 'r4dcb08', channels: 2 }, simulator: bus });
    rig.cycle();
    rig.act('detach-sensor', { channel: 2 });
    rig.cycle();
    rig.cycle();
    rig.act('set-temperature', { channel: 2, celsius: 5 });
    rig.cycle();
    expect(conditionsOf(rig)).toEqual([{ code: 'sensor-absent', detail: 'channel 2: no sensor' }, null]);
    expect(readingsOf(rig)).toHaveLength(8);
  });
});

describe('the echo of a two-wire adapter', () => {
  test.each(['xy-md02', 'r4dcb08', 'pta9b01'] as const)('%s: skipped exactly, and no noise', (profile) => {
    const rig = connect({
      driver: probeModbus,
      options: { profile, echo: true },
      simulator: bus,
      simulatorOptions: {
        probes: [{ profile, celsius: [4, 4, 4, 4, 4, 4, 4, 4] }],
        behaviour: { echo: true, split: true },
      },
    });
    expect(rig.converse(rig.session.identify!())).toHaveProperty('identity');
    rig.cycle();
    expect(readingsOf(rig)[0]).toMatchObject({ celsius: 4 });
    expect([...rig.discarded]).toEqual([]);
  });

  test('echo: true on an adapter without echo, and the other way round, still measure', () => {
    for (const echo of [true, false]) {
      const rig = connect({
        driver: probeModbus,
        options: { profile: 'r4dcb08', channels: 1, echo },
        simulator: bus,
        simulatorOptions: { behaviour: { echo: !echo } },
      });
      rig.cycle();
      expect(readingsOf(rig)).toHaveLength(1);
      expect(rig.discarded.get('noise') ?? 0).toBe(echo ? 0 : 8);
    }
  });
});

test('any temperature comes through any chunking with noise before it', () => {
  const tenths = fc.integer({ min: -600, max: 1300 });
  const noise = fc.uint8Array({ maxLength: 30 });
  fc.assert(
    fc.property(tenths, noise, fc.integer({ min: 1, max: 12 }), (value, dirt, size) => {
      const raw = value & 0xffff;
      const answer = withCrc(Uint8Array.of(1, 3, 2, raw >> 8, raw & 0xff));
      const bytes = Buffer.concat([dirt, answer]);
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      const rig = connect({
        driver: probeModbus,
        options: { profile: 'r4dcb08', channels: 1 },
        simulator: script(bytes),
        wire: () => pieces,
      });
      rig.cycle();
      expect(readingsOf(rig)).toMatchObject([{ celsius: value / 10, raw }]);
    }),
  );
});

test('pulled out in mid-answer, the conversation ends with the link', () => {
  const rig = connect({ driver: probeModbus, options: { profile: 'r4dcb08' }, simulator: bus });
  rig.unplug();
  expect(() => rig.cycle()).toThrow('unplugged');
});
