/** What a crowd brings is what the demo's hut understands: its own campaign and classifier are asked. */
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../../config/schema.ts';
import { classifierRules } from '../../../gateway/campaign.ts';
import { campaign } from '../../../gateway/cli/demo.ts';
import { makeIdentityOf } from '../../../gateway/identity-of-text.ts';
import { makeClassifier } from '../../../gateway/lane/classify.ts';
import { belongings, comer, strangerOf, type Way } from '../../../simulators/crowd/people.ts';
import { findPerson } from '../../../simulators/people.ts';

const classify = makeClassifier(
  classifierRules(
    configSchema.shape.campaign.parse(campaign),
    makeIdentityOf(() => '2022-11-07'),
  ),
);
const yesterday = '20221106';
const numbers = [0, 1, 2, 9_999, 123_456, 3_499_999];

const identityOf = (way: Way): string | undefined => {
  if (way.how === 'card') return `01|${findPerson(way.person)!.idNumber}`;
  if (way.how === 'typed') return `${way.idType}|${way.idNumber}`;
  const person = classify(way.text, way.symbology);
  return person.kind === 'person' ? `${person.idType}|${person.idNumber}` : undefined;
};

describe('what people bring', () => {
  test.each(belongings)('%s: says who they are, in the last way at the latest', (brings) => {
    for (const n of numbers) {
      const { identity, ways } = comer(n, brings, yesterday);
      expect(identityOf(ways.at(-1)!)).toBe(identity);
      if (identity.startsWith('01|')) expect(identity).toMatch(/^01\|410199/);
    }
  });

  test('the wrong code is nobody’s', () => {
    const [wrong] = comer(4, 'wrong-code', yesterday).ways;
    expect(classify((wrong as { text: string }).text, ']Q1')).toEqual({ kind: 'unknown', why: 'no-pattern' });
  });

  test('somebody alone in a tube, and somebody vaccinated, are told by their codes', () => {
    const text = (brings: 'single' | 'vaccinated' | 'phone') =>
      (comer(5, brings, yesterday).ways[0] as { text: string }).text;
    expect(classify(text('single'))).toMatchObject({ cls: 'single' });
    expect(classify(text('vaccinated'))).toMatchObject({ cls: 'normal', vaccinated: yesterday });
    expect(classify(text('phone'))).not.toHaveProperty('vaccinated');
  });

  test('they are all different', () => {
    const all = belongings
      .filter((brings) => ['phone', 'paper', 'passport', 'child'].includes(brings))
      .flatMap((brings) => Array.from({ length: 5_000 }, (_, n) => comer(n * 37, brings, yesterday).identity));
    const strangers = Array.from({ length: 5_000 }, (_, n) => comer(strangerOf(n), 'phone', yesterday).identity);
    expect(new Set([...all, ...strangers]).size).toBe(all.length + strangers.length);
  });
});
