/** The next thing to do, as a verb, with the button that does it where a tap can. */
import type { LaneTexts } from '../text/lane-catalogue.ts';
import { nextOf } from './look.ts';
import { TapButton } from './tap.tsx';
import type { LaneActionName, LaneView } from './words.ts';

export function NextStep({ lane, t, press }: { lane: LaneView; t: LaneTexts; press: (name: LaneActionName) => void }) {
  const { verb, hint, button } = nextOf(lane, t);
  const { question, can, box } = lane;
  return (
    <div class="next">
      <p class="next-words" data-testid="next">
        <span class="next-is">{t.nextIs}</span>
        <strong>{verb}</strong>
        <span class="next-hint">{hint}</span>
      </p>
      <div class="next-buttons">
        {button && (
          <TapButton kind="main" onTap={() => press(button)}>
            {t.action[button]}
          </TapButton>
        )}
        {question?.code === 'count-box' && can.includes('confirm') && (box?.scanned?.length ?? 0) > 0 && (
          <TapButton kind="yes" onTap={() => press('confirm')}>
            {t.countDone(box!.scanned!.length)}
          </TapButton>
        )}
        {question && can.includes('cancel') && (
          <TapButton kind="plain" onTap={() => press('cancel')}>
            {t.back}
          </TapButton>
        )}
      </div>
    </div>
  );
}
