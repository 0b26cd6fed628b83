/** Stands in until the samplers' own screens are there. */
import type { HutSampling, LaneAction, LaneView } from '../../../gateway/contract/lane.ts';
import type { Liveness } from '../hut.ts';
import type { Catalogue } from '../text/catalogue.ts';

export interface LaneScreenProps {
  readonly lane: LaneView;
  readonly sampling: HutSampling | undefined;
  readonly live: Liveness;
  readonly isCompact: boolean;
  readonly act: (action: LaneAction) => Promise<void>;
  readonly t: Catalogue;
}

export const LaneScreen = ({ lane, act, t }: LaneScreenProps) => (
  <div>
    <h2>{t.shell.lane(lane.id)}</h2>
    <p>{lane.next.step}</p>
    <button type="button" onClick={() => act({ action: 'undo' })}>
      undo
    </button>
  </div>
);

export const PublicScreen = ({ lane }: { lane: string; t: Catalogue }) => <main>{lane}</main>;
export const CommandSheet = ({ t }: { t: Catalogue }) => <main>{t.shell.sheet}</main>;
