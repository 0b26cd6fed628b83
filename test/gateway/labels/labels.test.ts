/** The templates that come with hutgate, read back from pictures of what their printers would print, and a hut's own ones. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { formatProblem } from '../../../config/problem.ts';
import { drivers } from '../../../device-drivers/registry.ts';
import { labelLanguageOf, loadTemplates, renderLabel } from '../../../gateway/labels/labels.ts';
import { type LabelLanguage, labelLanguages } from '../../../gateway/labels/template.ts';
import { type LabelKind, type LabelValues, labelKinds } from '../../../gateway/labels/values.ts';
import { chineseFontFile, drawZpl } from '../../../simulators/label-picture/draw.ts';
import { escposToZpl } from '../../../simulators/label-picture/escpos-to-zpl.ts';
import { tsplToZpl } from '../../../simulators/label-picture/tspl-to-zpl.ts';
import { readCode128 } from '../../support/code128.ts';
import { readPng } from '../../support/png.ts';

const synced = 'synced';
const values: LabelValues = {
  tube: {
    ...{ tube: 'T2211070042', site: '金水区花园路街道通信花园社区采样屋', lane: 'lane-1', poolSize: 10, count: 7 },
    ...{ openedAt: '2022-11-07T07:13:08.412+08:00', clockQuality: synced },
  },
  box: {
    ...{ box: 'B22110701', seal: 'S00417', tubes: 20, destination: '市疾控中心', site: '金水路采样屋' },
    ...{ sealedAt: '2022-11-07T11:40:00.000+08:00', clockQuality: synced },
  },
  slip: {
    ...{ site: '金水路采样屋', tube: 'T2211070042', slot: 8, name: '张三丰' },
    ...{ sampledAt: '2022-11-07T07:13:08.412+08:00', clockQuality: synced },
  },
};
const { templates, problems } = await loadTemplates(undefined, drivers);

function label<K extends LabelKind>(kind: K, language: LabelLanguage, change: Partial<LabelValues[K]> = {}): string {
  const rendered = renderLabel(templates, kind, language, { ...values[kind], ...change });
  if ('fault' in rendered) throw new Error(rendered.fault.detail);
  return rendered.label;
}
const everyLabel = labelKinds.flatMap((kind) => labelLanguages.map((language) => [kind, language] as const));

test('the built-in templates are nine, and sound', () => {
  expect(problems).toEqual([]);
  expect([...templates.keys()].sort()).toEqual(everyLabel.map((names) => names.join('.')).sort());
});

describe('the picture', () => {
  const toZpl = {
    zpl: (zpl: string) => zpl,
    tspl: (t: string) => tsplToZpl(t).zpl,
    escpos: (t: string) => escposToZpl(t).zpl,
  };
  const barcodeRow = { zpl: 120, tspl: 120, escpos: 90 };
  const draw = async (kind: LabelKind, language: LabelLanguage) =>
    readPng(Buffer.from((await drawZpl(toZpl[language](label(kind, language)))).png, 'base64'));
  const withNote = existsSync(chineseFontFile) ? 0 : 32;

  test.each(labelLanguages)('%s: a scanner reads the codes; labels have their size', async (language) => {
    const [tube, box] = [await draw('tube', language), await draw('box', language)];
    expect(readCode128(tube, barcodeRow[language])).toBe('T2211070042');
    expect(readCode128(box, barcodeRow[language])).toBe('B22110701');
    if (language === 'escpos') return;
    expect([tube.width, tube.height]).toEqual([400, 240 + withNote]);
    expect([box.width, box.height]).toEqual([640, 480 + withNote]);
  });
});

describe('what stands on it', () => {
  test.each(labelLanguages)('%s', (language) => {
    const [tube, box, slip] = labelKinds.map((kind) => label(kind, language)) as [string, string, string];
    for (const text of ['T2211070042', '金水区花园路', 'lane-1', '10:1', '7/10', '2022-11-07 07:13'])
      expect(tube).toContain(text);
    for (const text of ['B22110701', 'S00417', '20', '市疾控中心', '2022-11-07 11:40']) expect(box).toContain(text);
    for (const text of ['金水路采样屋', '2022-11-07 07:13', '0042', '第 8 位', '张*']) expect(slip).toContain(text);
    expect(slip).not.toMatch(/三丰|T221107/);
  });

  test.each(['holdover', 'unsynced'] as const)('a clock that is %s prints no date', (clockQuality) => {
    for (const [kind, language] of everyLabel) {
      const text = label(kind, language, { clockQuality });
      expect(text).toContain('--');
      expect(text).not.toMatch(/2022|07:13|11:40/);
    }
  });

  test('what is not known leaves a place for the pen, or dashes', () => {
    const { count: _, ...open } = values.tube;
    expect(renderLabel(templates, 'tube', 'zpl', open)).toMatchObject({
      label: expect.stringContaining('___/10'.replaceAll('_', '_5F')),
    });
    const { seal: _s, destination: _d, ...bare } = values.box;
    expect(renderLabel(templates, 'box', 'escpos', bare)).toMatchObject({ label: expect.stringContaining('封签 --') });
  });

  test('no value can make a label that its driver refuses', () => {
    const text = fc.string({ unit: 'binary', maxLength: 64 });
    fc.assert(
      fc.property(fc.constantFrom(...everyLabel), text, text, text, ([kind, language], site, name, other) => {
        const made = label(kind, language, { site, name, lane: other, destination: other, seal: other } as object);
        expect(drivers.get(`printer-${language}`)!.labelFault!(made)).toBeUndefined();
      }),
    );
  });

  test('a code that no barcode carries is a fault that does not repeat it', () => {
    const fault = { code: 'label-invalid', detail: 'tube is not 1 to 32 printable ASCII characters' };
    expect(renderLabel(templates, 'tube', 'tspl', { ...values.tube, tube: '试管' })).toEqual({ fault });
  });
});

describe('a directory of the hut’s own', () => {
  function dirWith(files: Record<string, string>): string {
    const dir = mkdtempSync(join(tmpdir(), 'hutgate-labels-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
    return dir;
  }

  test('stands in for the built-in file of the same name; other files are left alone', async () => {
    const dir = dirWith({ 'slip.escpos': '{{site}} / {{slot}}\n', 'README.md': 'ours' });
    const own = await loadTemplates(dir, drivers);
    expect(own.problems).toEqual([]);
    expect(renderLabel(own.templates, 'slip', 'escpos', values.slip)).toEqual({ label: '金水路采样屋 / 8\n' });
    expect(own.templates.size).toBe(9);
  });

  test('all its problems are told: a wrong name, an unknown key, what its printer would refuse', async () => {
    const dir = dirWith({
      'tubes.zpl': '^XA^XZ',
      'tube.zpl': '^XA^FH^FD{{site}}^FS\n^FH^FD{{name}}^FS^XZ',
      'box.zpl': '^XA~JA^XZ',
      'box.tspl': 'CLS\nPRINT 5\n',
      'slip.escpos': '[ESC @]{{site}}\n',
    });
    const own = await loadTemplates(dir, drivers);
    expect(own.problems.map(formatProblem).map((line) => line.slice(dir.length + 1))).toEqual([
      `tubes.zpl:1:1: no label has this name; allowed: ${everyLabel.map((names) => names.join('.')).join(', ')}`,
      'tube.zpl:2:7 name: unknown key; allowed: tube, site, lane, poolSize, filled, opened',
      'box.zpl:1:1: printer-zpl cannot print it, comments left out: not exactly one format without control characters',
      'box.tspl:1:1: printer-tspl cannot print it, comments left out: line 2: no drawing command',
      'slip.escpos:1:1: printer-escpos cannot print it, comments left out: character 1 begins no command of a slip',
    ]);
    expect(own.templates.has('tube.zpl')).toBe(false);
    const fault = { code: 'label-invalid', detail: 'no template tube.zpl' };
    expect(renderLabel(own.templates, 'tube', 'zpl', values.tube)).toEqual({ fault });
  });

  test('that is not there is one problem', async () => {
    const own = await loadTemplates('/nowhere/labels', drivers);
    expect(own.problems.map(formatProblem)).toEqual(['/nowhere/labels:1:1: does not exist']);
  });
});

test('the language is the driver’s', () => {
  expect(labelLanguageOf('printer-escpos')).toBe('escpos');
  expect(labelLanguageOf('scanner-line')).toBeUndefined();
  const printers = readdirSync(new URL('../../../device-drivers/drivers', import.meta.url)).filter((file) =>
    file.startsWith('printer-'),
  );
  expect(printers.map((file) => labelLanguageOf(file.replace('.ts', '')))).not.toContain(undefined);
});
