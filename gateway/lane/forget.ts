/**
 * What the hut need not remember for ever, and never before the log has let go of it: a tube whose events wait for the
 * centre, or may be asked for again, is kept whole. Codes are remembered longest: a tube code is used once in a hut's
 * history. Counted in numbers of the log, not from the tube's own time: a tube may have been closed in 1970. Pure.
 */
import type { BoxEntity, Left, TubeEntity } from './entities.ts';
import type { Change, Hut } from './hut.ts';
import type { Now } from './situation.ts';

/** Sampling events by number: of the first that is still kept, `last + 1` when none is, and of the last there was. */
export interface KeptLog {
  readonly first: number;
  readonly last: number;
}

/** Not less than 30 days (invariant 3). */
const codeForMs = 35 * 24 * 3_600_000;

/** Changes without an event: nothing happened, something is no longer kept. `now` by a clock that can be trusted. */
export function forgetful(hut: Hut, now: Now, log: KeptLog): readonly Change[] {
  const changes: Change[] = [];
  const look = (kind: 'tube' | 'box', entity: TubeEntity | BoxEntity) => {
    const change = (next: typeof entity | undefined) => changes.push({ kind, id: entity.code, entity: next });
    const { left } = entity;
    // A salvaged log begins again at 1: the number is taken anew.
    if (left === undefined || left.bySeq > log.last) change({ ...entity, left: { bySeq: log.last } });
    else if (left.since === undefined) {
      if (log.first <= left.bySeq) return;
      const { time, monoMs, bootId } = now;
      const gone: Left = { ...left, since: { time, monoMs, bootId } };
      change('roster' in entity ? { ...entity, left: gone, roster: [] } : { ...entity, left: gone });
    } else if (agedMs(left.since, now) > codeForMs) change(undefined);
  };
  for (const tube of hut.tubes()) if (tube.state === 'handed-over' || tube.state === 'voided') look('tube', tube);
  for (const box of hut.boxes()) if (box.state === 'handed-over') look('box', box);
  return changes;
}

/** Old by both clocks: a wall clock that jumps ahead makes nothing old within a boot. */
const agedMs = (since: NonNullable<Left['since']>, now: Now) =>
  Math.min(
    now.wallMs - Date.parse(since.time),
    since.bootId === now.bootId ? now.monoMs - since.monoMs : Number.POSITIVE_INFINITY,
  );
