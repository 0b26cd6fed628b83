/** A tube's life at the lane: opened by its first scan, confirmed after a restart, closed, reopened, voided. */
import { ask, here, record, refuse, repeat, tail } from './answer.ts';
import type { PoolSize, TubeEntity } from './entities.ts';
import type { LaneEvent } from './events.ts';
import { boxOf, tubeOf } from './in-hand.ts';
import { checkLabel, notTheLabel } from './labels.ts';
import { isWithin } from './roster.ts';
import type { Decision, Effect, Turn, VoidReason } from './situation.ts';
import { closing, heldElsewhere, nextCapacity, parentTube, reopening, voiding } from './tube-events.ts';

export function onTube(turn: Turn, code: string): Decision {
  const { lane, desk, campaign } = turn;
  const { question } = desk;
  if (question?.code === 'close-and-open' && question.tube === code) return closeAndOpen(turn, code);
  if (question?.code === 'replace-empty-tube' && question.tube === code) return replaceEmpty(turn, code);
  if (question?.code === 'void-which-tube') return askVoid(turn, code, question.reason);
  if (question && question.code !== 'close-and-open' && question.code !== 'replace-empty-tube')
    return refuse(turn, 'answer-first');

  const open = tubeOf(turn);
  if (open?.code === code && desk.isUnconfirmed) return confirm(turn, open);
  const checked = checkLabel(turn, 'tubes', code);
  if (checked) return checked;
  if (open && desk.isUnconfirmed) return refuse(turn, 'confirm-tube-first', { tube: tail(open.code) });
  const other = notTheLabel(turn, 'tubes', code);
  if (other) return other;
  if (open?.code === code) return repeat(turn, 'tube-is-open', countOf(open));
  const used = unfit(turn, code);
  if (used) return used;
  const change = { tube: tail(code) };
  if (open && open.roster.length > 0)
    return ask(turn, { code: 'close-and-open', tube: code }, { ...countOf(open), old: tail(open.code), ...change });
  if (open) return ask(turn, { code: 'replace-empty-tube', tube: code }, { old: tail(open.code), ...change });
  if (campaign.flow === 'box-first' && openBox(turn) === undefined) return refuse(turn, 'scan-box-first');
  if (lane.group !== undefined) return bindGroup(turn, code);
  if (campaign.flow === 'people-first') return refuse(turn, 'no-group');
  return openTube(turn, code, []);
}

/** Never twice in this hut, voided ones included; and what was a box or a person can not become a tube. */
function unfit(turn: Turn, code: string): Decision | undefined {
  const { hut } = turn;
  const tube = hut.get('tube', code);
  if (tube) return refuse(turn, 'tube-code-used', { tube: tail(code), state: tube.state });
  if (hut.get('box', code) || hut.isKnownPerson(turn.personRef('99', code))) return refuse(turn, 'not-a-tube');
  return undefined;
}

const openBox = (turn: Turn) => {
  const box = boxOf(turn);
  return box?.state === 'open' ? box.code : undefined;
};

/** `person`: the first one in it, where somebody waits for it already. */
function opened(
  turn: Turn,
  code: string,
  poolSize: PoolSize,
  person?: string,
): { event: LaneEvent; effects: readonly Effect[] } {
  const box = turn.campaign.flow === 'box-first' ? openBox(turn) : undefined;
  const { kind } = turn.lane.session!;
  const parent = parentTube(turn, { kind, capacity: poolSize }, person);
  const data = {
    ...{ ...here(turn), tube: code, poolSize },
    ...(parent !== undefined && { parentTube: parent }),
    ...(box !== undefined && { box }),
  };
  return {
    event: { type: 'sampling.tube-opened', subject: code, data },
    effects: [{ effect: 'label', kind: 'tube', code, when: 'open' }],
  };
}

/** Its capacity is that of the plan now, and stays. */
function openTube(
  turn: Turn,
  code: string,
  before: readonly LaneEvent[],
  beforeEffects: readonly Effect[] = [],
): Decision {
  const capacity = nextCapacity(turn);
  const { event, effects } = opened(turn, code, capacity);
  return record(
    turn,
    [...before, event],
    { code: 'tube-opened', values: { tube: tail(code), capacity } },
    {
      primary: before.length,
      change: { isSingleNext: false, isUnconfirmed: false, shown: [], resample: undefined },
      effects: [...beforeEffects, ...effects],
    },
  );
}

/** people-first: the tube that the group takes along. */
function bindGroup(turn: Turn, code: string): Decision {
  const { hut, lane, now } = turn;
  const group = hut.get('group', lane.group!)!;
  const capacity = nextCapacity(turn);
  const { roster } = group;
  if (roster.length > capacity) return refuse(turn, 'group-too-large', { count: roster.length, capacity });
  const { event, effects } = opened(turn, code, capacity, roster[0]?.personRef);
  // Places are kept: people were told theirs. Only a smaller plan in between can make them not fit.
  const isFitting = roster.every(({ slot }) => slot <= capacity);
  const members = roster.map((member, index) => (isFitting ? member : { ...member, slot: index + 1 }));
  const added = members.map(
    ({ slot, personRef, idType, via, temperature, pii }): LaneEvent => ({
      type: 'sampling.person-added',
      subject: code,
      data: {
        ...here(turn),
        ...{ personRef, idType, tube: code, slot, via, group: group.id },
        ...(temperature !== undefined && { temperature }),
      },
      ...(pii !== undefined && { pii }),
    }),
  );
  const values = { tube: tail(code), count: roster.length, capacity };
  const change = { isSingleNext: false, isUnconfirmed: false, resample: undefined };
  if (roster.length < capacity)
    return record(turn, [event, ...added], { code: 'group-bound', values }, { change, effects });
  const closed = closing(turn, {
    ...{
      code,
      state: 'open',
      lane: turn.laneId,
      session: lane.session!.id,
      round: group.round,
      kind: lane.session!.kind,
    },
    ...{ capacity, openedAt: now.time, firstSwabAt: now.time },
    roster: members,
  });
  return record(
    turn,
    [event, ...added, closed.event],
    { code: 'tube-full', values: { ...values, slot: roster.length, shown: '' }, tone: 'full' },
    { change, effects: [...effects, ...closed.effects] },
  );
}

const countOf = ({ code, roster, capacity }: TubeEntity) => ({ tube: tail(code), count: roster.length, capacity });

function confirm(turn: Turn, tube: TubeEntity): Decision {
  const data = { ...here(turn), tube: tube.code, count: tube.roster.length };
  return record(
    turn,
    [{ type: 'sampling.tube-confirmed', subject: tube.code, data }],
    { code: 'tube-confirmed', values: countOf(tube) },
    { change: { isUnconfirmed: false } },
  );
}

export function closeTube(turn: Turn): Decision {
  const tube = tubeOf(turn);
  if (!tube) return refuse(turn, 'no-open-tube');
  if (turn.desk.isUnconfirmed) return refuse(turn, 'confirm-tube-first', { tube: tail(tube.code) });
  if (tube.roster.length === 0) return refuse(turn, 'tube-empty');
  const { event, effects } = closing(turn, tube);
  return record(turn, [event], { code: 'tube-closed', values: countOf(tube) }, { effects });
}

/** Yes to `close k/N and open the new one?`. */
export function closeAndOpen(turn: Turn, code: string): Decision {
  const tube = tubeOf(turn);
  if (!tube || tube.roster.length === 0) return refuse(turn, 'no-open-tube');
  const used = unfit(turn, code);
  if (used) return used;
  const { event, effects } = closing(turn, tube);
  return openTube(turn, code, [event], effects);
}

/** Yes to `the open tube is empty: put it away and take the new one?`. */
export function replaceEmpty(turn: Turn, code: string): Decision {
  const tube = tubeOf(turn);
  if (!tube || tube.roster.length > 0) return refuse(turn, 'no-open-tube');
  return unfit(turn, code) ?? openTube(turn, code, [voiding(turn, tube, 'unused')]);
}

/** Undo of the last close: same lane, same operator, within the window, not packed, with room left. */
export function reopenTube(turn: Turn): Decision {
  const { lane, hut, campaign, now } = turn;
  if (lane.tube !== undefined) return refuse(turn, 'tube-still-open', { tube: tail(lane.tube) });
  const { lastClosed } = lane;
  const tube = lastClosed && hut.get('tube', lastClosed.tube);
  if (!lastClosed || tube?.state !== 'closed' || tube.roster.length >= tube.capacity || lane.group !== undefined)
    return refuse(turn, 'nothing-to-reopen');
  if (lastClosed.operator !== lane.session!.operator) return refuse(turn, 'other-operator');
  if (!isWithin(lastClosed.at, now, campaign.reopenMs)) return refuse(turn, 'reopen-too-late');
  const elsewhere = heldElsewhere(turn, tube.roster);
  if (elsewhere !== undefined) return refuse(turn, 'person-elsewhere', { lane: elsewhere });
  const change = { isUnconfirmed: false };
  return record(turn, [reopening(turn, tube, 'undo')], { code: 'tube-reopened', values: countOf(tube) }, { change });
}

/** An empty tube is voided at once; one with people in it only after a second, different step. */
export function askVoid(turn: Turn, code: string | undefined, reason: VoidReason): Decision {
  const { hut } = turn;
  if (code === undefined) return ask(turn, { code: 'void-which-tube', reason }, { reason });
  const tube = hut.get('tube', code);
  if (!tube) return refuse(turn, 'tube-unknown', { tube: tail(code) });
  if (tube.state === 'voided') return refuse(turn, 'tube-voided-already', { tube: tail(code) });
  if (tube.state === 'open' && tube.lane !== turn.laneId) return refuse(turn, 'tube-still-open', { tube: tail(code) });
  if (tube.state !== 'open' && tube.state !== 'closed')
    return refuse(turn, 'tube-in-other-box', { tube: tail(code), box: tail(tube.box ?? '') });
  if (tube.roster.length === 0) return voidTube(turn, code, reason);
  return ask(turn, { code: 'void-tube', reason, tube: code }, { ...countOf(tube), reason });
}

export function voidTube(turn: Turn, code: string, reason: VoidReason): Decision {
  const { hut, lane, desk } = turn;
  const tube = hut.get('tube', code);
  if (!tube || (tube.state !== 'open' && tube.state !== 'closed'))
    return refuse(turn, 'tube-unknown', { tube: tail(code) });
  const inHand = code === lane.tube || code === lane.lastClosed?.tube;
  const slots = tube.roster.map(({ slot }) => {
    const shown = inHand ? desk.shown.find((other) => other.slot === slot)?.shown : undefined;
    return { slot, ...(shown !== undefined && { shown }) };
  });
  const change = {
    resample: slots.length > 0 ? { tube: code, slots } : undefined,
    ...(code === lane.tube && { isUnconfirmed: false, shown: [] }),
  };
  return record(
    turn,
    [voiding(turn, tube, reason)],
    { code: 'tube-voided', values: { ...countOf(tube), reason } },
    { change },
  );
}
