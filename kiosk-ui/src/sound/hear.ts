/** When a saying is heard: once, when it is new and the screen is live. An old one that a reload or a new connection brings is not. */

/** Id of the saying that was heard last; undefined: the screen was not live, so nothing is known to be new. */
export type Heard = number | undefined;

/** `saidId` is undefined as long as the lane has said nothing. Ids start over with the gateway. */
export function hear(heard: Heard, saidId: number | undefined, isLive: boolean): { heard: Heard; plays: boolean } {
  if (!isLive) return { heard: undefined, plays: false };
  const now = saidId ?? 0;
  return { heard: now, plays: heard !== undefined && now > heard };
}
