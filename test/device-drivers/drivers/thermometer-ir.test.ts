import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { thermometerIr } from '../../../device-drivers/drivers/thermometer-ir.ts';
import { bodyCelsius } from '../../../device-drivers/wire/body-temperature.ts';
import {
  gd60914Framing,
  generic90614Framing,
  gy614vFraming,
  gyMcu90614Framing,
} from '../../../device-drivers/wire/ir-thermometer.ts';
import { thermometerIr as simulator } from '../../../simulators/devices/thermometer-ir.ts';
import { connect } from '../../support/converse.ts';
import { feed } from '../../support/framing.ts';
import { frames, queries } from '../../vectors/thermometer-ir.ts';

const profiles = ['gy-mcu90614', 'gy-90614', 'gy-614v', 'gd60914'] as const;
type Wire = (bytes: Uint8Array) => readonly Uint8Array[];
const rig = (profile: string, options: object = {}, simulatorOptions: object = {}, wire?: Wire) =>
  connect({
    driver: thermometerIr,
    options: { profile, ...options },
    simulator,
    simulatorOptions: { profile, ...simulatorOptions },
    ...(wire && { wire }),
  });
const framingOf = (profile: string) =>
  new Map([
    ['gy-mcu90614', gyMcu90614Framing],
    ['gy-90614', generic90614Framing],
    ['gy-614v', () => gy614vFraming('known')],
    ['gd60914', gd60914Framing],
  ]).get(profile)!();
const looks = (r: ReturnType<typeof rig>, times: number) => {
  for (let i = 0; i < times; i++) expect(r.cycle()).toBeUndefined();
};
const temperatures = (r: ReturnType<typeof rig>) =>
  r.outputs.map((output) => ('reading' in output ? output.reading : output));
const reading = (celsius: number | null, quality: string, raw: number) => ({
  type: 'temperature',
  celsius,
  quality,
  raw,
});

describe('the frames', () => {
  test.each(Object.entries(frames))('%s', (_, { profile, bytes, ...values }) => {
    expect(feed(framingOf(profile), [bytes])).toMatchObject({ frames: [values], discarded: 0 });
  });

  test.each(profiles.filter((profile) => profile !== 'gd60914'))('%s: no flipped bit passes the sum', (profile) => {
    const { bytes } = Object.values(frames).find((frame) => frame.profile === profile)!;
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const spoiled = Uint8Array.from(bytes);
        spoiled[bit >> 3]! ^= 1 << (bit & 7);
        const fed = feed(framingOf(profile), [spoiled]);
        // The mode byte of the 66 66 board is not under its sum; 01 and 02 are the two it may be.
        expect(fed.frames.length).toBe(0);
      }),
    );
  });

  test.each(profiles)('%s: a good frame behind half of another one is found once the line is quiet', (profile) => {
    const { bytes } = Object.values(frames).find((frame) => frame.profile === profile)!;
    for (let cut = 1; cut < bytes.length; cut++) {
      const framing = framingOf(profile);
      const found = [...framing.push(bytes.subarray(0, cut)), ...framing.flush()];
      expect(found.some((item) => 'frame' in item)).toBe(false);
      expect(feed(framing, [bytes]).frames).toHaveLength(1);
      if (profile !== 'gd60914')
        expect(feed(framingOf(profile), [bytes.subarray(0, cut), bytes]).frames.length).toBeGreaterThan(0);
    }
  });
});

describe('thermometer-ir', () => {
  test.each(profiles)('%s is identified by its answer, and says nothing of an empty room', (profile) => {
    const r = rig(profile);
    expect(r.converse(r.session.identify!())).toHaveProperty('identity.model');
    looks(r, 10);
    expect(r.outputs).toEqual([]);
  });

  test('asks as the sheets say', () => {
    const gy = rig('gy-mcu90614');
    gy.converse(gy.session.identify!());
    expect(gy.sent).toEqual([queries.gyMcu]);
    const gd = rig('gd60914', { site: 'wrist' });
    gd.converse(gd.session.identify!());
    expect(gd.sent).toEqual([queries.gdSingle, queries.gdWrist]);
  });

  test.each([
    ['gy-mcu90614', reading(34, 'estimated', 3400)],
    ['gy-90614', reading(34, 'estimated', 3400)],
    ['gy-614v', reading(36.5, 'ok', 3650)],
    ['gd60914', reading(36.5, 'ok', 365)],
  ])('%s: one reading for each person, however long they stay', (profile, expected) => {
    const r = rig(profile);
    r.converse(r.session.identify!());
    for (let people = 1; people <= 2; people++) {
      r.act('person', { body: 36.5, surface: 34 });
      looks(r, 12);
      expect(temperatures(r)).toEqual(Array.from({ length: people }, () => expected));
      r.act('leave');
      looks(r, 4);
    }
  });

  test.each(['nul', 'space', 'zero', 'crlf'])('gd60914 filled up with %s is read', (padding) => {
    const r = rig('gd60914', {}, { padding });
    r.converse(r.session.identify!());
    r.act('person', { body: 38.1 });
    looks(r, 3);
    expect(temperatures(r)).toEqual([reading(38.1, 'ok', 381)]);
  });

  test('the highest of the first measurements counts: who comes nearer reads too low', () => {
    const r = rig('gd60914');
    r.converse(r.session.identify!());
    for (const body of [33.1, 36.4, 36.8, 39]) {
      r.act('person', { body });
      looks(r, 1);
    }
    expect(temperatures(r)).toEqual([reading(36.8, 'ok', 368)]);
  });

  test('one measurement that misses is not the next person', () => {
    const r = rig('gd60914');
    r.converse(r.session.identify!());
    r.act('person', {});
    looks(r, 4);
    r.act('leave');
    looks(r, 1);
    r.act('person', {});
    looks(r, 4);
    expect(temperatures(r)).toHaveLength(1);
  });

  test('a hot cup is nobody', () => {
    const r = rig('gy-614v');
    r.converse(r.session.identify!());
    r.act('person', { body: 62, surface: 60 });
    looks(r, 5);
    expect(r.outputs).toEqual([]);
  });

  test('where the module has no sensible body value, that of the skin counts, with its offset, and is estimated', () => {
    const r = rig('gy-614v', { offsetCelsius: 2.31 });
    r.converse(r.session.identify!());
    r.act('person', { body: 0, surface: 34.2 });
    looks(r, 3);
    expect(temperatures(r)).toEqual([reading(36.51, 'estimated', 3420)]);
  });

  test('with report: every, each measurement is a reading, and an implausible one is invalid', () => {
    const r = rig('gy-mcu90614', { report: 'every' });
    r.act('person', { surface: 36.6 });
    looks(r, 1);
    r.act('room', { celsius: -3.5 });
    r.act('leave');
    looks(r, 1);
    expect(temperatures(r)).toEqual([reading(36.6, 'estimated', 3660), reading(null, 'invalid', -350)]);
  });

  test('what a module sends by itself between two looks counts too', () => {
    const r = rig('gy-mcu90614', { report: 'every', pollMs: 1000 }, { continuous: true, everyMs: 300 });
    r.act('person', { surface: 35 });
    r.idle(900);
    expect(temperatures(r)).toHaveLength(3);
  });

  test('gd60914: bytes that nobody asked for are no measurement', () => {
    const r = rig('gd60914', { report: 'every' });
    for (const item of r.session.framing.push(frames.gdNul.bytes))
      if ('frame' in item) r.outputs.push(...r.session.onFrame!(item.frame));
    expect(r.outputs).toEqual([]);
  });

  test.each(profiles)('%s: silence is no-reply', (profile) => {
    const r = rig(profile);
    r.device.power(false);
    expect(r.converse(r.session.identify!())).toEqual({ fault: { code: 'no-reply' } });
    expect(r.cycle()).toEqual({ code: 'no-reply' });
    expect(r.outputs).toEqual([]);
  });

  test('the header of gy-614v that one source gives can be left open', () => {
    const foreign = { header: '5A5A07' };
    const strict = rig('gy-614v', {}, foreign);
    expect(strict.converse(strict.session.identify!())).toEqual({ fault: { code: 'no-reply' } });
    const open = rig('gy-614v', { header: 'any' }, foreign);
    expect(open.converse(open.session.identify!())).toHaveProperty('identity');
  });

  test.each(profiles)('%s: byte by byte, with noise before', (profile) => {
    let noise: Uint8Array[] = [Uint8Array.from({ length: 500 }, (_, at) => (at * 37) & 0xff)];
    const r = rig(profile, { report: 'every' }, {}, (bytes) => {
      const first = profile === 'gd60914' ? [] : noise;
      noise = [];
      return [...first, ...Array.from(bytes, (byte) => Uint8Array.of(byte))];
    });
    r.act('person', { body: 36.5, surface: 36.5 });
    expect(r.converse(r.session.identify!())).toHaveProperty('identity');
    looks(r, 3);
    expect(temperatures(r).length).toBeGreaterThan(0);
    for (const value of temperatures(r)) expect(value).toMatchObject({ celsius: 36.5 });
  });

  test('whatever comes, a reading is within 20 to 45 degrees or says that it is invalid', () => {
    fc.assert(
      fc.property(fc.constantFrom(...profiles), fc.uint8Array({ maxLength: 400 }), (profile, bytes) => {
        const session = thermometerIr.session(
          thermometerIr.options.parse({ profile, report: 'every', header: 'any' }),
          {
            monotonicMs: () => 0,
          },
        );
        for (const frame of feed(session.framing, [bytes]).frames) {
          for (const output of session.onFrame!(frame)) {
            if (!('reading' in output) || output.reading.type !== 'temperature') continue;
            const { celsius, quality } = output.reading;
            if (celsius === null) expect(quality).toBe('invalid');
            else expect(celsius >= bodyCelsius.min && celsius <= bodyCelsius.max).toBe(true);
          }
        }
      }),
    );
  });

  test('the link that dies under a question ends it', () => {
    const r = rig('gd60914');
    r.unplug();
    expect(() => r.converse(r.session.identify!())).toThrow('unplugged');
  });
});
