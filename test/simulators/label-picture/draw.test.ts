/** The real renderer in its thread, and PNG read back dot by dot. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { testLabel as escposLabel } from '../../../device-drivers/drivers/printer-escpos.ts';
import { testLabel as tsplLabel } from '../../../device-drivers/drivers/printer-tspl.ts';
import { testLabel as zplLabel } from '../../../device-drivers/drivers/printer-zpl.ts';
import { chineseFontFile, drawingOf, drawZpl } from '../../../simulators/label-picture/draw.ts';
import { escposToZpl } from '../../../simulators/label-picture/escpos-to-zpl.ts';
import { tsplToZpl } from '../../../simulators/label-picture/tspl-to-zpl.ts';
import { readPng } from '../../support/png.ts';

const text = { title: '打印测试', lines: ['printer-1'], code: 'TEST' };

const read = (png: string) => readPng(Buffer.from(png, 'base64'));
const sizeOf = (png: string) => [read(png).width, read(png).height];

test.each([
  ['ZPL', zplLabel(text), [400, 240]],
  ['TSPL', tsplToZpl(tsplLabel(text)).zpl, [400, 240]],
  ['ESC/POS', escposToZpl(escposLabel(text)).zpl, [464, 240]],
])('%s becomes a picture of the size of the label, with something on it', async (_, zpl, [width, height]) => {
  const { png, note } = await drawZpl(zpl);
  const hasFont = existsSync(chineseFontFile);
  expect(sizeOf(png)).toEqual([width, hasFont ? height : height! + 32]);
  expect(note === undefined).toBe(hasFont);
  const { isDark } = read(png);
  const dots = Array.from({ length: width! * height! }, (_, at) => isDark(at % width!, Math.floor(at / width!)));
  expect(new Set(dots).size).toBe(2);
});

test('without a Chinese font the picture says so below the label, and so does the note', async () => {
  const { png, note } = await drawZpl(zplLabel(text), '/nowhere.ttc');
  expect(sizeOf(png)).toEqual([400, 272]);
  expect(note).toContain('fonts-wqy-microhei');
  expect(drawingOf(zplLabel({ ...text, title: 'ASCII' }), undefined)).toMatchObject({ widthMm: 50, heightMm: 30 });
});

test('what is no label is refused', async () => {
  await expect(drawZpl('hello')).rejects.toThrow('cannot be drawn');
});
