/** What the lane has in hand now. */
import type { BoxEntity, GroupEntity, TubeEntity } from './entities.ts';
import type { Turn } from './situation.ts';

/** The open tube. */
export const tubeOf = ({ hut, lane }: Pick<Turn, 'hut' | 'lane'>): TubeEntity | undefined =>
  lane.tube === undefined ? undefined : hut.get('tube', lane.tube);

/** The group that waits for its tube. */
export const groupOf = ({ hut, lane }: Pick<Turn, 'hut' | 'lane'>): GroupEntity | undefined =>
  lane.group === undefined ? undefined : hut.get('group', lane.group);

/** The box that was chosen, in whatever state. */
export const boxOf = ({ hut, desk }: Pick<Turn, 'hut' | 'desk'>): BoxEntity | undefined =>
  desk.box === undefined ? undefined : hut.get('box', desk.box);
