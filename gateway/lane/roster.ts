/** Rosters: free places and the digest that both ends of the wire compute. */
import { createHash } from 'node:crypto';
import type { RosterEntry, Stamp } from './entities.ts';

export const firstFreeSlot = (roster: readonly RosterEntry[]): number => {
  const taken = new Set(roster.map(({ slot }) => slot));
  let slot = 1;
  while (taken.has(slot)) slot += 1;
  return slot;
};

/** base64url SHA-256 over `slot|personRef` lines, LF between, by slot (contract: `rosterDigest`). */
export const rosterDigest = (roster: readonly Pick<RosterEntry, 'slot' | 'personRef'>[]) =>
  createHash('sha256')
    .update(roster.map(({ slot, personRef }) => `${slot}|${personRef}`).join('\n'))
    .digest('base64url');

export const plainRoster = (roster: readonly RosterEntry[]) =>
  roster.map(({ slot, personRef }) => ({ slot, personRef }));

/** The one that came last: slots are filled again after a removal, so the highest need not be it. */
export const newest = <T extends RosterEntry>(roster: readonly T[]): T | undefined =>
  roster.reduce<T | undefined>((best, entry) => (!best || isNotBefore(entry.at, best.at) ? entry : best), undefined);

/** Entries of another boot are older: a boot never comes back. */
const isNotBefore = (a: Stamp, b: Stamp) => (a.bootId === b.bootId ? a.monoMs >= b.monoMs : a.time >= b.time);

/** Whether a moment was less than `ms` ago, by the monotonic clock; another boot is too long ago. */
export const isWithin = (at: Stamp, now: Stamp, ms: number) => at.bootId === now.bootId && now.monoMs - at.monoMs <= ms;
