import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { createPairs, type Pairs } from '../../../gateway/supervisor/pairs.ts';

let pairs: Pairs;
beforeEach(() => {
  pairs = createPairs();
  pairs.seen('a', 'ch340', '1-1');
  pairs.seen('b', 'ch340', '1-2');
  pairs.seen('c', 'ch340', '1-3');
  pairs.seen('own', undefined, '1-4');
  pairs.seen('port-2', 'ch340', '1-1');
});
const doubts = () => ['a', 'b', 'c', 'own', 'port-2'].filter((id) => pairs.doubts(id).length > 0);

describe('asked about', () => {
  test('two that were out together, the first one back already', () => {
    pairs.lost('a');
    pairs.lost('b');
    expect(doubts()).toEqual([]);
    pairs.replugged('b');
    expect(doubts()).toEqual(['b']);
    pairs.replugged('a');
    expect(doubts()).toEqual(['a', 'b']);
    expect(pairs.doubts('a')).toEqual(['b']);
  });

  test('one of three, until it is confirmed; the other two are still asked about', () => {
    for (const id of ['a', 'b', 'c']) pairs.lost(id);
    for (const id of ['c', 'a', 'b']) pairs.replugged(id);
    pairs.confirmed('a');
    expect(doubts()).toEqual(['b', 'c']);
    pairs.confirmed('c');
    expect(doubts()).toEqual([]);
  });

  test('those of an earlier run', () => {
    pairs.doubted('a', 'b');
    pairs.replugged('a');
    expect(doubts()).toEqual(['a', 'b']);
    pairs.forget(['a']);
    expect(doubts()).toEqual(['a', 'b']);
    pairs.forget(['a', 'b']);
    expect(doubts()).toEqual([]);
  });

  test('again, after one more glitch of the line: a plug that stays settles nothing', () => {
    pairs.lost('a');
    pairs.lost('b');
    pairs.replugged('a');
    pairs.replugged('b');
    pairs.lost('a');
    pairs.stayed('a');
    expect(doubts()).toEqual(['a', 'b']);
  });
});

describe('not asked about', () => {
  test('one after the other', () => {
    for (const id of ['a', 'b', 'a']) {
      pairs.lost(id);
      pairs.replugged(id);
    }
    expect(doubts()).toEqual([]);
  });

  test('one that another has never been out with: its own serial number, or the other port of the same adapter', () => {
    for (const id of ['a', 'own', 'port-2']) pairs.lost(id);
    for (const id of ['a', 'own', 'port-2']) pairs.replugged(id);
    expect(doubts()).toEqual([]);
  });

  test('one whose twin only lost its connection: asked about until that shows', () => {
    pairs.lost('a');
    pairs.lost('b');
    pairs.replugged('a');
    expect(doubts()).toEqual(['a']);
    pairs.stayed('b');
    expect(doubts()).toEqual([]);
  });
});

test('whatever happens in whatever order: doubt of what is in its socket is mutual', () => {
  const ids = ['a', 'b', 'c'];
  const step = fc.tuple(fc.constantFrom('lost', 'stayed', 'replugged', 'confirmed'), fc.constantFrom(...ids));
  fc.assert(
    fc.property(fc.array(step as fc.Arbitrary<['lost', string]>, { maxLength: 30 }), (steps) => {
      const all = createPairs();
      const away = new Set<string>();
      for (const [i, id] of ids.entries()) all.seen(id, 'x', `1-${i}`);
      for (const [what, id] of steps) {
        all[what](id);
        if (what === 'lost') away.add(id);
        else if (what !== ('confirmed' as string)) away.delete(id);
        if (what === ('confirmed' as string)) expect(all.doubts(id)).toEqual([]);
        for (const one of ids.filter((id) => !away.has(id)))
          for (const twin of all.doubts(one)) if (!away.has(twin)) expect(all.doubts(twin)).toContain(one);
      }
    }),
  );
});
