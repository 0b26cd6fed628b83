/**
 * What the hut remembers of its sampling: one entry of the store's state for each lane, tube, box and waiting group. All
 * of it is a projection of the events (see evolve.ts); references to persons only, never a name or a number.
 */
import type { EventData } from '../contract/events.ts';

/** When and in which boot of the machine; monotonic milliseconds are comparable within one boot. */
export interface Stamp {
  /** RFC 3339 */
  readonly time: string;
  readonly monoMs: number;
  readonly bootId: string;
}

export type IdType = EventData<'sampling.person-added'>['idType'];
export type Via = EventData<'sampling.person-added'>['via'];
export type Flow = EventData<'sampling.session-opened'>['flow'];
export type PoolSize = EventData<'sampling.tube-opened'>['poolSize'];

export interface RosterEntry {
  readonly slot: number;
  readonly personRef: string;
  /** In which session of the lane the person was added. */
  readonly session: string;
  readonly at: Stamp;
}

/** What a person who waits for a tube brings along to it. `pii` is sealed. */
export interface Staged extends RosterEntry {
  readonly idType: IdType;
  readonly via: Via;
  readonly temperature?: number;
  /** Needs a tube of their own. */
  readonly single?: true;
  readonly pii?: string;
}

export interface SessionEntity {
  readonly id: string;
  readonly operator: string;
  readonly round: string;
  readonly kind: 'normal' | 'resample';
  readonly openedAt: string;
  readonly persons: number;
  readonly tubes: number;
}

export interface LaneEntity {
  readonly session?: SessionEntity;
  /** Code of the open tube. */
  readonly tube?: string;
  /** Id of the group that waits for its tube. */
  readonly group?: string;
  readonly lastClosed?: { readonly tube: string; readonly operator: string; readonly at: Stamp };
}

/** Of the label that was printed for it last. */
export interface Label {
  /** Where it was printed, and is asked for. */
  readonly lane: string;
  /** When, RFC 3339. */
  readonly at: string;
  /** It was scanned since. */
  readonly isChecked?: true;
}

/** Of what will not change any more: on its way to being forgotten (see forget.ts). No event makes it. */
export interface Left {
  /** The log told everything about it up to this number. */
  readonly bySeq: number;
  /** When the log was seen to have let go of all that. From then on there is no roster. */
  readonly since?: Stamp;
}

export type TubeState = 'open' | 'closed' | 'packed' | 'sealed' | 'handed-over' | 'voided';

export interface TubeEntity {
  readonly code: string;
  readonly state: TubeState;
  readonly lane: string;
  readonly session: string;
  readonly round: string;
  readonly kind: 'normal' | 'resample';
  readonly capacity: PoolSize;
  /** box-first: the box it is meant for. */
  readonly meantFor?: string;
  /** It will not come into that box. */
  readonly missing?: true;
  /** The box it is in. */
  readonly box?: string;
  readonly openedAt: string;
  readonly firstSwabAt?: string;
  readonly closedAt?: string;
  /** In which session of the lane it was closed. */
  readonly closedIn?: string;
  /** By slot. */
  readonly roster: readonly RosterEntry[];
  readonly label?: Label;
  readonly left?: Left;
}

export interface BoxEntity {
  readonly code: string;
  readonly state: 'open' | 'sealed' | 'handed-over';
  /** Where it was opened last: whose probe is in it. */
  readonly lane?: string;
  readonly openedAt: string;
  readonly tubes: readonly string[];
  /** All it ever had, newest last: a seal number is used once. */
  readonly seals: readonly string[];
  readonly operator: string;
  readonly closedAt?: string;
  readonly label?: Label;
  readonly left?: Left;
}

export interface GroupEntity {
  readonly id: string;
  readonly lane: string;
  readonly session: string;
  readonly round: string;
  readonly roster: readonly Staged[];
}

export interface Entities {
  readonly lane: LaneEntity;
  readonly tube: TubeEntity;
  readonly box: BoxEntity;
  readonly group: GroupEntity;
}
export type EntityKind = keyof Entities;
