/**
 * Patterns of `campaign.codes` and `campaign.persons`. They run on whatever a barcode holds, so a pattern has to match the
 * whole text and must not blow up on a hostile one. What a pattern of `codes` matches is published in clear, so it must not
 * match a resident-ID number; what one of `persons` matches is personal data, and may.
 *
 * The blow-up check bounds the ways in which a backtracking matcher can try the pattern: alternatives add up, parts in
 * sequence multiply, a repeat of a part with p ways has p^max ways times its range. Look-around and back-references are
 * refused because the bound does not hold for them.
 */

/** Nothing longer is tried, so an open repeat such as `\d+` has at most this many ways. */
export const codeCharactersMax = 512;
const waysMax = 1_000_000;

/** GB 11643 with a digit and with X as check character; synthetic (region 410199). */
const residentIds = ['410199199003070018', '41019919900307038X'];

/** What a pattern of `persons` finds in a text; the keys are those of its groups that took part. */
export type PersonGroups = Readonly<Partial<Record<PersonGroup, string>>>;
const personGroups = ['idNumber', 'name', 'phone', 'vaccinated'] as const;
export type PersonGroup = (typeof personGroups)[number];

interface Refused {
  readonly wrong: string;
  readonly allowed: string;
}
export type CodePattern = { readonly matches: (text: string) => boolean } | Refused;
export type PersonPattern =
  | {
      readonly matches: (text: string) => boolean;
      /** undefined: no match. */
      readonly groups: (text: string) => PersonGroups | undefined;
    }
  | Refused;

/** For codes of objects: JavaScript regular expression, Unicode mode, anchored with `^` and `$`. */
export function codePattern(source: string): CodePattern {
  const pattern = compile(source);
  if ('wrong' in pattern) return pattern;
  const matches = (text: string) => text.length <= codeCharactersMax && pattern.test(text);
  if (residentIds.some(matches))
    return {
      wrong: 'also matches resident-ID numbers, which would be published in clear',
      allowed: 'a narrower pattern, for example with a prefix',
    };
  return { matches };
}

/** For codes that people bring: as `codePattern`, with groups that say what is what. */
export function personPattern(source: string): PersonPattern {
  const pattern = compile(source);
  if ('wrong' in pattern) return pattern;
  const names = new Set<string>(personGroups);
  const found = [...source.matchAll(/(?<!\\)\(\?<([A-Za-z_$][\w$]*)>/g)].map(([, name]) => name!);
  // A mistyped idNumber would make each code an opaque token, and nobody would see it.
  if (found.some((name) => !names.has(name)))
    return { wrong: 'has a group of another name', allowed: `the groups ${personGroups.join(', ')}` };
  return {
    matches: (text) => text.length <= codeCharactersMax && pattern.test(text),
    groups(text) {
      const match = text.length <= codeCharactersMax ? pattern.exec(text) : null;
      if (!match) return undefined;
      const taking = personGroups.flatMap((name) => {
        const value = match.groups?.[name];
        return value === undefined ? [] : [[name, value] as const];
      });
      return Object.fromEntries(taking);
    },
  };
}

function compile(source: string): RegExp | Refused {
  if (source.length > 200) return { wrong: 'is too long', allowed: 'at most 200 characters' };
  if (!source.startsWith('^') || !source.endsWith('$'))
    return { wrong: 'does not match the whole text', allowed: 'a pattern that begins with ^ and ends with $' };
  let pattern: RegExp;
  try {
    pattern = new RegExp(`^(?:${source})$`, 'u');
  } catch (error) {
    // "Invalid regular expression: /…/u: what is wrong"
    const what = (error as Error).message.split(': ').at(-1)!.toLowerCase();
    return { wrong: `does not compile: ${what}`, allowed: 'a JavaScript regular expression' };
  }
  const ways = waysToMatch(source);
  if (ways === undefined)
    return {
      wrong: 'uses look-around or a back-reference',
      allowed: 'literals, classes, groups, alternatives and repeats',
    };
  if (ways > waysMax)
    return {
      wrong: 'can take very long on a hostile code',
      allowed: 'no repeat of a part that itself varies; bounded repeats such as \\d{1,8} instead of \\d+',
    };
  return pattern;
}

/** Matches the codes of objects, by patterns that the configuration's check has let through. Any other text is personal data. */
export function codeMatcher(codes: Readonly<Record<string, string | undefined>>): (text: string) => boolean {
  const patterns = Object.values(codes).flatMap((source) => (source === undefined ? [] : [codePattern(source)]));
  return (text) => patterns.some((pattern) => 'matches' in pattern && pattern.matches(text));
}

/** undefined: the pattern uses what the bound does not cover. Expects a pattern that compiles in Unicode mode. */
function waysToMatch(source: string): number | undefined {
  let at = 0;

  function alternatives(): number | undefined {
    let total = 0;
    for (;;) {
      const ways = sequence();
      if (ways === undefined) return undefined;
      total += ways;
      if (source[at] !== '|') return total;
      at += 1;
    }
  }

  function sequence(): number | undefined {
    let product = 1;
    while (at < source.length && source[at] !== '|' && source[at] !== ')') {
      const part = atom();
      if (part === undefined) return undefined;
      product *= repeated(part);
    }
    return product;
  }

  function atom(): number | undefined {
    const group = /^\((?:\?:|\?<[A-Za-z_$][\w$]*>)?(?!\?)/.exec(source.slice(at));
    if (group) {
      at += group[0].length;
      const ways = alternatives();
      at += 1;
      return ways;
    }
    if (source[at] === '(') return undefined;
    const one = /^(?:\[(?:\\.|[^\]\\])*\]|\\.|.)/su.exec(source.slice(at))![0];
    if (/^\\[1-9k]/.test(one)) return undefined;
    at += one.length;
    // \u{…}, \x.., \p{…} and \c. go on: skip a braced part, so that it is not taken for a repeat.
    if (/^\\[upP]/.test(one) && source[at] === '{') at = source.indexOf('}', at) + 1;
    return 1;
  }

  function repeated(ways: number): number {
    const repeat = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(source.slice(at));
    if (!repeat) return ways;
    at += repeat[0].length;
    const [, sign, from, comma, to] = repeat;
    const min = sign ? (sign === '+' ? 1 : 0) : Number(from);
    const open = sign ? sign !== '?' : comma && !to;
    const max = Math.min(open ? codeCharactersMax : Number(sign ? 1 : to || from), codeCharactersMax);
    return ways ** max * Math.max(1, max - min + 1);
  }

  return alternatives();
}
