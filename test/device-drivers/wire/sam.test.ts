import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { samFrame, samFraming, samLenMin } from '../../../device-drivers/wire/sam.ts';
import { cutAt, feed } from '../../support/framing.ts';
import { answers, commands, conformance, statusAnswers } from '../../vectors/id-sam.ts';

const fresh = () => samFraming({ lenMin: samLenMin.reply, stallMs: 200 });
const bodyOf = (frame: Uint8Array) => frame.slice(7, -1);
const good = answers.residentCard;

describe('SAM frames', () => {
  test('the published commands come out of their bodies', () => {
    for (const frame of Object.values(commands)) expect(samFrame(bodyOf(frame))).toEqual(frame);
  });

  test('the published answers are frames', () => {
    for (const frame of conformance[0]!.fromDevice) {
      expect(fresh().push(frame)).toEqual([{ frame: bodyOf(frame) }]);
    }
  });

  test('a request is a frame for the reader, and too short for the host', () => {
    expect(samFraming({ lenMin: samLenMin.request, stallMs: 200 }).push(commands.find)).toEqual([
      { frame: Uint8Array.of(0x20, 0x01) },
    ]);
    expect(feed(fresh(), [commands.find]).frames).toEqual([]);
  });

  test('any body survives any cutting, with noise before, between and behind', () => {
    const body = fc.uint8Array({ minLength: 3, maxLength: 2399 });
    // AA AA AA 96 69 in the noise may start a frame; its stall is another test's matter.
    const noise = fc.uint8Array({ maxLength: 50 }).map((bytes) => bytes.filter((byte) => byte !== 0x69));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(noise, body), { maxLength: 4 }),
        noise,
        fc.array(fc.nat()),
        (parts, tail, places) => {
          const wire = Buffer.concat([...parts.flatMap(([junk, bytes]) => [junk, samFrame(bytes)]), tail]);
          const fed = feed(fresh(), cutAt(wire, places));
          expect(fed.frames.map((frame) => Buffer.from(frame).toString('hex'))).toEqual(
            parts.map(([, bytes]) => Buffer.from(bytes).toString('hex')),
          );
          expect(fed.discarded).toBe(parts.reduce((sum, [junk]) => sum + junk.length, tail.length));
        },
      ),
    );
  });

  test('extra AA before the preamble are noise, not the end of it', () => {
    expect(fresh().push(Buffer.concat([Uint8Array.of(0xaa, 0xaa), good]))).toEqual([
      { discarded: 2, why: 'noise' },
      { frame: bodyOf(good) },
    ]);
  });

  test('a bad check costs one byte: the frame inside is found', () => {
    const inner = statusAnswers.get(0x80)!;
    const broken = Uint8Array.from(samFrame(inner), (byte, at) => (at === inner.length + 7 ? byte ^ 1 : byte));
    const found = fresh().push(broken);
    expect(found[0]).toEqual({ discarded: 1, why: 'check' });
    expect(found).toContainEqual({ frame: bodyOf(inner) });
  });

  test.each([0, 3, 2401, 0xffff])('Len %i is impossible and swallows nothing', (len) => {
    const head = Uint8Array.of(0xaa, 0xaa, 0xaa, 0x96, 0x69, len >> 8, len & 0xff);
    expect(fresh().push(Buffer.concat([head, good]))).toEqual([
      { discarded: 1, why: 'length' },
      { discarded: 6, why: 'noise' },
      { frame: bodyOf(good) },
    ]);
  });

  test('a frame that stopped half-way is given up after the stall, and the good ones behind it are found', () => {
    const framing = fresh();
    const half = good.subarray(0, 600);
    const behind = statusAnswers.get(0x80)!;
    expect(framing.push(Buffer.concat([half, behind, behind]))).toEqual([]);
    expect(framing.idle).toEqual({ afterMs: 200 });
    const found = framing.flush();
    expect(found[0]).toEqual({ discarded: 1, why: 'incomplete' });
    expect(found.filter((item) => 'frame' in item)).toEqual([{ frame: bodyOf(behind) }, { frame: bodyOf(behind) }]);
    expect(framing.heldBytes).toBe(0);
  });

  test('even without a stall, what follows a half frame costs one frame of waiting at most', () => {
    const behind = statusAnswers.get(0x80)!;
    const fed = feed(fresh(), [good.subarray(0, 600), ...Array.from({ length: 200 }, () => behind)]);
    expect(fed.frames).toHaveLength(200);
  });

  test('never holds more than its largest frame', () => {
    const framing = fresh();
    const endless = Buffer.alloc(100_000, Uint8Array.of(0xaa, 0xaa, 0xaa, 0x96, 0x69, 0x09, 0x60));
    for (const chunk of [endless.subarray(0, 7), endless]) {
      framing.push(chunk);
      expect(framing.heldBytes).toBeLessThanOrEqual(7 + 2400);
    }
    framing.flush();
    expect(framing.heldBytes).toBe(0);
  });
});
