/** Lanes as they look in each situation a sampler can be in. Tubes, boxes and people are synthetic. */
import type { HutSampling, LaneActionName, LaneView, SayingCode, Tone } from '../../gateway/contract/lane.ts';

const at = '2022-11-07T07:13:08.412+08:00';

const tomorrow = '2022-11-08T06:00:00.000+08:00';

let saidId = 0;
/** A saying that is newer than every other. */
export const said = (
  tone: Tone,
  code: SayingCode,
  values: Record<string, string | number> = {},
): NonNullable<LaneView['said']> => {
  saidId += 1;
  return { id: saidId, tone, code, values, at };
};

const person = (slot: number, shown: string) => ({ slot, shown, via: 'qr' as const, at });
const people = [person(7, '张*'), person(6, '欧阳*'), person(5, '阿*')];

const whileSampling: readonly LaneActionName[] = ['void-tube', 'exclude', 'divert', 'pack', 'reprint', 'pause'];
const withTube: readonly LaneActionName[] = [
  'undo',
  'correct',
  'close-tube',
  'manual',
  'temperature',
  ...whileSampling,
];

const lane: LaneView = {
  id: 'lane-1',
  phase: 'open',
  mode: 'sampling',
  operator: 'OP000001',
  session: { id: 's-1', round: 'r1', openedAt: at, persons: 132, tubes: 12 },
  flow: 'tube-first',
  poolSize: 20,
  temperatures: 'optional',
  next: { step: 'scan-tube', values: {} },
  lastPersons: [],
  samplingTimes: { at, present: { from: '2022-11-07T06:00:00.000+08:00', to: '2022-11-07T12:00:00.000+08:00' } },
  can: [...whileSampling, 'single', 'temperature', 'close-session'],
  label: { waiting: 0 },
};

const tube = (count: number, capacity = 20) => ({
  code: 'T2211070042',
  count,
  capacity,
  unconfirmed: false,
  openedAt: at,
});
const inTube: LaneView = {
  ...lane,
  tube: tube(7),
  lastPersons: people,
  next: { step: 'scan-person', values: { slot: 8 } },
  undoLeftMs: 43_000,
  can: [...withTube],
};
const tubes = (from: number, count: number) => Array.from({ length: count }, (_, i) => `T22110700${from + i}`);
const packing: LaneView = {
  ...lane,
  mode: 'packing',
  next: { step: 'scan-tube-to-pack', values: {} },
  box: {
    ...{ code: 'B00000417', state: 'open', tubes: tubes(10, 12), expected: [] },
    temperature: { min: 3.9, max: 5.2, excursions: 0 },
  },
  can: ['seal', 'unpack', 'hand-over', 'reopen-box', 'void-tube', 'sample', 'reprint'],
};

/** By name; each with a saying of its own. */
export const laneViews = {
  'signed-out': () => {
    const { operator: _, session: __, ...rest } = lane;
    return { ...rest, phase: 'signed-out', next: { step: 'sign-in', values: {} }, can: [] };
  },
  first: () => ({ ...lane, said: said('ok', 'session-opened', { operator: 'OP000001' }) }),
  'outside-times': () => ({
    ...lane,
    samplingTimes: { at, next: { from: tomorrow, to: '2022-11-08T12:00:00.000+08:00' } },
    said: said('ok', 'session-taken-over', {
      ...{ operator: 'OP000001', from: 'OP000002', count: 0, outside: 1, opens: tomorrow, at },
    }),
  }),
  silent: () => lane,
  'tube-opened': () => ({
    ...inTube,
    tube: tube(0),
    lastPersons: [],
    said: said('ok', 'tube-opened', { tube: '0042', capacity: 20 }),
    next: { step: 'scan-person', values: { slot: 1 } },
    can: [...whileSampling, 'manual', 'temperature'],
  }),
  'person-added': () => ({
    ...inTube,
    said: said('ok', 'person-added', { slot: 7, capacity: 20, shown: '张*' }),
  }),
  'tube-full': () => ({
    ...lane,
    lastTube: { code: 'T2211070042', count: 20, capacity: 20, closedAt: at },
    lastPersons: [person(20, '张*'), ...people.slice(1)],
    undoLeftMs: 60_000,
    can: ['undo', ...lane.can],
    said: said('full', 'tube-full', { slot: 20, capacity: 20, shown: '张*', tube: '0042' }),
  }),
  'tube-closed': () => ({
    ...lane,
    lastTube: { code: 'T2211070042', count: 7, capacity: 20, closedAt: at },
    lastPersons: people,
    undoLeftMs: 12_000,
    reopenLeftMs: 120_000,
    can: ['undo', 'reopen-tube', ...lane.can],
    said: said('ok', 'tube-closed', { tube: '0042', count: 7, capacity: 20 }),
  }),
  repeat: () => ({ ...inTube, said: said('repeat', 'person-in-this-tube', { slot: 4 }) }),
  noted: () => ({
    ...inTube,
    temperature: { celsius: 36.6, fever: false },
    said: said('noted', 'temperature', { celsius: 36.6, fever: 0 }),
  }),
  fever: () => ({
    ...inTube,
    temperature: { celsius: 38.2, fever: true },
    said: said('noted', 'temperature', { celsius: 38.2, fever: 1 }),
  }),
  refused: () => ({ ...inTube, said: said('refused', 'tube-code-used', { tube: '0017', state: 'handed-over' }) }),
  'no-tube': () => ({ ...lane, said: said('refused', 'scan-tube-first') }),
  'not-recorded': () => ({ ...inTube, said: said('refused', 'not-recorded') }),
  elsewhere: () => ({ ...inTube, said: said('refused', 'person-elsewhere', { lane: 'lane-2', tube: '0043' }) }),
  question: () => ({
    ...inTube,
    question: { code: 'close-and-open', values: { tube: '0043' } },
    said: said('question', 'close-and-open', { old: '0042', count: 7, capacity: 20, tube: '0043' }),
    next: { step: 'answer', values: {} },
    can: ['confirm', 'cancel'],
  }),
  'void-asked': () => ({
    ...inTube,
    question: { code: 'void-tube', values: { reason: 'unknown-swab', tube: '0042' } },
    said: said('question', 'void-tube', { tube: '0042', count: 7, capacity: 20, reason: 'unknown-swab' }),
    next: { step: 'answer', values: {} },
    can: ['confirm', 'cancel'],
  }),
  'answer-first': () => ({
    ...inTube,
    question: { code: 'sampled-earlier', values: { earlierTube: '0017' } },
    said: said('refused', 'answer-first'),
    next: { step: 'answer', values: {} },
    can: ['confirm', 'cancel'],
  }),
  'exclude-who': () => ({
    ...inTube,
    question: { code: 'exclude-who', values: { reason: 'vaccine-lt-48h' } },
    said: said('question', 'exclude-who', { reason: 'vaccine-lt-48h' }),
    next: { step: 'answer', values: {} },
    can: ['manual', 'cancel'],
  }),
  unconfirmed: () => ({
    ...inTube,
    tube: { ...tube(7), unconfirmed: true },
    next: { step: 'confirm-tube', values: { tube: '0042' } },
    said: said('refused', 'confirm-tube-first', { tube: '0042' }),
    can: [...whileSampling, 'temperature'],
  }),
  voided: () => ({
    ...lane,
    resample: {
      tube: 'T2211070042',
      slots: Array.from({ length: 20 }, (_, i) => ({ slot: i + 1, ...(i > 16 && { shown: people[19 - i]!.shown }) })),
    },
    said: said('ok', 'tube-voided', { tube: '0042', count: 20, capacity: 20, reason: 'leaked' }),
  }),
  group: () => ({
    ...lane,
    flow: 'people-first',
    group: { count: 3, capacity: 10 },
    lastPersons: people,
    undoLeftMs: 9_000,
    next: { step: 'scan-person', values: { slot: 4 } },
    said: said('ok', 'person-staged', { slot: 3, capacity: 10, shown: '张*' }),
    can: ['undo', 'discard-group', 'manual', ...whileSampling],
  }),
  measure: () => ({
    ...inTube,
    temperatures: 'required',
    next: { step: 'measure', values: {} },
    said: said('refused', 'measure-first'),
  }),
  paused: () => ({
    ...inTube,
    phase: 'paused',
    next: { step: 'resume', values: {} },
    said: said('noted', 'paused'),
    can: ['resume'],
  }),
  trouble: () => ({
    ...inTube,
    label: { waiting: 2, failed: 'paper-out' },
    said: said('ok', 'person-added', { slot: 7, capacity: 20, shown: '张*' }),
  }),
  'wrong-label': () => ({
    ...inTube,
    label: { waiting: 1, failed: 'paper-out', unchecked: tubes(30, 3) },
    said: said('refused', 'label-of-other', { code: '7042', expected: '7030' }),
  }),
  'label-right': () => ({
    ...inTube,
    label: { waiting: 0, unchecked: tubes(31, 1) },
    said: said('ok', 'label-checked', { code: '7030' }),
  }),
  'pack-first': () => {
    const { box: _, ...rest } = packing;
    return {
      ...rest,
      next: { step: 'scan-box-to-pack', values: {} },
      said: said('noted', 'packing'),
      can: ['hand-over', 'reopen-box', 'void-tube', 'sample', 'reprint'],
    };
  },
  packed: () => ({ ...packing, said: said('ok', 'tube-packed', { tube: '7021', count: 12 }) }),
  missing: () => ({
    ...packing,
    flow: 'box-first',
    box: { ...packing.box!, expected: tubes(30, 14), temperature: { min: -0.5, max: 11.2, excursions: 2 } },
    can: [...packing.can, 'missing'],
    said: said('refused', 'tubes-still-missing', { count: 14 }),
  }),
  'missing-asked': () => ({
    ...packing,
    flow: 'box-first',
    box: { ...packing.box!, expected: tubes(30, 3) },
    question: { code: 'missing-tubes', values: { reason: 'lost' }, tubes: tubes(30, 3) },
    said: said('question', 'missing-tubes', { count: 3, reason: 'lost' }),
    next: { step: 'answer', values: {} },
    can: ['confirm', 'cancel'],
  }),
  counting: () => ({
    ...packing,
    box: { ...packing.box!, scanned: tubes(10, 5) },
    question: { code: 'count-box', values: {} },
    said: said('noted', 'counted', { count: 5, of: 12 }),
    next: { step: 'count-tubes', values: {} },
    can: ['count', 'cancel'],
  }),
  seal: () => ({
    ...packing,
    box: { ...packing.box!, counted: 12 },
    question: { code: 'scan-seal', values: { counted: 12 } },
    said: said('question', 'scan-seal', { count: 12, of: 12 }),
    next: { step: 'scan-seal', values: {} },
    can: ['cancel'],
  }),
  sealed: () => ({
    ...packing,
    box: { ...packing.box!, state: 'sealed' },
    said: said('ok', 'box-sealed', { box: '0417', seal: '9911', count: 12 }),
    next: { step: 'scan-box-to-pack', values: {} },
    can: ['hand-over', 'reopen-box', 'void-tube', 'sample', 'reprint'],
  }),
  courier: () => ({
    ...packing,
    box: { ...packing.box!, state: 'sealed' },
    question: { code: 'scan-courier', values: { box: '0417' } },
    said: said('question', 'scan-courier', { box: '0417' }),
    next: { step: 'scan-courier', values: {} },
    can: ['cancel'],
  }),
  'courier-counts': () => ({
    ...packing,
    box: { ...packing.box!, state: 'sealed' },
    question: { code: 'count-by-courier', values: { box: '0417', courier: 'CR000001' } },
    said: said('refused', 'count-differs', { system: 12, counted: 11 }),
    next: { step: 'count-tubes', values: {} },
    can: ['count', 'cancel'],
  }),
} as const satisfies Record<string, () => LaneView>;

export type LaneViewName = keyof typeof laneViews;
export const laneViewNames = Object.keys(laneViews) as LaneViewName[];

/** A view by its name, of any lane. */
export const laneViewOf = (name: LaneViewName, id = 'lane-1'): LaneView => ({ ...laneViews[name](), id });

export const sampling: HutSampling = {
  oldestTube: { code: 'T2211070001', firstSwabAt: at, ageMs: 131 * 60_000, level: 'amber' },
  unpacked: tubes(40, 4).map((code) => ({ code, count: 20, closedAt: at })),
  boxes: [{ code: 'B00000417', state: 'open', tubes: 12 }],
};
