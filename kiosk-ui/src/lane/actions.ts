/** Where the button of each action stands, and what has to be chosen before it is sent. Held against the contract by a test. */
import type { IdType, LaneActionName, LaneView, ReasonedAction } from './words.ts';

type ReasonsOf<A extends ReasonedAction['action']> = readonly Extract<ReasonedAction, { action: A }>['reason'][];

export const reasonsOf: { readonly [A in ReasonedAction['action']]: ReasonsOf<A> } = {
  'void-tube': ['leaked', 'damaged', 'lost', 'unknown-swab', 'wrong-tube', 'unused', 'other'],
  exclude: ['vaccine-lt-48h', 'refused', 'not-eligible'],
  unpack: ['wrong-box', 'leaked', 'recount'],
  missing: ['lost', 'leaked', 'taken-out'],
  'reopen-box': ['seal-broken', 'wrong-tube-inside', 'courier-refused'],
};

export const idTypesToType: readonly IdType[] = ['01', '08', '06', '07', '03', '99'];

/** The next step itself, where a tap takes it; `temperature` is one only while it is asked for. */
export const stepActions: readonly LaneActionName[] = ['resume', 'count'];

/**
 * The row below: an action keeps its place whether it is possible or not, so that a hand which knows the place never
 * meets another button there. `close-tube` and `reopen-tube` are not neighbours: the second tap of a heavy hand must
 * not undo the first.
 */
const rows: Readonly<Record<LaneView['mode'], readonly (readonly LaneActionName[])[]>> = {
  sampling: [['undo'], ['close-tube'], ['manual'], [...stepActions, 'reopen-tube', 'discard-group']],
  packing: [['seal'], ['hand-over'], ['missing'], [...stepActions, 'sample']],
};

/** Actions behind `more`, in the order of their buttons. */
const others: readonly LaneActionName[] = [
  'correct',
  'exclude',
  'divert',
  'single',
  'temperature',
  'void-tube',
  'unpack',
  'reopen-box',
  'reprint',
  'pause',
  'pack',
  'close-session',
];

/** Beside the question they answer; `cancel` in the place of `more` where a scan answers it. */
const answers: readonly LaneActionName[] = ['confirm', 'cancel'];

export interface Buttons {
  /** Places of the row below; undefined: nothing to press here now. */
  readonly row: readonly (LaneActionName | undefined)[];
  readonly more: readonly LaneActionName[];
}

/** Only what the lane says makes sense now; names this page does not know are left out. */
export function buttonsOf({ mode, can }: Pick<LaneView, 'mode' | 'can'>): Buttons {
  const row = rows[mode].map((place) => place.find((name) => can.includes(name)));
  const inRow = new Set(row);
  const known = [...rows.sampling.flat(), ...rows.packing.flat(), ...others];
  return {
    row,
    more: known.filter((name, at) => can.includes(name) && !inRow.has(name) && known.indexOf(name) === at),
  };
}

/** All that a button exists for somewhere. */
export const actionsWithButton: ReadonlySet<LaneActionName> = new Set([
  ...rows.sampling.flat(),
  ...rows.packing.flat(),
  ...others,
  ...answers,
]);

/** What is asked first about an action. The gateway asks by itself about `discard-group`, `close-session` and full tubes. */
export const isReasoned = (name: LaneActionName): name is ReasonedAction['action'] => Object.hasOwn(reasonsOf, name);
