import { expect, test } from 'vitest';
import { sayingOf } from '../../../kiosk-ui/src/lane/look.ts';
import { questionValues } from '../../../kiosk-ui/src/lane/question-values.ts';
import { laneCatalogues } from '../../../kiosk-ui/src/text/lane-catalogue.ts';
import { type LaneViewName, laneViewOf } from '../../support/lane-views.ts';

const t = laneCatalogues.en;
const asked = (name: LaneViewName, change = {}) => {
  const lane = { ...laneViewOf(name), ...change };
  return sayingOf(t, lane.question!.code, questionValues(lane));
};

test('a question says the same after a reload as when it was asked', () => {
  for (const name of ['question', 'void-asked', 'missing-asked'] as const)
    expect(asked(name, { said: undefined }), name).toBe(asked(name));
  expect(asked('question', { said: undefined })).toBe('…0042 has 7 of 20. Close it and open …0043?');
  expect(asked('void-asked', { said: undefined })).toBe('Void …0042? All 7 in it must come again (Unknown swab)');
});

test('what is not known is left out', () => {
  expect(asked('answer-first')).toBe('Sampled this round (…0017). Once more?');
  expect(asked('void-asked', { said: undefined, tube: undefined })).toBe(
    'Void …0042? All in it must come again (Unknown swab)',
  );
});

test('a lane that asks nothing has no values', () => {
  expect(questionValues(laneViewOf('person-added'))).toEqual({});
});
