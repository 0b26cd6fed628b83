/** The next thing to do, as a verb. */
import type { LaneTexts } from '../text/lane-catalogue.ts';
import { nextOf } from './look.ts';
import type { LaneView } from './words.ts';

export function NextStep({ lane, t }: { lane: LaneView; t: LaneTexts }) {
  const { verb, hint } = nextOf(lane, t);
  return (
    <p class="next" data-testid="next">
      <span class="next-is">{t.nextIs}</span>
      <strong>{verb}</strong>
      <span class="next-hint">{hint}</span>
    </p>
  );
}
