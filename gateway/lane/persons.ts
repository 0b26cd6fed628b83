/** A person steps up to the lane: into the open tube, into the waiting group, or away with a reason. */
import type { SayingCode } from '../contract/lane.ts';
import { ask, here, record, refuse, repeat, tail } from './answer.ts';
import type { RosterEntry, TubeEntity } from './entities.ts';
import type { LaneEvent } from './events.ts';
import { groupOf, tubeOf } from './in-hand.ts';
import { firstFreeSlot, isWithin, newest, plainRoster } from './roster.ts';
import type { Decision, Person, Shown, Turn } from './situation.ts';
import { closing, heldElsewhere, nextCapacity, reopening } from './tube-events.ts';

/** A temperature is that of the person who was measured; it does not wait for the next but one. */
const temperatureForMs = 90_000;
const shownMax = 3;
const hourMs = 3_600_000;

export function onPerson(turn: Turn, person: Person): Decision {
  const { desk } = turn;
  const { question } = desk;
  if (desk.mode === 'packing') return refuse(turn, 'not-now');
  switch (question?.code) {
    case 'exclude-who':
      return exclude(turn, person, question.reason);
    case 'divert-who':
      return divert(turn, person, undefined);
    case 'correct-who':
      return correct(turn, person, question.tube, question.slot);
    case undefined:
      return admit(turn, person);
    default:
      return refuse(turn, 'answer-first');
  }
}

/** Eligibility first: who is not sampled here needs no tube. */
function admit(turn: Turn, person: Person): Decision {
  const { campaign, lane, laneId, desk } = turn;
  if (isVaccinatedLately(turn, person)) return exclude(turn, person, 'vaccine-lt-48h');
  const celsius = measured(turn);
  if (campaign.temperature === 'required' && celsius === undefined) return refuse(turn, 'measure-first');
  if (celsius !== undefined && celsius >= campaign.feverC) return divert(turn, person, celsius);

  const tube = tubeOf(turn);
  if (!tube && campaign.flow !== 'people-first') return refuse(turn, 'scan-tube-first');
  if (tube && desk.isUnconfirmed) return refuse(turn, 'confirm-tube-first', { tube: tail(tube.code) });
  const fits = tube ? tube.capacity === 1 : lane.group === undefined;
  if (person.cls === 'single' && !fits) return refuse(turn, 'needs-single-tube');

  const ref = refOf(turn, person);
  const elsewhere = conflict(turn, ref);
  if (elsewhere) return elsewhere;
  const earlier = sampledEarlier(turn, ref);
  if (earlier) {
    const at = earlier.closedAt ?? earlier.openedAt;
    const question = { code: 'sampled-earlier', person, earlierTube: earlier.code, at } as const;
    return ask(turn, question, { tube: tail(earlier.code), at });
  }
  return tube ? add(turn, tube, person) : stage(turn, person, laneId);
}

/** The sampler said yes: again, though sampled earlier in this round. Everything else is looked at once more. */
export function addAgain(turn: Turn, person: Person, earlierTube: string): Decision {
  const { campaign, laneId } = turn;
  const tube = tubeOf(turn);
  const elsewhere = conflict(turn, refOf(turn, person));
  if (elsewhere) return elsewhere;
  if (tube) return add(turn, tube, person, earlierTube);
  return campaign.flow === 'people-first' ? stage(turn, person, laneId) : refuse(turn, 'scan-tube-first');
}

function add(turn: Turn, tube: TubeEntity, person: Person, earlierTube?: string): Decision {
  const { lane, desk, now } = turn;
  const slot = firstFreeSlot(tube.roster);
  const celsius = measured(turn);
  const added: LaneEvent = {
    type: 'sampling.person-added',
    subject: tube.code,
    data: {
      ...here(turn),
      ...reference(turn, person),
      ...{ tube: tube.code, slot, via: person.via },
      ...(celsius !== undefined && { temperature: celsius }),
      ...(earlierTube !== undefined && { earlierTube }),
    },
    personal: personalOf(person),
  };
  const shown: Shown = { slot, shown: turn.shown(person), via: person.via, at: now.time };
  const entry: RosterEntry = { slot, personRef: refOf(turn, person), session: lane.session!.id, at: now };
  const roster = [...tube.roster, entry].sort((a, b) => a.slot - b.slot);
  const change = { shown: [shown, ...desk.shown].slice(0, shownMax), temperature: undefined };
  const effects = [{ effect: 'slip', tube: tube.code, slot, shown: shown.shown } as const];
  const person_ = { slot, shown: shown.shown, icon: 'ok' } as const;
  const values = { slot, capacity: tube.capacity, shown: shown.shown };
  if (roster.length < tube.capacity)
    return record(turn, [added], { code: 'person-added', values }, { change, effects, person: person_ });
  const closed = closing(turn, { ...tube, roster, firstSwabAt: tube.firstSwabAt ?? now.time });
  return record(
    turn,
    [added, closed.event],
    { code: 'tube-full', values: { ...values, tube: tail(tube.code) }, tone: 'full' },
    { change, effects: [...effects, ...closed.effects], person: person_ },
  );
}

function stage(turn: Turn, person: Person, laneId: string): Decision {
  const { lane, desk, now } = turn;
  const group = groupOf(turn);
  const capacity = person.cls === 'single' ? 1 : nextCapacity(turn);
  if ((group?.roster.length ?? 0) >= capacity) return refuse(turn, 'group-full-scan-tube', { capacity });
  const slot = firstFreeSlot(group?.roster ?? []);
  const celsius = measured(turn);
  const count = (group?.roster.length ?? 0) + 1;
  const shown: Shown = { slot, shown: turn.shown(person), via: person.via, at: now.time };
  const staged: LaneEvent = {
    type: 'sampling.person-staged',
    data: {
      ...here(turn),
      lane: laneId,
      ...reference(turn, person),
      ...{ group: lane.group ?? turn.newId(), slot, via: person.via },
      ...(celsius !== undefined && { temperature: celsius }),
      ...(person.cls === 'single' && { single: true as const }),
    },
    personal: personalOf(person),
  };
  const isFull = count >= capacity;
  return record(
    turn,
    [staged],
    {
      code: isFull ? 'group-full' : 'person-staged',
      tone: isFull ? 'full' : 'ok',
      values: { slot, capacity, shown: shown.shown },
    },
    {
      change: { shown: [shown, ...(group ? desk.shown : [])].slice(0, shownMax), temperature: undefined },
      person: { slot, shown: shown.shown, icon: 'ok' },
    },
  );
}

function exclude(turn: Turn, person: Person, reason: string): Decision {
  return turnAway(turn, person, 'sampling.person-excluded', reason, 'person-excluded', undefined);
}

function divert(turn: Turn, person: Person, celsius: number | undefined): Decision {
  return turnAway(turn, person, 'sampling.person-diverted', 'fever', 'person-diverted', celsius ?? measured(turn));
}

function turnAway(
  turn: Turn,
  person: Person,
  type: 'sampling.person-excluded' | 'sampling.person-diverted',
  reason: string,
  code: SayingCode,
  celsius: number | undefined,
): Decision {
  const elsewhere = conflict(turn, refOf(turn, person));
  if (elsewhere) return elsewhere;
  const about = { ...here(turn), ...reference(turn, person), via: person.via, reason };
  const personal = personalOf(person);
  const event: LaneEvent =
    type === 'sampling.person-diverted'
      ? { type, data: { ...about, ...(celsius !== undefined && { temperature: celsius }) }, personal }
      : { type, data: about, personal };
  const shown = turn.shown(person);
  // The public screen says the same for both: why somebody is not sampled is nobody else's business.
  const values = { shown, reason, ...(celsius !== undefined && { celsius }) };
  return record(
    turn,
    [event],
    { code, values },
    { change: { temperature: undefined }, person: { shown, icon: 'wait' } },
  );
}

/** The swab is in the tube already: the place keeps its swab and gets the right name. */
function correct(turn: Turn, person: Person, code: string, slot: number): Decision {
  const { hut, desk, now } = turn;
  const tube = hut.get('tube', code);
  const before = tube?.roster.find((entry) => entry.slot === slot);
  if (!tube || !before || (tube.state !== 'open' && tube.state !== 'closed')) return refuse(turn, 'nothing-to-undo');
  const ref = refOf(turn, person);
  if (ref === before.personRef) return repeat(turn, 'person-in-this-tube', { slot });
  const elsewhere = conflict(turn, ref);
  if (elsewhere) return elsewhere;
  if (person.cls === 'single' && tube.capacity > 1) return refuse(turn, 'needs-single-tube');

  const corrected: LaneEvent = {
    type: 'sampling.person-corrected',
    subject: code,
    data: {
      ...here(turn),
      ...reference(turn, person),
      ...{ tube: code, slot, via: person.via },
      ...{ previousPersonRef: before.personRef, reason: 'wrong-identity' },
    },
    personal: personalOf(person),
  };
  const shown: Shown = { slot, shown: turn.shown(person), via: person.via, at: now.time };
  const change = { shown: [shown, ...desk.shown.filter((other) => other.slot !== slot)].slice(0, shownMax) };
  const said = { code: 'person-corrected', values: { slot, capacity: tube.capacity, shown: shown.shown } } as const;
  const more = { change, person: { slot, shown: shown.shown, icon: 'ok' } } as const;
  if (tube.state === 'open') return record(turn, [corrected], said, more);
  // The roster of a closed tube stands in its closing event: that is said again with the right one.
  const roster = tube.roster.map((entry) => (entry.slot === slot ? { ...entry, personRef: ref } : entry));
  const { event } = closing(turn, { ...tube, roster });
  return record(turn, [reopening(turn, tube, 'wrong-identity'), corrected, event], said, { ...more, primary: 1 });
}

/** The last person of the tube in hand: of the open one, or of the one that this very person just filled. */
export function lastInHand(turn: Turn): { tube: TubeEntity; entry: RosterEntry } | undefined {
  const { lane, hut, campaign, now } = turn;
  // The last person is one of the group that waits, and has no swab in any tube yet.
  if (lane.tube === undefined && lane.group !== undefined) return undefined;
  const code = lane.tube ?? lane.lastClosed?.tube;
  const tube = code === undefined ? undefined : hut.get('tube', code);
  if (!tube || (tube.state !== 'open' && tube.state !== 'closed')) return undefined;
  if (tube.state === 'closed' && !isWithin(lane.lastClosed!.at, now, campaign.reopenMs)) return undefined;
  const entry = newest(tube.roster);
  return entry && { tube, entry };
}

/** No swab was taken: the person leaves, the place is free. */
export function undo(turn: Turn): Decision {
  const { lane, hut, desk, campaign, now } = turn;
  if (lane.tube !== undefined && desk.isUnconfirmed)
    return refuse(turn, 'confirm-tube-first', { tube: tail(lane.tube) });
  const group = lane.tube === undefined && lane.group !== undefined ? hut.get('group', lane.group) : undefined;
  const waiting = newest(group?.roster ?? []);
  if (group && waiting) {
    if (!isWithin(waiting.at, now, campaign.undoMs)) return refuse(turn, 'undo-too-late');
    const { slot, personRef } = waiting;
    const data = { ...here(turn), group: group.id, slot, personRef, reason: 'not-swabbed' };
    return removed(turn, [{ type: 'sampling.person-removed', data }], slot, nextCapacity(turn), 0);
  }
  const last = lastInHand(turn);
  if (!last) return refuse(turn, 'nothing-to-undo');
  const { tube, entry } = last;
  if (!isWithin(entry.at, now, campaign.undoMs)) return refuse(turn, 'undo-too-late');
  const { slot, personRef } = entry;
  const data = { ...here(turn), tube: tube.code, slot, personRef, reason: 'not-swabbed' };
  const event: LaneEvent = { type: 'sampling.person-removed', subject: tube.code, data };
  if (tube.state === 'open') return removed(turn, [event], slot, tube.capacity, 0);
  const others = tube.roster.filter((other) => other !== entry);
  const elsewhere = heldElsewhere(turn, others);
  if (elsewhere !== undefined) return refuse(turn, 'person-elsewhere', { lane: elsewhere });
  return removed(turn, [reopening(turn, tube, 'undo'), event], slot, tube.capacity, 1);
}

function removed(turn: Turn, events: LaneEvent[], slot: number, capacity: number, primary: number): Decision {
  const shown = turn.desk.shown.find((other) => other.slot === slot)?.shown ?? '';
  const change = { shown: turn.desk.shown.filter((other) => other.slot !== slot) };
  const person = { slot, shown, icon: 'stop' } as const;
  return record(
    turn,
    events,
    { code: 'person-removed', values: { slot, capacity, shown } },
    { change, primary, person },
  );
}

export function askCorrection(turn: Turn): Decision {
  const { lane, desk } = turn;
  if (lane.tube !== undefined && desk.isUnconfirmed)
    return refuse(turn, 'confirm-tube-first', { tube: tail(lane.tube) });
  const last = lastInHand(turn);
  if (!last) return refuse(turn, 'nothing-to-undo');
  const { tube, entry } = last;
  const shown = desk.shown.find(({ slot }) => slot === entry.slot)?.shown ?? '';
  return ask(turn, { code: 'correct-who', tube: tube.code, slot: entry.slot }, { slot: entry.slot, shown });
}

/** Of a person whom another tube or group holds, on any lane of the hut. */
function conflict(turn: Turn, ref: string): Decision | undefined {
  const { hut, laneId, lane } = turn;
  const { tubes, group } = hut.whereabouts(ref);
  const slotIn = (roster: readonly RosterEntry[]) => roster.find(({ personRef }) => personRef === ref)!.slot;
  if (group?.lane === laneId) return repeat(turn, 'person-in-this-group', { slot: slotIn(group.roster) });
  if (group) return refuse(turn, 'person-elsewhere', { lane: group.lane });
  const open = tubes.find(({ state }) => state === 'open');
  if (!open) return undefined;
  if (open.code === lane.tube) return repeat(turn, 'person-in-this-tube', { slot: slotIn(open.roster) });
  return refuse(turn, 'person-elsewhere', { lane: open.lane, tube: tail(open.code) });
}

/** A tube of this round that holds the person. Re-sampling is what a second sample is for. */
function sampledEarlier({ hut, lane }: Turn, ref: string): TubeEntity | undefined {
  if (lane.session?.kind === 'resample') return undefined;
  return hut.whereabouts(ref).tubes.find(({ state, round }) => state !== 'open' && round === lane.session?.round);
}

function isVaccinatedLately({ campaign, now }: Turn, { vaccinated }: Person): boolean {
  if (vaccinated === undefined) return false;
  const day = Date.parse(
    `${vaccinated.slice(0, 4)}-${vaccinated.slice(4, 6)}-${vaccinated.slice(6, 8)}T00:00:00+08:00`,
  );
  // The day is all that is known: counted from its end, so that nobody is sampled too early.
  return day <= now.wallMs && now.wallMs < day + 24 * hourMs + campaign.vaccineHours * hourMs;
}

/** Of the person who steps up now. */
export function measured({ desk, now }: Pick<Turn, 'desk' | 'now'>): number | undefined {
  const { temperature } = desk;
  return temperature && now.monoMs - temperature.monoMs <= temperatureForMs ? temperature.celsius : undefined;
}

const refOf = (turn: Turn, { idType, idNumber }: Person) => turn.personRef(idType, idNumber);
const reference = (turn: Turn, person: Person) => ({ personRef: refOf(turn, person), idType: person.idType });

const personalOf = ({ name, idType, idNumber, phone, birthDate, nationality, validTo, provisional }: Person) =>
  provisional ? { text: idNumber } : { name, idType, idNumber, phone, birthDate, nationality, validTo };

/** Everybody who waits, gone: they registered and are not sampled. */
export function discardGroup(turn: Turn): Decision {
  const group = groupOf(turn);
  if (!group) return refuse(turn, 'no-group');
  const data = { ...here(turn), group: group.id, roster: plainRoster(group.roster), reason: 'went-away' };
  return record(
    turn,
    [{ type: 'sampling.group-discarded', data }],
    { code: 'group-discarded', values: { count: group.roster.length } },
    { change: { shown: [] } },
  );
}
