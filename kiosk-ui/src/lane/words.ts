/** Names of the contract that the screens have words for. */
import type { LaneAction } from '../../../gateway/contract/lane.ts';

export type {
  LaneAction,
  LaneActionName,
  LaneView,
  NextStep,
  SayingCode,
  Tone,
} from '../../../gateway/contract/lane.ts';

export type IdType = Extract<LaneAction, { action: 'manual' }>['idType'];

/** Actions that need a reason. */
export type ReasonedAction = Extract<LaneAction, { reason: string }>;
export type ReasonCode = ReasonedAction['reason'];
