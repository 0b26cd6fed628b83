/** Events that end or begin again the life of a tube, made in more than one place. Pure. */
import { here } from './answer.ts';
import type { PoolSize, RosterEntry, TubeEntity } from './entities.ts';
import type { LaneEvent } from './events.ts';
import { groupOf } from './in-hand.ts';
import { plainRoster, rosterDigest } from './roster.ts';
import type { Effect, Turn } from './situation.ts';

/**
 * The pool that somebody is sampled again for, alone in a tube of a re-sampling. A tube of an earlier
 * re-sampling is none, nor is one that was voided: it never came to the laboratory, and cannot have been positive.
 */
export function parentTube(
  { hut }: Turn,
  { kind, capacity }: Pick<TubeEntity, 'kind' | 'capacity'>,
  person: string | undefined,
): string | undefined {
  if (kind !== 'resample' || capacity > 1 || person === undefined) return undefined;
  const pools = hut
    .whereabouts(person)
    .tubes.filter(({ kind, closedAt }) => kind === 'normal' && closedAt !== undefined);
  return pools.reduce<TubeEntity | undefined>(
    (last, tube) => (last && Date.parse(last.closedAt!) > Date.parse(tube.closedAt!) ? last : tube),
    undefined,
  )?.code;
}

/** The closing event repeats the whole roster. `tube` is as it will be. */
export function closing(turn: Turn, tube: TubeEntity): { event: LaneEvent; effects: readonly Effect[] } {
  const { code, capacity, roster, openedAt, firstSwabAt } = tube;
  const plain = plainRoster(roster);
  const parent = parentTube(turn, tube, roster[0]?.personRef);
  const data = {
    ...here(turn),
    ...(parent !== undefined && { parentTube: parent }),
    ...{ tube: code, poolSize: capacity, count: roster.length, roster: plain, rosterDigest: rosterDigest(plain) },
    ...{ openedAt, firstSwabAt: firstSwabAt ?? openedAt },
  };
  return {
    event: { type: 'sampling.tube-closed', subject: code, data },
    effects: [{ effect: 'label', kind: 'tube', code, when: 'close' }],
  };
}

export function reopening(turn: Turn, { code, roster }: TubeEntity, reason: string): LaneEvent {
  const data = { ...here(turn), tube: code, count: roster.length, reason };
  return { type: 'sampling.tube-reopened', subject: code, data };
}

export const voiding = (turn: Turn, { code, roster }: TubeEntity, reason: string): LaneEvent => ({
  type: 'sampling.tube-voided',
  subject: code,
  data: { ...here(turn), tube: code, count: roster.length, roster: plainRoster(roster), reason },
});

/** How many the next tube takes: the plan's number, or one. Who needs a tube of their own waits alone. */
export function nextCapacity(turn: Turn): PoolSize {
  const { desk, campaign } = turn;
  const isSingle = desk.isSingleNext || groupOf(turn)?.roster.some(({ single }) => single === true) === true;
  return isSingle ? 1 : campaign.poolSize;
}

/** The lane that has one of these in hand by now: sampled again elsewhere since their tube was closed. */
export function heldElsewhere({ hut }: Turn, roster: readonly RosterEntry[]): string | undefined {
  for (const { personRef } of roster) {
    const { tubes, group } = hut.whereabouts(personRef);
    const lane = group?.lane ?? tubes.find(({ state }) => state === 'open')?.lane;
    if (lane !== undefined) return lane;
  }
  return undefined;
}
