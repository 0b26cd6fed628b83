import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blockBytesMax, elyctisFraming, mrzBlocks, mrzLinesIn } from '../../../device-drivers/wire/mrz-blocks.ts';
import { documents, sentBytes } from '../../../simulators/devices/document-mrz.ts';
import { seededRandom } from '../../../simulators/random.ts';
import { cutAt, feed } from '../../support/framing.ts';
import { elyctis, framings, oneLine, zones } from '../../vectors/document-mrz.ts';

const linesOf = (chunks: readonly Uint8Array[]) => feed(mrzBlocks(), chunks).frames.map(mrzLinesIn);
const ascii = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

describe('what readers send', () => {
  test.each(Object.entries({ ...framings, oneLine }))('%s has the lines, however it is cut', (_, bytes) => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 20 }), (places) => {
        expect(linesOf(cutAt(bytes, places))).toEqual([{ lines: zones.td3Chinese }]);
      }),
      { numRuns: 30 },
    );
  });

  test.each(Object.entries(framings))('%s is complete with its last byte, not with silence', (_, bytes) => {
    const framing = mrzBlocks();
    const found = framing.push(bytes);
    expect(found.filter((item) => 'frame' in item)).toHaveLength(1);
    expect(framing.heldBytes).toBe(0);
  });

  const forms = ['lines', 'one-line', '3m-rte', 'desko', 'est-100pr'] as const;
  test.each(forms.flatMap((form) => [...documents].map(([name, lines]) => [form, name, lines] as const)))(
    '%s: %s',
    (form, name, lines) => {
      // The form of 3M and imagers is not known for a card of one line, but nothing speaks against it.
      expect(linesOf([sentBytes(lines, { form, lineEnd: 'CRLF', separator: 'none' })]), name).toEqual([{ lines }]);
    },
  );

  test('lines that come with pauses are one document; a first line alone is none', () => {
    const [first, second] = zones.td3Icao;
    const framing = mrzBlocks();
    expect(framing.push(ascii(`${first}\r`))).toEqual([]);
    expect(framing.push(ascii(`${second}\r`)).map((item) => 'frame' in item && mrzLinesIn(item.frame))).toEqual([
      { lines: zones.td3Icao },
    ]);
    framing.push(ascii(`${first}\r`));
    expect(framing.flush().map((item) => 'frame' in item && mrzLinesIn(item.frame))).toEqual([{ none: 'no-zone' }]);
  });

  test('a character that the reader could not read', () => {
    expect(linesOf([ascii(`${zones.td3Icao[0]}\r${zones.td3Icao[1].replace('7', '_')}\r`)])).toEqual([
      { none: 'unread' },
    ]);
  });

  test('what EST-100PR tells of the chip is no document', () => {
    expect(linesOf([ascii('\x02EidlinkResult:{"code":0}\x03\r\n'), ascii('\x02PCSign:{"x":"y"}\x03\r\n')])).toEqual([
      { none: 'other-message' },
      { none: 'other-message' },
    ]);
  });

  test('what stands before the first line is no part of it', () => {
    const { plain } = framings;
    for (const prefix of [']L0', 'XYZ<<', '\x02#7', 'o2<'])
      expect([prefix, ...linesOf([ascii(prefix), plain])]).toEqual([prefix, { lines: zones.td3Chinese }]);
    for (const lines of [zones.td3Icao, zones.td2Icao, zones.td1Icao])
      for (const prefix of [']L0', 'AB<', '<7'])
        expect([prefix, ...linesOf([ascii(prefix + lines.join(''))])]).toEqual([prefix, { lines }]);
  });

  test('a stray byte is noise, and the document behind it is read', () => {
    const framing = mrzBlocks();
    framing.push(Uint8Array.of(0x1d));
    expect(framing.flush()).toEqual([{ discarded: 1, why: 'noise' }]);
    expect(feed(framing, [framings.plain]).frames).toHaveLength(1);
    expect(linesOf([Buffer.concat([Uint8Array.of(0x11, 0x1d), framings.plain])])).toEqual([
      { lines: zones.td3Chinese },
    ]);
  });

  test('a megabyte is held back by no more than a block, and read on behind', () => {
    const random = seededRandom(7, 'mrz');
    const framing = mrzBlocks();
    const noise = Uint8Array.from({ length: 1 << 20 }, () => random() * 256);
    const { heldBytesMax, frames } = feed(
      framing,
      cutAt(
        noise,
        Array.from({ length: 300 }, () => random() * (1 << 20)),
      ),
    );
    expect(heldBytesMax).toBeLessThanOrEqual(blockBytesMax);
    for (const frame of frames) expect(mrzLinesIn(frame)).toHaveProperty('none');
    expect(feed(framing, [framings.rte]).frames.map(mrzLinesIn)).toEqual([{ lines: zones.td3Chinese }]);
  });

  test('a block without end is given up whole', () => {
    expect(feed(mrzBlocks(), [ascii(`\x02${'A'.repeat(10_000)}\x03`), framings.desko])).toMatchObject({
      frames: [framings.desko],
      discarded: 10_002,
    });
  });
});

describe('Elyctis answers', () => {
  test('empty and full', () => {
    const { frames, discarded } = feed(elyctisFraming(), [elyctis.nothing, elyctis.passport]);
    expect(discarded).toBe(0);
    expect(frames[0]).toHaveLength(0);
    expect(mrzLinesIn(frames[1]!)).toEqual({ lines: zones.td3Chinese });
  });

  test('a false length holds nothing up for longer than the line is quiet', () => {
    const framing = elyctisFraming();
    expect(framing.push(Uint8Array.of(0x49, 0x01, 0xff, ...elyctis.passport))).toEqual([]);
    expect(framing.flush().filter((item) => 'frame' in item)).toHaveLength(1);
  });
});
