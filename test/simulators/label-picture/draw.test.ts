/** The real renderer in its thread, and PNG read back dot by dot. */
import { existsSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { testLabel as escposLabel } from '../../../device-drivers/drivers/printer-escpos.ts';
import { testLabel as tsplLabel } from '../../../device-drivers/drivers/printer-tspl.ts';
import { testLabel as zplLabel } from '../../../device-drivers/drivers/printer-zpl.ts';
import { chineseFontFile, drawingOf, drawZpl } from '../../../simulators/label-picture/draw.ts';
import { escposToZpl } from '../../../simulators/label-picture/escpos-to-zpl.ts';
import { tsplToZpl } from '../../../simulators/label-picture/tspl-to-zpl.ts';

const text = { title: '打印测试', lines: ['printer-1'], code: 'TEST' };

function sizeOf(png: Buffer): [width: number, height: number] {
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}
/** How many bytes the picture takes when it is not compressed, and how many different ones there are in its middle. */
function pixels(png: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.subarray(at + 4, at + 8).toString() === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  return inflateSync(Buffer.concat(parts));
}

test.each([
  ['ZPL', zplLabel(text), [400, 240]],
  ['TSPL', tsplToZpl(tsplLabel(text)).zpl, [400, 240]],
  ['ESC/POS', escposToZpl(escposLabel(text)).zpl, [464, 240]],
])('%s becomes a picture of the size of the label, with something on it', async (_, zpl, [width, height]) => {
  const { png, note } = await drawZpl(zpl);
  const bytes = Buffer.from(png, 'base64');
  const hasFont = existsSync(chineseFontFile);
  expect(sizeOf(bytes)).toEqual([width, hasFont ? height : height! + 32]);
  expect(note === undefined).toBe(hasFont);
  expect(new Set(pixels(bytes)).size).toBeGreaterThan(1);
});

test('without a Chinese font the picture says so below the label, and so does the note', async () => {
  const { png, note } = await drawZpl(zplLabel(text), '/nowhere.ttc');
  expect(sizeOf(Buffer.from(png, 'base64'))).toEqual([400, 272]);
  expect(note).toContain('fonts-wqy-microhei');
  expect(drawingOf(zplLabel({ ...text, title: 'ASCII' }), undefined)).toMatchObject({ widthMm: 50, heightMm: 30 });
});

test('what is no label is refused', async () => {
  await expect(drawZpl('hello')).rejects.toThrow('cannot be drawn');
});
