import { describe, expect, test } from 'vitest';
import type { PersonOutcome, SamplingLedger } from '../../../simulators/central-sampling-ledger.ts';
import { createBooks } from '../../../simulators/crowd/books.ts';
import { compare } from '../../../simulators/crowd/compare.ts';

const sealed = (...pairs: readonly (readonly [ref: string, identity: string])[]) =>
  new Map(pairs.map(([ref, identity]) => [ref, new Set([identity])]));
const ledger = (more: Partial<Record<'persons' | 'tubes' | 'boxes' | 'differences', unknown>> = {}) => ({
  persons: () => (more.persons ?? new Map()) as ReadonlyMap<string, readonly PersonOutcome[]>,
  tubes: () => (more.tubes ?? new Map()) as ReturnType<SamplingLedger['tubes']>,
  boxes: () => (more.boxes ?? new Map()) as ReturnType<SamplingLedger['boxes']>,
  differences: () => (more.differences ?? []) as string[],
});
const inTube = (tube: string, slot: number): PersonOutcome[] => [{ what: 'sampled', tube, slot }];
const roster = (...refs: string[]) => ({ state: 'closed', roster: new Map(refs.map((ref, at) => [at + 1, ref])) });

describe('hands and ledger', () => {
  test('agree at every level', () => {
    const books = createBooks();
    books.tubeOpened('T1');
    books.ended('01|a', { what: 'sampled', tube: 'T1', slot: 1 });
    books.ended('01|b', { what: 'diverted' });
    Object.assign(books.box('B1'), { state: 'sealed' }).tubes.add('T1');
    const central = ledger({
      persons: new Map([
        ['ra', inTube('T1', 1)],
        ['rb', [{ what: 'diverted', reason: 'fever' }]],
      ]),
      tubes: new Map([['T1', roster('ra')]]),
      boxes: new Map([['B1', { state: 'sealed', tubes: new Set(['T1']) }]]),
    });
    expect(compare(books, central, sealed(['ra', '01|a'], ['rb', '01|b']))).toEqual({
      persons: { hut: 2, central: 2 },
      outcomes: { sampled: 1, diverted: 1 },
      tubes: { hut: 1, central: 1 },
      boxes: { hut: 1, central: 1 },
      differences: [],
    });
  });

  test('each disagreement is named, and no person is', () => {
    const books = createBooks();
    books.tubeOpened('T1');
    for (const [at, who] of ['lost', 'moved', 'other'].entries())
      books.ended(`01|${who}`, { what: 'sampled', tube: 'T1', slot: at + 1 });
    books.box('B1').tubes.add('T1');
    books.odd('lane-1 said strange-thing');
    const central = ledger({
      persons: new Map<string, PersonOutcome[]>([
        ['rm', inTube('T2', 2)],
        ['ro', [{ what: 'excluded', reason: 'refused' }]],
        ['never', inTube('T1', 9)],
      ]),
      tubes: new Map([['T1', roster('never')]]),
      differences: ['event 9 wrong'],
    });
    const { differences } = compare(books, central, sealed(['rm', '01|moved'], ['ro', '01|other']));
    expect(differences).toEqual([
      'hut: lane-1 said strange-thing',
      'event 9 wrong',
      '1 persons sampled here have 0 outcomes at the central system',
      '1 persons sampled into T1 are in T2 at the central system',
      '1 persons sampled here are excluded at the central system',
      '1 persons at the central system were never here',
      'tube T1: 3 swabs are in it, 1 recorded',
      'box B1: is open, recorded as nothing',
      'box B1: 1 tubes are in it, 0 recorded, 0 the same',
    ]);
  });

  test('what is sealed beside a reference is one person, and one person has one reference', () => {
    const two = new Map([['r1', new Set(['01|a', '01|b'])]]);
    expect(compare(createBooks(), ledger(), two).differences).toEqual([
      'one reference has 2 identities sealed beside it',
    ]);
    expect(compare(createBooks(), ledger(), sealed(['r1', '01|a'], ['r2', '01|a'])).differences).toEqual([
      'one identity has two references',
    ]);
  });

  test('a tube that leaked holds nobody, and everybody in it has to come again', () => {
    const books = createBooks();
    books.tubeOpened('T1');
    books.ended('01|a', { what: 'sampled', tube: 'T1', slot: 1 });
    expect(books.tubeVoided('T1')).toEqual(['01|a']);
    expect(books.outcome('01|a')).toEqual({ what: 'resample' });
    const central = ledger({
      persons: new Map([['ra', [{ what: 'resample' }]]]),
      tubes: new Map([['T1', { state: 'voided', roster: new Map() }]]),
    });
    expect(compare(books, central, sealed(['ra', '01|a'])).differences).toEqual([]);
  });
});
