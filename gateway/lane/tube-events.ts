/** Events that end or begin again the life of a tube, made in more than one place. Pure. */
import { here } from './answer.ts';
import type { PoolSize, RosterEntry, TubeEntity } from './entities.ts';
import type { LaneEvent } from './events.ts';
import { groupOf } from './in-hand.ts';
import { plainRoster, rosterDigest } from './roster.ts';
import type { Effect, Turn } from './situation.ts';

/** The closing event repeats the whole roster. `tube` is as it will be. */
export function closing(turn: Turn, tube: TubeEntity): { event: LaneEvent; effects: readonly Effect[] } {
  const { code, capacity, roster, openedAt, firstSwabAt } = tube;
  const plain = plainRoster(roster);
  const data = {
    ...here(turn),
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
