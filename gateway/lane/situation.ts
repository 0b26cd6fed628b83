/** What a lane knows besides the log: the campaign of the moment, the time, what lies on its desk, and what just came in. */
import type { LaneAction, SayingCode, Tone } from '../contract/lane.ts';
import type { ClockQuality } from '../contract/streams.ts';
import type { Classified } from './classify.ts';
import type { BoxEntity, Flow, IdType, LaneEntity, PoolSize, Stamp, Via } from './entities.ts';
import type { LaneEvent } from './events.ts';
import type { Hut } from './hut.ts';

export interface SamplingWindow {
  /** RFC 3339; the first moment of it. */
  readonly from: string;
  /** RFC 3339; the first moment after it. */
  readonly to: string;
}

/** The effective campaign: configuration, or what the centre's plan made of it. Applies to the next tube and session. */
export interface LaneCampaign {
  readonly round: string;
  readonly kind: 'normal' | 'resample';
  readonly poolSize: PoolSize;
  readonly flow: Flow;
  readonly feverC: number;
  readonly temperature: 'off' | 'optional' | 'required';
  readonly vaccineHours: number;
  readonly undoMs: number;
  readonly reopenMs: number;
  readonly amberMs: number;
  readonly redMs: number;
  readonly destination?: string | undefined;
  /** When sampling takes place; absent: always. */
  readonly windows?: readonly SamplingWindow[];
  /** Printed labels are to be scanned once. */
  readonly scanBack: boolean;
}

export interface Now extends Stamp {
  readonly wallMs: number;
}

/** Somebody who stands in front of the lane. Lives in memory only, until it is sealed. */
export interface Person {
  readonly idType: IdType;
  readonly idNumber: string;
  readonly name?: string | undefined;
  readonly phone?: string | undefined;
  readonly birthDate?: string | undefined;
  readonly nationality?: string | undefined;
  readonly validTo?: string | undefined;
  /** YYYYMMDD */
  readonly vaccinated?: string | undefined;
  readonly via: Via;
  readonly cls: 'normal' | 'single';
  /** Only a token is known; the centre finds out who it is. */
  readonly provisional: boolean;
}

export type Input =
  | { readonly type: 'scan'; readonly text: string; readonly symbology?: string | undefined }
  /** The same code or card again within the window. */
  | { readonly type: 'repeat' }
  | { readonly type: 'person'; readonly person: Person }
  /** Of a thermometer; null: it gave no usable value. */
  | { readonly type: 'temperature'; readonly celsius: number | null }
  | { readonly type: 'action'; readonly action: LaneAction; readonly operator: string }
  /** A badge and its PIN were right. */
  | { readonly type: 'signed-in'; readonly operator: string }
  /** They left, were idle for long, or may not work here any more. */
  | { readonly type: 'signed-out'; readonly operator: string };

/** A question that waits for its answer. What a person brings stays in memory: after a restart nothing was recorded, and nothing is asked. */
export type Question =
  | { readonly code: 'close-and-open' | 'replace-empty-tube'; readonly tube: string }
  | { readonly code: 'sampled-earlier'; readonly person: Person; readonly earlierTube: string; readonly at: string }
  | { readonly code: 'void-which-tube'; readonly reason: VoidReason }
  | { readonly code: 'void-tube'; readonly reason: VoidReason; readonly tube: string }
  | { readonly code: 'correct-who'; readonly tube: string; readonly slot: number }
  | { readonly code: 'exclude-who'; readonly reason: string }
  | { readonly code: 'divert-who' | 'discard-group' | 'close-session' }
  | { readonly code: 'unpack-which-tube'; readonly reason: string }
  | { readonly code: 'missing-tubes'; readonly reason: string; readonly tubes: readonly string[] }
  | { readonly code: 'count-box'; readonly scanned: readonly string[] }
  | { readonly code: 'scan-seal'; readonly counted: number }
  | { readonly code: 'reopen-which-box'; readonly reason: string }
  | { readonly code: 'hand-over-which-box' }
  | { readonly code: 'scan-courier'; readonly box: string }
  | { readonly code: 'count-by-courier'; readonly box: string; readonly courier: string };

export type VoidReason = Extract<LaneAction, { action: 'void-tube' }>['reason'];

/** A person as the screen shows one. */
export interface Shown {
  readonly slot: number;
  readonly shown: string;
  readonly via: Via;
  readonly at: string;
}

/** What lies on the desk and is in no log: gone with a restart, but for `shown`, which is kept beside the state. */
export interface Desk {
  readonly isPaused: boolean;
  /** The operator of the session left, or was idle, or the machine was started anew: only badge and PIN go on. */
  readonly isSignedOut: boolean;
  readonly mode: 'sampling' | 'packing';
  /** After a restart or a change of shift: the open tube has to be scanned again. */
  readonly isUnconfirmed: boolean;
  readonly isSingleNext: boolean;
  readonly box?: string | undefined;
  readonly temperature?: { readonly celsius: number; readonly monoMs: number } | undefined;
  readonly question?: Question | undefined;
  /** Newest first, of the open tube or group. */
  readonly shown: readonly Shown[];
  readonly resample?:
    | { readonly tube: string; readonly slots: readonly { slot: number; shown?: string }[] }
    | undefined;
}

export const emptyDesk: Desk = {
  isPaused: false,
  isSignedOut: false,
  mode: 'sampling',
  isUnconfirmed: false,
  isSingleNext: false,
  shown: [],
};

/** Degrees Celsius; without a usable value there is neither lowest nor highest. */
export interface BoxTemperature {
  readonly min?: number;
  readonly max?: number;
  /** Times outside the limits, by the rule of the cold box. */
  readonly excursions: number;
}

export interface Saying {
  readonly tone: Tone;
  readonly code: SayingCode;
  readonly values: Readonly<Record<string, string | number>>;
}

/** What the gateway does after the commit, and only then. */
export type Effect =
  | { readonly effect: 'pin'; readonly badge: string }
  | { readonly effect: 'label'; readonly kind: 'tube' | 'box'; readonly code: string; readonly when: 'open' | 'close' }
  | { readonly effect: 'slip'; readonly tube: string; readonly slot: number; readonly shown: string }
  | { readonly effect: 'reprint' };

export interface Decision {
  /** Committed together, with the state they make. */
  readonly events: readonly LaneEvent[];
  /** Index of the one that stands behind a success tone. */
  readonly primary: number;
  readonly say: Saying;
  /** The desk afterwards; as it was when nothing could be committed. */
  readonly desk: Desk;
  readonly effects: readonly Effect[];
  /** For the queue's screen: only on the outcome of a person. */
  readonly person?: { readonly slot?: number; readonly shown: string; readonly icon: 'ok' | 'wait' | 'stop' };
}

/** Everything a decision may look at. No I/O behind any of it; the same turn gives the same decision. */
export interface Turn {
  readonly laneId: string;
  readonly hut: Hut;
  readonly lane: LaneEntity;
  readonly desk: Desk;
  readonly campaign: LaneCampaign;
  readonly now: Now;
  readonly clockQuality: ClockQuality;
  classify(text: string, symbology: string | undefined): Classified;
  personRef(idType: string, idNumber: string): string;
  /** Masked, for a screen. */
  shown(person: Pick<Person, 'name' | 'idNumber'>): string;
  /** Staff reference behind a badge; the badge itself when it is nobody's here (a courier's). */
  signer(badge: string): string;
  /** A new id for a session or a group, unique in the hut. */
  newId(): string;
  /** What the probe in it saw while it was open; undefined when none was in it. */
  boxTemperature(box: BoxEntity): BoxTemperature | undefined;
}
