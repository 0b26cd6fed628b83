/** The few shapes an answer can have. */
import type { SayingCode } from '../contract/lane.ts';
import type { LaneEvent } from './events.ts';
import type { Decision, Desk, Saying, Turn } from './situation.ts';

type Values = Saying['values'];

/** Nothing is recorded, and nothing on the desk changes: a question that is open stays open. */
export const refuse = ({ desk }: Turn, code: SayingCode, values: Values = {}): Decision => ({
  ...{ events: [], primary: 0, desk, effects: [] },
  say: { tone: 'refused', code, values },
});

/** It is recorded already. */
export const repeat = ({ desk }: Turn, code: SayingCode, values: Values = {}): Decision => ({
  ...{ events: [], primary: 0, desk, effects: [] },
  say: { tone: 'repeat', code, values },
});

/** Understood; there was nothing to record. */
export const note = ({ desk }: Turn, code: SayingCode, values: Values = {}, change: Partial<Desk> = {}): Decision => ({
  ...{ events: [], primary: 0, desk: { ...desk, ...change }, effects: [] },
  say: { tone: 'noted', code, values },
});

export const ask = (
  { desk }: Turn,
  question: NonNullable<Desk['question']>,
  values: Values = {},
  change: Partial<Desk> = {},
): Decision => ({
  ...{ events: [], primary: 0, desk: { ...desk, ...change, question }, effects: [] },
  say: { tone: 'question', code: question.code, values },
});

/** Recorded. The first event is the one behind the tone, unless `primary` says otherwise. The question, if any, is answered. */
export const record = (
  { desk }: Turn,
  events: readonly LaneEvent[],
  say: { readonly code: SayingCode; readonly values?: Values; readonly tone?: 'ok' | 'full' },
  more: {
    readonly change?: Partial<Desk>;
    readonly effects?: Decision['effects'];
    readonly primary?: number;
    readonly person?: Decision['person'];
  } = {},
): Decision => ({
  events,
  primary: more.primary ?? 0,
  desk: { ...desk, question: undefined, ...more.change },
  effects: more.effects ?? [],
  say: { tone: say.tone ?? 'ok', code: say.code, values: say.values ?? {} },
  ...(more.person && { person: more.person }),
});

/** What every event of a lane begins with. Only to be used while a session is open. */
export const here = ({ laneId, lane }: Turn) => ({
  lane: laneId,
  session: lane.session!.id,
  operator: lane.session!.operator,
});

/** The end of a code: enough to compare with the one in hand. */
export const tail = (code: string) => Array.from(code).slice(-4).join('');
