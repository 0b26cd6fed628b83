/** Every word of the samplers' screens, in each language. A missing or superfluous text does not compile. */
import type { IdType, LaneActionName, NextStep, ReasonCode, SayingCode, Tone } from '../lane/words.ts';
import type { Language } from './catalogue.ts';
import { laneEn } from './lane-en.ts';
import { laneZhCN } from './lane-zh-CN.ts';

/** A value of a saying as text that is safe to show, by its name; empty when it is absent. */
export type Value = (name: string) => string;

/** Sayings that are only ever refusals: each has what to do about it. */
export type RefusedCode = Extract<
  SayingCode,
  | 'badge-unknown'
  | 'badge-locked'
  | 'sign-in-first'
  | 'lane-paused'
  | 'unknown-code'
  | 'code-too-long'
  | 'answer-first'
  | 'scan-tube-first'
  | 'scan-box-first'
  | 'confirm-tube-first'
  | 'tube-code-used'
  | 'not-a-tube'
  | 'tube-unknown'
  | 'tube-not-closed'
  | 'tube-in-other-box'
  | 'tube-not-in-box'
  | 'tube-voided-already'
  | 'tube-empty'
  | 'label-of-other'
  | 'no-open-tube'
  | 'person-elsewhere'
  | 'needs-single-tube'
  | 'measure-first'
  | 'temperature-invalid'
  | 'nothing-to-undo'
  | 'undo-too-late'
  | 'nothing-to-reopen'
  | 'reopen-too-late'
  | 'group-full-scan-tube'
  | 'group-too-large'
  | 'no-group'
  | 'box-code-used'
  | 'box-unknown'
  | 'box-not-open'
  | 'box-is-sealed'
  | 'box-not-sealed'
  | 'box-is-gone'
  | 'box-empty'
  | 'tubes-still-missing'
  | 'count-differs'
  | 'seal-used'
  | 'same-signer'
  | 'not-now'
  | 'id-number-wrong'
  | 'card-expired'
  | 'tube-still-open'
  | 'wrong-code'
  | 'nothing-to-print'
  | 'not-recorded'
  | 'card-unreadable'
  | 'other-operator'
  | 'not-identified-scanner'
>;

/** Questions that a tap or a command barcode answers; the others are answered by a scan. */
export type YesNoCode = Extract<
  SayingCode,
  | 'close-and-open'
  | 'replace-empty-tube'
  | 'sampled-earlier'
  | 'void-tube'
  | 'discard-group'
  | 'close-session'
  | 'missing-tubes'
>;

export interface LaneTexts {
  readonly language: Language;
  readonly tone: Readonly<Record<Tone, string>>;
  readonly saying: Readonly<Record<SayingCode, (v: Value) => string>>;
  readonly todo: Readonly<Record<RefusedCode, string>>;
  /** What the yes of a question does. */
  readonly yes: Readonly<Record<YesNoCode, string>>;
  /** The next thing to do, as a verb, and where to find what is needed. */
  readonly next: Readonly<Record<NextStep, { readonly verb: (v: Value) => string; readonly hint: string }>>;
  readonly action: Readonly<Record<LaneActionName, string>>;
  readonly reason: Readonly<Record<ReasonCode | 'fever', string>>;
  readonly chooseReason: Readonly<Record<ReasonedActionName, string>>;
  readonly idType: Readonly<Record<IdType, string>>;
  readonly tubeState: ReadonlyMap<string, string>;
  /** By kind of device; an unknown kind is shown as it is. */
  readonly device: ReadonlyMap<string, string>;

  readonly laneName: (id: string) => string;
  readonly today: (persons: string, tubes: string) => string;
  readonly counter: (count: number, capacity: number) => string;
  readonly tube: string;
  readonly tubeFull: string;
  readonly tubeClosed: string;
  readonly group: string;
  readonly lastPerson: string;
  readonly lastPersons: string;
  readonly slot: (slot: number) => string;
  readonly resample: (tube: string, count: number) => string;
  readonly temperature: (celsius: number) => string;
  readonly feverWord: string;
  readonly oldestTube: (minutes: number) => string;
  readonly samplingUntil: (clock: string) => string;
  /** `opens`: when the next window begins, if there is one. */
  readonly outsideTimes: (opens: string | undefined) => string;
  readonly labelFailed: string;
  readonly labelWaiting: (count: number) => string;
  /** End of the code that is asked for next, and how many labels besides. */
  readonly labelUnchecked: (tail: string, more: number) => string;
  readonly deviceTrouble: (device: string) => string;
  readonly soundBlocked: string;
  readonly soundAbsent: string;
  readonly notLive: string;
  readonly notLiveHelp: string;
  readonly nextIs: string;

  readonly more: string;
  readonly back: string;
  readonly seconds: (n: number) => string;
  readonly swabTaken: (slot: string, shown: string) => string;
  readonly swabNotTaken: string;
  readonly swabTakenWrongPerson: string;
  readonly swabTakenWhose: string;
  readonly chooseIdType: string;
  readonly idNumber: (type: string) => string;
  readonly idDigits: (typed: number, wanted: number) => string;
  readonly typeTemperature: string;
  readonly typeCount: string;
  readonly del: string;
  readonly enter: string;

  readonly box: string;
  readonly noBox: string;
  readonly inBox: string;
  readonly boxTemperature: string;
  readonly boxExcursions: (times: number) => string;
  /** The probe in it gave no value yet. */
  readonly boxUnmeasured: string;
  readonly range: (min: number, max: number) => string;
  readonly counted: string;
  readonly unpacked: (count: number) => string;
  readonly allPacked: string;
  readonly missing: (count: number) => string;
  readonly notCounted: (count: number) => string;
  readonly sealSteps: readonly [string, string, string, string];
  readonly handOverSteps: readonly [string, string, string, string];

  readonly publicIcon: Readonly<Record<'ok' | 'wait' | 'stop', string>>;

  readonly sheetTitle: string;
  readonly sheetHelp: string;
  readonly print: string;
}

export type ReasonedActionName = 'void-tube' | 'exclude' | 'unpack' | 'missing' | 'reopen-box';

export const laneCatalogues: Readonly<Record<Language, LaneTexts>> = { 'zh-CN': laneZhCN, en: laneEn };
