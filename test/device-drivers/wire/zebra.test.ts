import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Framed } from '../../../device-drivers/framing.ts';
import {
  block,
  blockBytesMax,
  valueBytesMax,
  type ZebraFrame,
  zebraFraming,
} from '../../../device-drivers/wire/zebra.ts';
import { hi, hqes, hs, hsIdleHex, odometer } from '../../vectors/printer-zpl.ts';

const ascii = (text: string) => Buffer.from(text, 'latin1');
const framesOf = (found: readonly Framed<ZebraFrame>[]) =>
  found.flatMap((item) => ('frame' in item ? [item.frame.text] : []));
const push = (...texts: string[]) => {
  const framing = zebraFraming();
  return texts.flatMap((text) => framing.push(ascii(text)));
};

describe('answers of a ZPL printer', () => {
  test('the golden ~HS answer is the guide’s, byte for byte', () => {
    expect(ascii(hs.idle)).toEqual(Buffer.from(hsIdleHex.replaceAll(' ', ''), 'hex'));
    expect(hs.idle).toHaveLength(82);
    expect(hqes.headOpenPaused).toHaveLength(136);
    expect(hqes.headOpenPaused[70]).toBe('1');
  });

  test('two answers without any CR LF, and a quoted value, are five frames and no noise', () => {
    const text = hs.idle.replaceAll('\r\n', '') + hi + odometer.counts;
    const found = push(text);
    expect(found.every((item) => 'frame' in item)).toBe(true);
    expect(framesOf(found).slice(-2)).toEqual(['ZTC ZD420-203dpi ZPL,V84.20.18Z,8,8176KB', '12345']);
  });

  test('a value is digits or a question mark; another quote holds nothing up', () => {
    expect(framesOf(push(odometer.unsupported))).toEqual(['?']);
    expect(framesOf(push(`"hello" "" "${'1'.repeat(40)}" "77"`))).toEqual(['77']);
  });

  test('a frame cut by the next one’s STX is given up as incomplete', () => {
    const found = push('\x02030,0', hs.idle);
    expect(found[0]).toEqual({ discarded: 1, why: 'incomplete' });
    expect(framesOf(found)).toHaveLength(3);
  });

  test('blocks are found in any noise without STX or quotes, however the bytes arrive', () => {
    const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => bytes.filter((b) => b !== 0x02 && b !== 0x22));
    const text = fc.string({ unit: fc.constantFrom(...'0123456789,AZ \r\n'), maxLength: 100 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(noise, text), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 50 }),
        (pairs, size) => {
          const bytes = Buffer.concat(pairs.flatMap(([dirt, content]) => [dirt, block(content)]));
          const framing = zebraFraming();
          const found: Framed<ZebraFrame>[] = [];
          for (let at = 0; at < bytes.length; at += size) found.push(...framing.push(bytes.subarray(at, at + size)));
          expect(framesOf(found)).toEqual(pairs.map(([, content]) => content));
          expect(framing.heldBytes).toBe(0);
        },
      ),
    );
  });

  test.each([
    ['zeros', 0x00],
    ['STX', 0x02],
    ['quotes', 0x22],
    ['letters', 0x41],
  ])('a megabyte of %s holds at most one block', (_, byte) => {
    const framing = zebraFraming();
    const chunk = new Uint8Array(64 * 1024).fill(byte);
    framing.push(ascii('\x02'));
    for (let turn = 0; turn < 16; turn++) {
      framing.push(chunk);
      expect(framing.heldBytes).toBeLessThanOrEqual(blockBytesMax + valueBytesMax);
    }
    expect(framesOf(framing.push(ascii(hs.idle)))).toHaveLength(3);
  });
});
