import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ssiDataBytesMax, ssiFraming, ssiPacket, ssiSource, ssiWakeUp } from '../../../device-drivers/wire/ssi.ts';
import { feed } from '../../support/framing.ts';
import { fromHost, fromScanner } from '../../vectors/scanner-ssi.ts';

const sides = [
  ['host', ssiSource.host, fromHost],
  ['scanner', ssiSource.scanner, fromScanner],
] as const;

describe('an SSI packet', () => {
  test.each(
    sides.flatMap(([side, source, vectors]) => Object.entries(vectors).map((v) => [side, source, ...v] as const)),
  )(
    'from the %s (%i): %s is made and found',
    (_, source, _name, {
      bytes,
      opcode,
      ...rest
    }: { bytes: Uint8Array; opcode: number; data?: Uint8Array; status?: number }) => {
      const { data = new Uint8Array(0), status = 0 } = rest;
      expect(ssiPacket(source, opcode, data, status)).toEqual(bytes);
      expect(feed(ssiFraming(source), [ssiWakeUp, bytes])).toMatchObject({
        frames: [{ opcode, status, data }],
        discarded: 0,
      });
    },
  );

  test('with one bit flipped is none, and the next one is found', () => {
    fc.assert(
      fc.property(fc.nat(fromScanner.code128.bytes.length * 8 - 1), (bit) => {
        const spoiled = Uint8Array.from(fromScanner.code128.bytes);
        spoiled[bit >> 3]! ^= 1 << (bit & 7);
        const { frames } = feed(ssiFraming(ssiSource.scanner), [spoiled, fromScanner.ack.bytes]);
        expect(frames.filter(({ opcode }) => opcode === 0xf3)).toEqual([]);
        expect(frames.at(-1)).toMatchObject({ opcode: 0xd0 });
      }),
    );
  });

  test('of the other side is not taken', () => {
    expect(feed(ssiFraming(ssiSource.scanner), [fromHost.start.bytes]).frames).toEqual([]);
  });

  test('holds 251 bytes and no more', () => {
    const data = new Uint8Array(ssiDataBytesMax).fill(0x41);
    expect(feed(ssiFraming(0), [ssiPacket(0, 0xf3, data)]).frames).toMatchObject([{ data }]);
    expect(() => ssiPacket(0, 0xf3, new Uint8Array(ssiDataBytesMax + 1))).toThrow(RangeError);
  });
});
