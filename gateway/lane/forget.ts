/** What the hut need not remember for ever. Codes are remembered longest: a tube code is used once in a hut's history. Pure. */
import type { TubeEntity } from './entities.ts';
import type { Change, Hut } from './hut.ts';

const dayMs = 24 * 3_600_000;
/** A round is over, and the centre has it. */
const rosterForMs = 3 * dayMs;
/** Not less than 30 days (invariant 3). */
const codeForMs = 35 * dayMs;

/** Changes without an event: nothing happened, something is no longer kept. */
export function forgetful(hut: Hut, wallMs: number): readonly Change[] {
  const changes: Change[] = [];
  const isOlder = (time: string | undefined, ms: number) => time !== undefined && wallMs - Date.parse(time) > ms;
  for (const tube of hut.tubes()) {
    if (tube.state !== 'handed-over' && tube.state !== 'voided') continue;
    if (isOlder(tube.closedAt, codeForMs)) changes.push({ kind: 'tube', id: tube.code, entity: undefined });
    else if (isOlder(tube.closedAt, rosterForMs) && tube.isForgotten !== true)
      changes.push({ kind: 'tube', id: tube.code, entity: { ...tube, roster: [], isForgotten: true } as TubeEntity });
  }
  for (const box of hut.boxes())
    if (box.state === 'handed-over' && isOlder(box.closedAt, codeForMs))
      changes.push({ kind: 'box', id: box.code, entity: undefined });
  return changes;
}
