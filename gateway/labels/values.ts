/** What can stand on each kind of label, and how it is written there. Times and names by the rules of the hut; pure. */
import type { ClockQuality } from '../contract/streams.ts';
import { maskName } from '../privacy/mask.ts';

export interface TubeLabel {
  readonly tube: string;
  readonly site: string;
  readonly lane: string;
  readonly poolSize: number;
  /** Persons in the tube; undefined while it is open: the label gets a line to write on. */
  readonly count?: number;
  /** RFC 3339, in the hut's time. */
  readonly openedAt: string;
  readonly clockQuality: ClockQuality;
}

export interface BoxLabel {
  readonly box: string;
  readonly seal?: string;
  /** How many. */
  readonly tubes: number;
  readonly destination?: string;
  readonly site: string;
  /** RFC 3339, in the hut's time. */
  readonly sealedAt: string;
  readonly clockQuality: ClockQuality;
}

/** The citizen's. */
export interface Slip {
  readonly site: string;
  readonly tube: string;
  /** From 1. */
  readonly slot: number;
  /** Masked already or not: only the mask is printed. */
  readonly name: string;
  /** RFC 3339, in the hut's time. */
  readonly sampledAt: string;
  readonly clockQuality: ClockQuality;
}

export interface LabelValues {
  readonly tube: TubeLabel;
  readonly box: BoxLabel;
  readonly slip: Slip;
}

export type LabelKind = keyof LabelValues;

export const labelKinds: readonly LabelKind[] = ['tube', 'box', 'slip'];

type Texts = Readonly<Record<string, string>>;

const none = '--';

/** `2022-11-07 07:13`; nothing when the clock may be wrong: a date that is printed is believed. */
const time = (rfc3339: string, quality: ClockQuality) =>
  quality === 'synced' ? `${rfc3339.slice(0, 10)} ${rfc3339.slice(11, 16)}` : none;

const tail = (code: string) => [...code].slice(-4).join('');

const writers: { readonly [K in LabelKind]: (values: LabelValues[K]) => Texts } = {
  tube: ({ tube, site, lane, poolSize, count, openedAt, clockQuality }) => ({
    ...{ tube, site, lane, poolSize: String(poolSize) },
    filled: `${count ?? '___'}/${poolSize}`,
    opened: time(openedAt, clockQuality),
  }),
  box: ({ box, seal = none, tubes, destination = none, site, sealedAt, clockQuality }) => ({
    ...{ box, seal, tubes: String(tubes), destination, site },
    sealed: time(sealedAt, clockQuality),
  }),
  slip: ({ site, tube, slot, name, sampledAt, clockQuality }) => ({
    ...{ site, slot: String(slot), tubeTail: tail(tube), name: maskName(name) },
    sampled: time(sampledAt, clockQuality),
  }),
};

/** By the keys of a template. */
export const textsOf = <K extends LabelKind>(kind: K, values: LabelValues[K]): ReadonlyMap<string, string> =>
  new Map(Object.entries(writers[kind](values)));

/** As long as they get in a hut, so that a template that is tried with them is tried. */
const samples: LabelValues = {
  tube: {
    ...{ tube: 'T2211070042', site: '金水区花园路街道通信花园社区采样屋', lane: 'lane-1', poolSize: 10, count: 7 },
    ...{ openedAt: '2022-11-07T07:13:08.412+08:00', clockQuality: 'synced' },
  },
  box: {
    ...{ box: 'B22110701', seal: 'S00417', tubes: 20, destination: '市疾控中心', site: '金水路采样屋' },
    ...{ sealedAt: '2022-11-07T11:40:00.000+08:00', clockQuality: 'synced' },
  },
  slip: {
    ...{ site: '金水路采样屋', tube: 'T2211070042', slot: 8, name: '张*' },
    ...{ sampledAt: '2022-11-07T07:13:08.412+08:00', clockQuality: 'synced' },
  },
};

export const sampleTexts = (kind: LabelKind): ReadonlyMap<string, string> => textsOf(kind, samples[kind]);
