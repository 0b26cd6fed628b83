/**
 * What a question is about, from the lane as it is now: the question stays on the screen after other things were said,
 * and after a reload. Pure.
 */
import { tail } from '../text/lane-format.ts';
import type { LaneView } from './words.ts';

type Values = Record<string, string | number>;

export function questionValues(lane: LaneView): Values {
  const { question, said } = lane;
  if (!question) return {};
  // The moment it is asked the gateway says more than the question keeps.
  const asked = said?.code === question.code ? said.values : {};
  return { ...asked, ...question.values, ...known(lane, question) };
}

function known(lane: LaneView, { code, values, tubes }: NonNullable<LaneView['question']>): Values {
  const { tube, lastTube, group, session, box, lastPersons } = lane;
  switch (code) {
    case 'close-and-open':
    case 'replace-empty-tube':
      return tube ? { old: tail(tube.code), count: tube.count, capacity: tube.capacity } : {};
    case 'void-tube': {
      const voided = [tube, lastTube].find((known) => known && tail(known.code) === values.tube);
      return voided ? { count: voided.count } : {};
    }
    case 'sampled-earlier':
      return { tube: values.earlierTube ?? values.tube ?? '' };
    case 'correct-who': {
      const person = lastPersons.find(({ slot }) => slot === values.slot);
      return person ? { shown: person.shown } : {};
    }
    case 'discard-group':
      return group ? { count: group.count } : {};
    case 'close-session':
      return session ? { persons: session.persons, tubes: session.tubes } : {};
    case 'missing-tubes':
      return tubes ? { count: tubes.length } : {};
    case 'count-box':
      return box ? { count: box.tubes.length } : {};
    case 'scan-seal':
      return values.counted === undefined ? {} : { count: values.counted };
    default:
      return {};
  }
}
