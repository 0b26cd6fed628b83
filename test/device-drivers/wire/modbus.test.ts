import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Framed } from '../../../device-drivers/framing.ts';
import { crc16, type FrameLength, rtuFraming, withCrc } from '../../../device-drivers/wire/modbus.ts';
import { crcCheck, exceptions, foreignFrames, pta9b01, r4dcb08, xyMd02 } from '../../vectors/probe-modbus.ts';

/** Replies of unit 1 to function 03, of any length. */
const anyReply: FrameLength = (head) => {
  if (head[0] !== 1) return 'none';
  if (head.length < 2) return 'more';
  if (head[1] === 0x83) return 5;
  if (head[1] !== 3) return 'none';
  return head.length < 3 ? 'more' : 5 + head[2]!;
};

const framesOf = (found: readonly Framed<Uint8Array>[]) =>
  found.flatMap((item) => ('frame' in item ? [Buffer.from(item.frame).toString('hex')] : []));
const discardedOf = (found: readonly Framed<Uint8Array>[]) =>
  found.reduce((sum, item) => sum + ('discarded' in item ? item.discarded : 0), 0);

const reply = fc
  .uint8Array({ minLength: 0, maxLength: 250 })
  .map((data) => withCrc(Uint8Array.of(1, 3, data.length, ...data)));

/** Cuts `bytes` at the given fractions of its length. */
const chunks = (bytes: Uint8Array, cuts: readonly number[]) => {
  const at = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
};
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });

describe('CRC-16/MODBUS', () => {
  test('has the catalogue’s check value', () => {
    expect(crc16(Buffer.from(crcCheck.text))).toBe(crcCheck.crc);
  });
  test('agrees with every printed frame', () => {
    const frames = [...foreignFrames, ...Object.values(xyMd02), ...Object.values(r4dcb08), ...Object.values(pta9b01)];
    for (const frame of [...frames, ...exceptions.map(([, , bytes]) => bytes)]) {
      expect(Buffer.from(withCrc(frame.subarray(0, -2)))).toEqual(Buffer.from(frame));
    }
  });
});

describe('RTU framing', () => {
  test('finds every frame whatever stands between them and however the bytes arrive', () => {
    const parts = fc.array(fc.tuple(fc.uint8Array({ maxLength: 40 }), reply), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(parts, cuts, (pairs, at) => {
        // Silence in bytes: what began as a frame within the noise must be able to fail.
        const bytes = Buffer.concat([...pairs.flat(), new Uint8Array(256)]);
        const framing = rtuFraming(anyReply);
        const found = chunks(bytes, at).flatMap((chunk) => framing.push(chunk));
        expect(framesOf(found)).toEqual(pairs.map(([, frame]) => Buffer.from(frame.subarray(0, -2)).toString('hex')));
        const framed = pairs.reduce((sum, [, frame]) => sum + frame.length, 0);
        expect(framed + discardedOf(found) + framing.heldBytes).toBe(bytes.length);
      }),
    );
  });

  test('gives up one byte of a damaged frame, and so finds the good one inside its length', () => {
    const framing = rtuFraming(anyReply);
    const cutShort = r4dcb08.fourChannels.subarray(0, 6);
    const found = [...framing.push(cutShort), ...framing.push(r4dcb08.fourChannels)];
    expect(framesOf(found)).toHaveLength(1);
    expect(discardedOf(found)).toBe(6);
  });

  test('holds at most one frame of a megabyte of garbage', () => {
    const framing = rtuFraming(anyReply);
    const garbage = new Uint8Array(64 * 1024);
    let seed = 1;
    for (let at = 0; at < garbage.length; at++) {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      garbage[at] = seed >> 16;
    }
    for (let turn = 0; turn < 16; turn++) {
      framing.push(garbage);
      expect(framing.heldBytes).toBeLessThanOrEqual(260);
    }
    const after = framing.push(Buffer.concat([new Uint8Array(260), r4dcb08.fourChannels]));
    expect(framesOf(after)).toHaveLength(1);
  });

  test('says what it gives up', () => {
    const framing = rtuFraming(anyReply);
    const spoiled = Uint8Array.from(r4dcb08.fourChannels);
    spoiled[4]! ^= 1;
    expect(framing.push(Uint8Array.of(9, 9, 9))).toEqual([{ discarded: 3, why: 'noise' }]);
    expect(framing.push(spoiled)[0]).toEqual({ discarded: 1, why: 'check' });
    framing.push(r4dcb08.fourChannels.subarray(0, 4));
    expect(framing.flush()).toEqual([{ discarded: 4, why: 'incomplete' }]);
    expect(framing.flush()).toEqual([]);
  });
});
