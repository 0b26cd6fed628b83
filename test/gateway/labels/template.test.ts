import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../../config/problem.ts';
import { fill, type LabelLanguage, parseTemplate } from '../../../gateway/labels/template.ts';

const parse = (language: LabelLanguage, text: string) =>
  parseTemplate(text, `tube.${language}`, language, ['tube', 'site', 'poolSize']);
const problemsOf = (language: LabelLanguage, text: string) => parse(language, text).problems.map(formatProblem);

function filled(language: LabelLanguage, text: string, values: Record<string, string>): string {
  const { template, problems } = parse(language, text);
  expect(problems).toEqual([]);
  const result = fill(template, new Map(Object.entries(values)));
  if ('unfit' in result) throw new Error(result.unfit);
  return result.label;
}

const zpl = '^XA^CI28\n^FO1,1^A1N,26,26^FH^FD{{site}} 站^FS\n^FO1,40^BCN,80,Y,N,N,A^FH^FD{{tube:code128}}^FS^XZ';
const tspl = 'CLS\nTEXT 1,1,"TSS24.BF2",0,1,1,"{{site}} 站"\nBARCODE 1,40,"128",80,1,0,2,2,"{{tube:code128}}"\n';
const escpos = '[ESC a 1][GS ! 0x11]{{site}} 站\n[GS h 80]{{tube:code128}}[ESC a 0]\n';

describe('a filled template', () => {
  test('ZPL, TSPL, ESC/POS', () => {
    const values = { site: '金水^路"_', tube: 'T{1' };
    expect(filled('zpl', zpl, values)).toContain('^FD金水_5E路"_5F 站^FS\n');
    expect(filled('tspl', tspl, values)).toContain('"金水^路\\["]_ 站"\n');
    expect(filled('escpos', escpos, values)).toBe('\x1ba\x01\x1d!\x11金水^路"_ 站\n\x1dhP\x1dkI\x06{BT{{1\x1ba\x00\n');
  });

  test('comments go with their line, line ends of Windows become plain, a value twice stands twice', () => {
    expect(filled('escpos', '{{! one\r\n two }}\r\na {{ site }}{{site}}\r\n', { site: 'S' })).toBe('a SS\n');
  });

  test('a key without a value is left out; a code that no barcode carries is named by its key', () => {
    expect(filled('escpos', 'a{{site}}b', {})).toBe('ab');
    for (const tube of ['', '张三', 'a\n', 'x'.repeat(33)]) {
      expect(fill(parse('zpl', zpl).template, new Map([['tube', tube]]))).toEqual({ unfit: 'tube' });
    }
  });
});

describe('what is wrong is said with its place', () => {
  test.each<[LabelLanguage, string, string]>([
    [
      'zpl',
      '^XA\n^FH^FD{{tubee}}^FS',
      'tube.zpl:2:7 tubee: unknown key, did you mean tube?; allowed: tube, site, poolSize',
    ],
    ['escpos', '{{__proto__}}', 'tube.escpos:1:1 __proto__: unknown key; allowed: tube, site, poolSize'],
    ['escpos', '好{{tube:qr}}', 'tube.escpos:1:2 tube: unknown form; allowed: code128'],
    ['zpl', '^FO{{tube}}', 'tube.zpl:1:4 tube: a value cannot stand here'],
    ['zpl', '^FD{{tube}}^FS', 'tube.zpl:1:4 tube: a value cannot stand here'],
    ['zpl', '^BCN,80,Y,N,N^FH^FD{{tube:code128}}^FS', 'tube.zpl:1:20 tube: a value cannot stand here'],
    ['zpl', '^A1N^FH^FD{{tube:code128}}^FS', 'tube.zpl:1:11 tube: a value cannot stand here'],
    ['tspl', 'CLS\nTEXT 1,1,{{site}}', 'tube.tspl:2:10 site: a value cannot stand here'],
    ['tspl', 'TEXT 1,1,"\\["]"{{site}}', 'tube.tspl:1:16 site: a value cannot stand here'],
    ['tspl', 'TEXT 1,1,"{{tube:code128}}"', 'tube.tspl:1:11 tube: a value cannot stand here'],
    ['escpos', '[GS h {{poolSize}}]', 'tube.escpos:1:7 poolSize: a value cannot stand here'],
    ['escpos', 'a[ESC a 256]', 'tube.escpos:1:2: this is no command; allowed: [ESC … ]'],
    ['escpos', 'a\n[GS]', 'tube.escpos:2:1: this is no command'],
    ['escpos', '[ESC a 1', 'tube.escpos:1:1: this is no command'],
    ['escpos', 'a\nb }} c', 'tube.escpos:2:3: a brace without its other'],
    ['tspl', 'TEXT "{{site', 'tube.tspl:1:7: a brace without its other'],
  ])('%s %j', (language, text, problem) => {
    expect(problemsOf(language, text).map((line) => line.slice(0, problem.length))).toContain(problem);
  });

  test('all at once', () => {
    expect(problemsOf('escpos', '{{a}}\n{{b}}[ESC]')).toHaveLength(3);
  });
});

describe('a value never adds a command', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({
      unit: fc.constantFrom('^', '~', 'X', 'Z', 'A', '"', '\\', '[', ']', '\r', '\n', '\x1b', '\x1d', '{', '}'),
      maxLength: 40,
    }),
  );
  const code = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((at) => String.fromCharCode(at)),
    minLength: 1,
    maxLength: 32,
  });
  /** What is left of a label when the values are taken out. */
  const skeletons: Record<LabelLanguage, [template: string, skeleton: (label: string) => unknown]> = {
    zpl: [zpl, (label) => label.match(/[\^~]../gs)],
    tspl: [
      tspl,
      (label) =>
        label
          .replaceAll('\\["]', '')
          .replace(/"[^"]*"/g, '""')
          .split('\n'),
    ],
    escpos: [escpos, (label) => label.replace(/\x1dkI./s, '').match(/[\x1b\x1d].|[\x00-\x1f\x7f]/gs)],
  };
  test.each(Object.entries(skeletons))('%s', (language, [template, skeleton]) => {
    const of = (site: string, tube: string) => skeleton(filled(language as LabelLanguage, template, { site, tube }));
    const plain = of('S', 'T');
    fc.assert(
      fc.property(hostile, code, (site, tube) => {
        expect(of(site, tube)).toEqual(plain);
      }),
    );
  });
});
