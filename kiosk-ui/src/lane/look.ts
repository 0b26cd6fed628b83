/** What the lane's screen says: the outcome in the band, the counter, the next step. Pure: a view of the lane in, words out. */
import type { LaneTexts, RefusedCode, YesNoCode } from '../text/lane-catalogue.ts';
import { tail, valuesShown } from '../text/lane-format.ts';
import type { LaneIconName } from './lane-icons.ts';
import { questionValues } from './question-values.ts';
import type { LaneView, SayingCode, Tone } from './words.ts';

export type Ground = 'good' | 'busy' | 'off' | 'warn' | 'ask' | 'bad';

/** An outcome, three ways at once: colour, icon and word; the sound is the fourth. */
export interface BandLook {
  readonly ground: Ground;
  readonly icon: LaneIconName;
  readonly word: string;
  readonly text: string;
  readonly todo: string;
}

const toneLook: Readonly<Record<Tone, { readonly ground: Ground; readonly icon: LaneIconName }>> = {
  ok: { ground: 'good', icon: 'check' },
  full: { ground: 'busy', icon: 'checks' },
  noted: { ground: 'off', icon: 'info' },
  repeat: { ground: 'warn', icon: 'repeat' },
  question: { ground: 'ask', icon: 'question' },
  refused: { ground: 'bad', icon: 'cross' },
};

export function bandOf(lane: LaneView, t: LaneTexts, isLive: boolean): BandLook {
  if (!isLive) return { ground: 'off', icon: 'warning', word: t.notLive, text: '', todo: t.notLiveHelp };
  const { said } = lane;
  if (!said)
    return { ground: 'off', icon: 'hand', word: t.nextIs, text: nextOf(lane, t).verb, todo: nextOf(lane, t).hint };
  // A question that is open stands below in large letters, with its answers.
  const isAsked = said.code === lane.question?.code && isYesNo(said.code, t);
  const saying = isAsked ? '' : sayingOf(t, said.code, said.values);
  const todo = said.tone === 'refused' ? todoOf(t, said.code) : '';
  return { ...toneLook[said.tone], word: t.tone[said.tone], text: saying, todo };
}

/** A gateway newer than this page may say what the page has no words for: the tone still tells the outcome. */
export const sayingOf = (t: LaneTexts, code: SayingCode, values: LaneView['next']['values']): string =>
  Object.hasOwn(t.saying, code) ? t.saying[code](valuesShown(values)) : code;

const todoOf = (t: LaneTexts, code: SayingCode) => (Object.hasOwn(t.todo, code) ? t.todo[code as RefusedCode] : '');

export interface Counter {
  readonly count: number;
  readonly capacity: number;
  readonly of: 'open' | 'unconfirmed' | 'group' | 'full' | 'closed';
  /** Last four of the tube's code. */
  readonly tail?: string;
}

/** The tube in hand, the waiting group, or else the tube that was closed last: "20 / 20" stays when it fills. */
export function counterOf({ tube, group, lastTube }: LaneView): Counter | undefined {
  if (tube) {
    const { count, capacity, unconfirmed } = tube;
    return { count, capacity, of: unconfirmed ? 'unconfirmed' : 'open', tail: tail(tube.code) };
  }
  if (group) return { ...group, of: 'group' };
  if (!lastTube) return undefined;
  const { count, capacity } = lastTube;
  return { count, capacity, of: count >= capacity ? 'full' : 'closed', tail: tail(lastTube.code) };
}

export interface Next {
  readonly verb: string;
  readonly hint: string;
}

export function nextOf(lane: LaneView, t: LaneTexts): Next {
  const { step } = lane.next;
  const { verb, hint } = t.next[step];
  if (lane.question && step === 'answer') return { verb: sayingOf(t, lane.question.code, questionValues(lane)), hint };
  const count = lane.tube?.count ?? lane.group?.count ?? 0;
  // The gateway says the place where it is not the one after the last; of a tube the end of its code is enough.
  const values = { slot: count + 1, ...lane.next.values, ...(lane.tube && { tube: tail(lane.tube.code) }) };
  return { verb: verb(valuesShown(values)), hint };
}

/** Answered by yes or no; any other question is answered by a scan or a number, and the screen stays as it is. */
export const isYesNo = (code: SayingCode, t: LaneTexts): code is YesNoCode => Object.hasOwn(t.yes, code);

/** Milliseconds that are left of `leftMs`, which was true at `sinceMs`; undefined when it is over. */
export function leftAt(leftMs: number | undefined, sinceMs: number, nowMs: number): number | undefined {
  if (leftMs === undefined) return undefined;
  const left = leftMs - (nowMs - sinceMs);
  return left > 0 ? left : undefined;
}
