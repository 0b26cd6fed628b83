import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { probeTemper } from '../../../device-drivers/drivers/probe-temper.ts';
import { defineSimulator } from '../../../simulators/device.ts';
import { probeTemper as simulator } from '../../../simulators/devices/probe-temper.ts';
import { connect } from '../../support/converse.ts';
import { captures, questions, unknownFirmware } from '../../vectors/probe-temper.ts';

const rig = (model = 'hum-4.1', options: object = {}) =>
  connect({ driver: probeTemper, options, simulator, simulatorOptions: { model } });
const identify = (r: ReturnType<typeof rig>) => r.converse(r.session.identify!());
const readings = (r: ReturnType<typeof rig>) =>
  r.outputs.flatMap((output) => ('reading' in output ? [output.reading] : []));

/** A stick that answers with what a test hands it. */
const playback = (firmware: readonly Uint8Array[], answer: readonly Uint8Array[]) =>
  connect({
    driver: probeTemper,
    simulator: defineSimulator({
      ...simulator,
      create: (_options, { send }) => ({
        receive(report) {
          for (const part of report[2] === 0x86 ? firmware : answer) send(part);
        },
        actions: new Map(),
        state: () => ({}),
        power() {},
        stop() {},
      }),
    }),
  });

describe('probe-temper', () => {
  test.each(Object.entries(captures))('reads the capture %s', (_, { firmware, name, answer, readings: expected }) => {
    const r = playback(firmware, answer);
    expect(identify(r)).toMatchObject({ identity: { firmware: name } });
    expect(r.cycle()).toBeUndefined();
    expect(readings(r)).toEqual(expected);
    expect(r.sent).toEqual([questions.firmware, questions.values]);
  });

  test.each(['hum-4.1', 'hum-3.8', '2-3.7', 'x-3.3', 'gold-3.1', '1f-4.1', 'f1.2', '1f1.1', '2-m12', '1f-h1'])(
    'reads what the stick %s measures, below zero too',
    (model) => {
      const r = rig(model);
      identify(r);
      for (const celsius of [4.2, 0, -5.25, 36.6]) {
        r.outputs.length = 0;
        r.act('set-temperature', { celsius });
        r.cycle();
        expect(readings(r)[0]).toMatchObject({ quality: 'ok' });
        expect((readings(r)[0] as { celsius: number }).celsius).toBeCloseTo(celsius, 1);
      }
    },
  );

  test('humidity comes with it, of the SHT20 too', () => {
    for (const model of ['hum-3.8', '1f-h1']) {
      const r = rig(model);
      identify(r);
      r.act('set-humidity', { percent: 61 });
      r.cycle();
      expect((readings(r)[0] as { humidity: number }).humidity).toBeCloseTo(61, 1);
    }
  });

  test('a sensor that is pulled out has no value, which is not 0 degrees, and degrades the stick until it is back', () => {
    const r = rig('2-3.7');
    identify(r);
    r.act('set-temperature', { celsius: null, sensor: 'outer' });
    r.cycle();
    r.act('set-temperature', { celsius: 0, sensor: 'outer' });
    r.cycle();
    expect(r.outputs).toEqual([
      { reading: expect.objectContaining({ celsius: 4.2, channel: 1 }) },
      { reading: { type: 'temperature', celsius: null, channel: 2, quality: 'invalid' } },
      { condition: { code: 'sensor-absent', detail: 'channel 2' } },
      { reading: expect.objectContaining({ celsius: 4.2, channel: 1 }) },
      { reading: { type: 'temperature', celsius: 0, channel: 2, quality: 'ok', raw: 0 } },
      { condition: null },
    ]);
  });

  test('a name that comes by halves is asked for again, up to ten times', () => {
    const r = rig();
    r.act('mute', { what: 'nothing', halves: 9 });
    expect(identify(r)).toMatchObject({ identity: { model: 'TEMPerHUM_V4.1' } });
    const worse = rig();
    worse.act('mute', { what: 'nothing', halves: 10 });
    expect(identify(worse)).toMatchObject({ fault: { code: 'no-reply' } });
  });

  test('one that answers no name is no stick', () => {
    const r = rig();
    r.act('mute', { what: 'firmware' });
    expect(identify(r)).toMatchObject({ fault: { code: 'no-reply' } });
    expect(r.sent).toHaveLength(3);
  });

  test('one that has a name and no values (TEMPer1F_V4.1) is no data, and no reading', () => {
    const r = rig('1f-4.1');
    identify(r);
    r.act('mute', { what: 'values' });
    expect(r.cycle()).toEqual({ code: 'no-reply', detail: '3 questions' });
    expect(r.outputs).toEqual([]);
  });

  test('firmware that is not in the table is not guessed at', () => {
    const r = playback(unknownFirmware.reports, []);
    expect(identify(r)).toEqual({
      fault: { code: 'wrong-device', detail: 'firmware TEMPer1F_V1.3r1F is not in the table of this driver' },
    });
  });

  test('an answer that comes late is not taken for the next one', () => {
    const r = rig('hum-3.8');
    identify(r);
    for (const item of r.session.framing.push(captures.hum38.answer[0]!)) expect(item).toHaveProperty('frame');
    r.cycle();
    expect(readings(r)).toHaveLength(1);
  });

  test('whatever it answers: a number in range, or none', () => {
    const reports = fc.array(fc.uint8Array({ minLength: 7, maxLength: 9 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(captures)), reports, ({ firmware }, answer) => {
        const echoed = answer.map((report, index) =>
          index === 0 ? Uint8Array.of(0x80, ...report.subarray(1)) : report,
        );
        const r = playback(firmware, echoed);
        expect(identify(r)).toHaveProperty('identity');
        r.cycle();
        for (const reading of readings(r)) {
          if (reading.type !== 'temperature') throw new Error('not a temperature');
          expect(reading.celsius === null).toBe(reading.quality === 'invalid');
          if (reading.celsius !== null) expect(Math.abs(reading.celsius - 35)).toBeLessThanOrEqual(95);
          if (reading.humidity !== undefined) expect(Math.abs(reading.humidity - 50)).toBeLessThanOrEqual(50);
        }
      }),
    );
  });
});
