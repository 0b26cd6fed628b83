import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { probeW1, w1Value } from '../../../device-drivers/drivers/probe-w1.ts';
import { crc8Dallas, type W1Answer, w1Answers } from '../../../device-drivers/wire/w1-slave.ts';
import { probeW1 as sensor } from '../../../simulators/devices/probe-w1.ts';
import { connect, type Rig } from '../../support/converse.ts';
import { feed } from '../../support/framing.ts';
import { crcCheck, damaged, eio, good, noSensor, powerOn, romCode, shorted } from '../../vectors/probe-w1.ts';

const answerOf = (bytes: Uint8Array): W1Answer => feed(w1Answers(), [bytes]).frames[0]!;
const plug = (simulatorOptions: object = {}, options: object = {}) =>
  connect({ driver: probeW1, options, simulator: sensor, simulatorOptions });
const readings = (rig: Rig) => rig.outputs.flatMap((output) => ('reading' in output ? [output.reading] : []));
const conditions = (rig: Rig) =>
  rig.outputs.flatMap((output) => ('condition' in output ? [output.condition?.code] : []));

describe('the CRC', () => {
  test('check value', () => expect(crc8Dallas(Buffer.from(crcCheck.text))).toBe(crcCheck.crc));
  test('a ROM code', () => expect(crc8Dallas(Buffer.from(romCode.bytes.replaceAll(' ', ''), 'hex'))).toBe(romCode.crc));
});

describe('what a text means', () => {
  test.each(good)('%d degrees', (celsius, bytes) => {
    expect(w1Value(answerOf(bytes), undefined)).toMatchObject({ celsius, raw: celsius * 16 });
  });

  test.each([
    ['power-on', powerOn, 'sensor-power-lost'],
    ['shorted', shorted, 'sensor-absent'],
    ['all ones', noSensor, 'sensor-absent'],
    ['a bit turned over', damaged, 'measurement-damaged'],
    ['EIO', eio, 'sensor-absent'],
  ])('%s: no value', (_, bytes, code) => {
    expect(w1Value(answerOf(bytes), 4)).toMatchObject({ wrong: { code } });
  });

  const scratchpadText = (raw: number, sixth: number, milliCelsius: number) => {
    const bytes = Buffer.from([raw & 0xff, (raw >> 8) & 0xff, 0x4b, 0x46, 0x7f, 0xff, sixth, 0x10, 0]);
    bytes[8] = crc8Dallas(bytes.subarray(0, 8));
    const hex = bytes.toString('hex').replace(/../g, '$& ');
    return Buffer.from(`${hex}: crc=${bytes[8].toString(16).padStart(2, '0')} YES\n${hex}t=${milliCelsius}\n`);
  };

  test.each([
    [84, true],
    [76, true],
    [74, false],
    [undefined, false],
  ])('85 degrees after %s: believed %s', (previous, believed) => {
    const value = w1Value(answerOf(scratchpadText(85 * 16, 0x10, 85_000)), previous);
    expect('celsius' in value).toBe(believed);
  });

  test('a clone that says -127', () => {
    const value = w1Value(answerOf(scratchpadText(-127 * 16, 0x10, -127_000)), 4);
    expect(value).toMatchObject({ wrong: { code: 'sensor-absent' } });
  });

  test('a temperature that is not that of its bytes', () => {
    const value = w1Value(answerOf(scratchpadText(4 * 16, 0x10, 14_000)), 4);
    expect(value).toMatchObject({ wrong: { code: 'measurement-damaged' } });
  });

  test('any one bit turned over in the scratchpad is noticed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...good), fc.nat(71), ([, bytes], bit) => {
        const answer = answerOf(bytes) as Exclude<W1Answer, { errno: string }>;
        const scratchpad = Uint8Array.from(answer.scratchpad);
        scratchpad[bit >> 3]! ^= 1 << (bit & 7);
        // Also with a kernel that would not have seen it.
        const value = w1Value({ ...answer, scratchpad, lastGood: scratchpad }, 4);
        expect(value).toMatchObject({ wrong: { code: 'measurement-damaged' } });
      }),
    );
  });
});

describe('measuring', () => {
  test.each([
    [9, 4.56, 4.5, 72],
    [10, 4.56, 4.5, 72],
    [11, 4.63, 4.625, 74],
    [12, 4.44, 4.437, 71],
    [12, -0.44, -0.437, -7],
  ])('%i bits at %d degrees: %d', (resolutionBits, real, celsius, raw) => {
    const rig = plug({ celsius: real, resolutionBits });
    expect(rig.converse(rig.session.identify!())).toEqual({ identity: { model: `DS18B20, ${resolutionBits} bit` } });
    rig.cycle();
    expect(readings(rig)).toEqual([{ type: 'temperature', celsius, raw, quality: 'ok' }]);
  });

  test.each([
    ['detached', 'sensor-absent'],
    ['shorted', 'sensor-absent'],
    ['bad-crc', 'measurement-damaged'],
    ['power-on', 'sensor-power-lost'],
  ])('%s: tried three times, then an invalid reading and %s; over with the next good one', (trouble, code) => {
    const rig = plug();
    rig.cycle();
    rig.act('trouble', { trouble });
    rig.cycle();
    expect(rig.sent).toHaveLength(4);
    rig.act('trouble', { trouble: 'none' });
    rig.cycle();
    expect(readings(rig).map((reading) => 'celsius' in reading && reading.celsius)).toEqual([4.5, null, 4.5]);
    expect(conditions(rig)).toEqual([code, undefined]);
  });

  test.each(['detached', 'shorted'])('%s from the start: not ready', (trouble) => {
    const rig = plug({ trouble });
    expect(rig.converse(rig.session.identify!())).toMatchObject({ fault: { code: 'sensor-absent' } });
  });

  test('no answer at all: the connection is over', () => {
    const rig = plug({ trouble: 'mute' });
    expect(rig.cycle()).toMatchObject({ code: 'no-reply' });
  });

  test('pulled out, the conversation ends with the link', () => {
    const rig = plug();
    rig.unplug();
    expect(() => rig.cycle()).toThrow('unplugged');
  });
});

test('any temperature comes through any chunking with noise before it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -55 * 16, max: 80 * 16 }),
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(20),
      (raw, dirt, size) => {
        const rig = connect({
          driver: probeW1,
          simulator: sensor,
          simulatorOptions: { celsius: raw / 16 },
          wire: (bytes) => {
            const all = Buffer.concat([dirt, Buffer.from('\n'), bytes]);
            return Array.from({ length: Math.ceil(all.length / (size + 1)) }, (_, index) =>
              all.subarray(index * (size + 1), (index + 1) * (size + 1)),
            );
          },
        });
        rig.cycle();
        expect(readings(rig)).toMatchObject([{ raw }]);
      },
    ),
  );
});
