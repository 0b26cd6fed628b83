/** Who works at the lane: the session of an operator, the change of shift, the end. */
import type { EventData } from '../contract/events.ts';
import { note, record, refuse, tail } from './answer.ts';
import type { LaneEvent } from './events.ts';
import { groupOf, tubeOf } from './in-hand.ts';
import { outsideTimes } from './sampling-times.ts';
import type { Decision, Turn } from './situation.ts';

/** Badge and PIN were right. */
export function onSignedIn(turn: Turn, operator: string): Decision {
  const { lane, desk, laneId } = turn;
  const { session } = lane;
  if (session?.operator === operator)
    return note(turn, desk.isPaused ? 'resumed' : 'signed-in', { operator }, { isPaused: false, isSignedOut: false });
  const id = turn.newId();
  if (!session) {
    const opened = opening(turn, id, operator, undefined);
    return record(
      turn,
      [opened],
      { code: 'session-opened', values: { operator, ...outsideTimes(turn) } },
      { change: { isPaused: false, isSignedOut: false } },
    );
  }
  const inHand = takenAlong(turn);
  const { persons, tubes } = session;
  const closed: LaneEvent = {
    type: 'sampling.session-closed',
    data: { lane: laneId, session: session.id, operator: session.operator, persons, tubes, reason: 'handover' },
  };
  const takesOver = { session: session.id, operator: session.operator, ...inHand };
  const values = { operator, from: session.operator, count: inHand.count ?? 0, ...outsideTimes(turn) };
  return record(
    turn,
    [closed, opening(turn, id, operator, takesOver)],
    { code: 'session-taken-over', values },
    // Both look into the tube: the new one says yes by scanning it.
    { primary: 1, change: { isPaused: false, isSignedOut: false, isUnconfirmed: inHand.tube !== undefined } },
  );
}

function opening(
  { laneId, campaign }: Turn,
  session: string,
  operator: string,
  takesOver: EventData<'sampling.session-opened'>['takesOver'],
): LaneEvent {
  const { round, poolSize, flow, kind } = campaign;
  const about = { lane: laneId, session, operator, round, poolSize, flow, kind };
  return { type: 'sampling.session-opened', data: { ...about, ...(takesOver && { takesOver }) } };
}

function takenAlong(turn: Turn): { tube?: string; count?: number } {
  const tube = tubeOf(turn);
  if (tube) return { tube: tube.code, count: tube.roster.length };
  const group = groupOf(turn);
  return group ? { count: group.roster.length } : {};
}

/** Nothing may be left lying about: an open tube is closed, voided or handed over first. */
export function mayCloseSession(turn: Turn): Decision | undefined {
  const { lane } = turn;
  if (lane.tube !== undefined) return refuse(turn, 'tube-still-open', { tube: tail(lane.tube) });
  if (lane.group !== undefined) return refuse(turn, 'group-full-scan-tube');
  return undefined;
}

export function closeSession(turn: Turn): Decision {
  const refused = mayCloseSession(turn);
  if (refused) return refused;
  const { id: session, operator, persons, tubes } = turn.lane.session!;
  const data = { lane: turn.laneId, session, operator, persons, tubes };
  return record(
    turn,
    [{ type: 'sampling.session-closed', data }],
    { code: 'session-closed', values: { persons, tubes } },
    {
      change: {
        isPaused: false,
        mode: 'sampling',
        box: undefined,
        shown: [],
        resample: undefined,
        isSingleNext: false,
      },
    },
  );
}
