import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codePattern, personPattern } from '../../../config/code-pattern.ts';
import { commandCodes } from '../../../gateway/contract/lane.ts';
import { makeIdentityOf } from '../../../gateway/identity-of-text.ts';
import { type ClassifierRules, makeClassifier } from '../../../gateway/lane/classify.ts';
import { zones } from '../../vectors/document-mrz.ts';

function code(source: string) {
  const pattern = codePattern(source);
  if ('wrong' in pattern) throw new Error(pattern.wrong);
  return pattern.matches;
}
function person(source: string, rule: Partial<ClassifierRules['persons'][number]> = {}) {
  const pattern = personPattern(source);
  if ('wrong' in pattern) throw new Error(pattern.wrong);
  return { groups: pattern.groups, via: 'qr', cls: 'normal', ...rule } as const;
}

const rules: ClassifierRules = {
  codes: {
    operator: code(String.raw`^OP\d{4}$`),
    courier: code(String.raw`^CR\d{4}$`),
    tube: code(String.raw`^T\d{10}$`),
    box: code(String.raw`^B\d{8}$`),
    seal: code(String.raw`^S\d{8}$`),
  },
  persons: [
    person(
      String.raw`^HC1\|(?<idNumber>[^|]{1,20})\|(?<name>[^|]{0,40})(?:\|(?<phone>1\d{10}))?(?:\|(?<vaccinated>\d{8}))?$`,
      { via: 'paper', symbology: ']Q' },
    ),
    person('^YELLOW-[A-Z0-9]{8}$', { cls: 'single' }),
    // As wide as a campaign can be careless: whatever is no object is a token.
    person(String.raw`^[\w|/:.?=&-]{20,60}$`),
  ],
  identityOf: makeIdentityOf(() => '2022-11-07'),
};
const classify = makeClassifier(rules);
const narrow = makeClassifier({ ...rules, persons: rules.persons.slice(0, 2) });

describe('a command', () => {
  test.each(commandCodes)('%s', (text, action) => {
    expect(classify(text)).toEqual({ kind: 'command', action });
    expect(classify(` ${text.toLowerCase()}\r\n`)).toEqual({ kind: 'command', action });
  });

  test('asks which lane a scanner belongs to', () => {
    expect(classify('hutgate:identify:SCANNER-1')).toEqual({ kind: 'identify', device: 'scanner-1' });
  });

  test.each([
    'HUTGATE:EXPLODE',
    'HUTGATE:VOID',
    'HUTGATE:IDENTIFY:',
    'HUTGATE:IDENTIFY:a/b',
    'HUTGATE:CONSTRUCTOR-AND-MORE',
  ])('that does not exist is nothing else: %s', (text) =>
    expect(classify(text)).toEqual({ kind: 'unknown', why: 'no-pattern' }),
  );
});

test.each([
  ['OP0001', 'operator'],
  ['CR0001', 'courier'],
  ['T2211070042', 'tube'],
  ['B00000042', 'box'],
  ['S00000042', 'seal'],
])('%s is of kind %s', (text, kind) => {
  expect(classify(text, ']C0')).toEqual({ kind, code: text });
  expect(classify(`\u0000\u200F${text}\u001D\n`)).toEqual({ kind, code: text });
});

describe('a person', () => {
  const zhang = { kind: 'person', idType: '01', idNumber: '410199199003070018', cls: 'normal', provisional: false };

  test('by the bare number: shown on a phone, or printed as a linear code', () => {
    expect(classify('410199199003070018')).toEqual({ ...zhang, birthDate: '1990-03-07', via: 'qr' });
    expect(classify('410199199003070018', ']Q1')).toMatchObject({ via: 'qr' });
    expect(classify('410199199003070018', ']C0')).toMatchObject({ via: 'paper' });
  });

  test('by the lines of a travel document', () => {
    expect(classify(zones.td3Icao.join('\r\n'))).toMatchObject({
      ...zhang,
      idType: '03',
      idNumber: 'L898902C3',
      via: 'document',
    });
  });

  test('by a pattern with groups', () => {
    expect(classify('HC1|410199199003070018|张三|13800000000|20221106', ']Q1')).toEqual({
      ...zhang,
      birthDate: '1990-03-07',
      name: '张三',
      phone: '13800000000',
      vaccinated: '20221106',
      via: 'paper',
    });
  });

  test('leaves out what is empty, and a vaccination on no day of the calendar', () => {
    const found = classify('HC1|410199199003070018||13800000000|00000000', ']Q1');
    expect(Object.keys(found).sort()).toEqual([
      'birthDate',
      'cls',
      'idNumber',
      'idType',
      'kind',
      'phone',
      'provisional',
      'via',
    ]);
  });

  test('with a number of another kind is 99; with one whose check digit is wrong, nobody', () => {
    expect(narrow('HC1|E00000001|张三', ']Q1')).toMatchObject({
      idType: '99',
      idNumber: 'E00000001',
      provisional: false,
    });
    expect(narrow('HC1|410199199003070019|张三', ']Q1')).toEqual({ kind: 'unknown', why: 'no-pattern' });
  });

  test('only by the symbology asked for', () => {
    expect(narrow('HC1|E00000001|张三', ']C0')).toEqual({ kind: 'unknown', why: 'no-pattern' });
    expect(narrow('HC1|E00000001|张三')).toEqual({ kind: 'unknown', why: 'no-pattern' });
  });

  test('by a token that says nothing', () => {
    const text = 'YELLOW-00AA11BB';
    expect(classify(text)).toEqual({
      kind: 'person',
      idType: '99',
      idNumber: text,
      via: 'qr',
      cls: 'single',
      provisional: true,
    });
  });
});

describe('unknown is', () => {
  test.each([
    ['nothing', '', 'empty'],
    ['control characters', '\r\n\u200F\u0000 ', 'empty'],
    ['a payment code', 'wxp://f2f0AAAAAAAAAAAAAAAA', 'no-pattern'],
    ['an address', 'https://example.com/?q=1', 'no-pattern'],
    ['a name of Object', '__proto__', 'no-pattern'],
    ['another one', 'constructor', 'no-pattern'],
    ['513 bytes', '采'.repeat(171), 'too-long'],
    ['ten megabytes', 'T'.repeat(10_000_000), 'too-long'],
  ])('%s', (_, text, why) => expect(narrow(text)).toEqual({ kind: 'unknown', why }));

  test('not what is 512 bytes long', () => {
    const all = makeClassifier({ ...rules, persons: [person('^采{1,170}A{2}$')] });
    expect(all(`${'采'.repeat(170)}AA`)).toMatchObject({ kind: 'person', provisional: true });
  });
});

describe('whatever is scanned', () => {
  const mark = fc.constantFrom('\u0000', '\u200F', '\u202E', '\uFEFF', '\r', '\n', ' ', '\uD800', '\u001D');
  const seed = fc.constantFrom(
    ...['T2211070042', 'B00000042', 'OP0001', '410199199003070018', 'HC1|410199199003070018|张三', 'HUTGATE:UNDO'],
    ...['HUTGATE:', '__proto__', 'constructor', 'toString', 'hasOwnProperty', zones.td1Icao.join('')],
  );
  const hostile = fc
    .array(fc.oneof(seed, mark, fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 6 })
    .map((parts) => parts.join(''));
  const symbology = fc.option(fc.constantFrom(']Q1', ']C0', ']', ''), { nil: undefined });

  test('it is one thing, and always the same', () => {
    fc.assert(
      fc.property(hostile, symbology, (text, aim) => {
        const found = classify(text, aim);
        expect(classify(text, aim)).toEqual(found);
        expect(['command', 'identify', 'operator', 'courier', 'tube', 'box', 'seal', 'person', 'unknown']).toContain(
          found.kind,
        );
        if (found.kind === 'unknown') expect(Object.keys(found).sort()).toEqual(['kind', 'why']);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a tube is a tube, whatever stands around it that nobody sees', () => {
    const tube = fc.stringMatching(/^T\d{10}$/);
    fc.assert(
      fc.property(tube, fc.array(mark), fc.array(mark), symbology, (text, before, after, aim) => {
        const found = classify(before.join('') + text + after.join(''), aim);
        expect(found).toEqual({ kind: 'tube', code: text });
      }),
    );
  });
});
