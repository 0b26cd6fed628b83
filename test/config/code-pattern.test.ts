import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codePattern, personPattern } from '../../config/code-pattern.ts';

const matcher = (source: string) => {
  const pattern = codePattern(source);
  if ('wrong' in pattern) throw new Error(pattern.wrong);
  return pattern.matches;
};

describe('a code pattern', () => {
  test.each([
    String.raw`^T\d{10}$`,
    '^(?:T|B)[A-Z0-9]{6,20}$',
    String.raw`^\(01\)\d{14}\(10\)[\w-]+$`,
    String.raw`^https:\/\/hut\.example\/t\/[0-9a-f]{8}$`,
    String.raw`^(?<kind>[TB])-\d+$`,
    String.raw`^[\]\\{]+\u{54}\x54?$`,
    '^管[0-9]{4}$',
  ])('%s is taken', (source) => {
    expect(matcher(source)).toBeTypeOf('function');
  });

  test.each([
    [String.raw`T\d{10}`, 'does not match the whole text'],
    [String.raw`^T\d{10$`, 'does not compile'],
    ['^(T$', 'does not compile: unterminated group'],
    ['^(a+)+$', 'very long'],
    ['^(a|a)*$', 'very long'],
    ['^(?:a?){40}$', 'very long'],
    ['^(?:.*a){12}$', 'very long'],
    [String.raw`^\w*\w*\w*\w*$`, 'very long'],
    [String.raw`^(T)\1$`, 'back-reference'],
    [String.raw`^(?<t>T)\k<t>$`, 'back-reference'],
    ['^(?=T).*$', 'look-around'],
    ['^(?<!T)B$', 'look-around'],
    ['^.*$', 'resident-ID'],
    [String.raw`^\d{17}[\dX]$`, 'resident-ID'],
    [`^${'a'.repeat(300)}$`, 'too long'],
  ])('%s is refused', (source, wrong) => {
    expect(() => matcher(source)).toThrow(wrong);
  });

  test('is held at both ends in all its alternatives', () => {
    const matches = matcher('^T1|B2$');
    expect(['T1', 'B2', 'T12', 'xB2'].map(matches)).toEqual([true, true, false, false]);
  });

  test('does not look at a text that is too long to be a code', () => {
    expect(matcher('^a+$')('a'.repeat(513))).toBe(false);
  });

  test('never throws, whatever it is', () => {
    const piece = fc.constantFrom(
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '1',
      ',',
      '|',
      '*',
      '+',
      '?',
      '\\',
      'u',
      'p',
      'a',
      '^',
      '$',
      '.',
      '(?:',
      '-',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        codePattern(`^${pieces.join('')}$`);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a pattern of persons', () => {
  const groupsOf = (source: string) => {
    const pattern = personPattern(source);
    if ('wrong' in pattern) throw new Error(pattern.wrong);
    return pattern.groups;
  };

  test('gives the groups that took part, and nothing of Object', () => {
    const groups = groupsOf(String.raw`^(?<idNumber>\d{17}[\dX])(?:\|(?<name>[^|]{1,40}))?$`);
    expect(groups('410199199003070018')).toEqual({ idNumber: '410199199003070018' });
    expect(groups('410199199003070018|__proto__')).toEqual({ idNumber: '410199199003070018', name: '__proto__' });
    expect(groups('T2211070042')).toBeUndefined();
    expect(groups('4'.repeat(600))).toBeUndefined();
  });

  test('may hold a parenthesis that is none, but no group that nobody knows', () => {
    expect(groupsOf(String.raw`^\(?<id>P\d{8}$`)('(<id>P00000001')).toEqual({});
    expect(() => groupsOf('^(?<constructor>P)$')).toThrow('a group of another name');
  });

  test('must not blow up either', () => expect(() => groupsOf('^(?<name>.+)+$')).toThrow('very long'));
});
