/** The middle of the screen while packing: how many tubes are in the box, which are not, and how far it is to the courier. */
import type { Hut } from '../hut.ts';
import { LaneIcon } from '../lane/lane-icon.tsx';
import { Tails } from '../lane/tails.tsx';
import type { LaneView } from '../lane/words.ts';
import type { LaneTexts } from '../text/lane-catalogue.ts';
import { tail } from '../text/lane-format.ts';
import { compareOf, progressOf } from './box-progress.ts';

export function BoxScreen({ lane, hut, t }: { lane: LaneView; hut: Hut; t: LaneTexts }) {
  const { box, question } = lane;
  const { steps, at } = progressOf(lane);
  const words = steps === 'seal' ? t.sealSteps : t.handOverSteps;
  const isCounting = question?.code === 'count-box';
  return (
    <div class="lane-stage packing" data-testid="stage">
      <ol class="steps">
        {words.map((word, step) => (
          <li
            key={word}
            class={step < at || at === 3 ? 'done' : step === at ? 'now' : ''}
            aria-current={step === at ? 'step' : undefined}
          >
            {word}
          </li>
        ))}
      </ol>
      <div class="box-line">
        {box ? (
          <p class="counter" data-testid="counter">
            {isCounting ? (box.scanned?.length ?? 0) : box.tubes.length}
            <small>{isCounting ? ` / ${box.tubes.length} ${t.counted}` : ` ${t.inBox}`}</small>
          </p>
        ) : (
          <p class="counter none">{t.noBox}</p>
        )}
        {box && (
          <dl class="lane-facts">
            <div class="lane-fact">
              <dt>{t.box}</dt>
              <dd class="tail">…{tail(box.code)}</dd>
            </div>
            {box.temperature && <Temperature seen={box.temperature} t={t} />}
          </dl>
        )}
      </div>
      <CompareList lane={lane} hut={hut} t={t} />
    </div>
  );
}

/** Since it was opened; whether the samples in it are still good is the laboratory's to say. */
function Temperature({ seen, t }: { seen: NonNullable<NonNullable<LaneView['box']>['temperature']>; t: LaneTexts }) {
  const { min, max, excursions } = seen;
  const isWarned = excursions > 0 || min === undefined || max === undefined;
  return (
    <div class={`lane-fact ${isWarned ? 'ground-warn' : ''}`} data-testid="box-temperature">
      <dt>
        <LaneIcon name={isWarned ? 'warning' : 'thermometer'} />
        {excursions > 0 ? t.boxExcursions(excursions) : t.boxTemperature}
      </dt>
      <dd class="range">{min === undefined || max === undefined ? t.boxUnmeasured : t.range(min, max)}</dd>
    </div>
  );
}

function CompareList({ lane, hut, t }: { lane: LaneView; hut: Hut; t: LaneTexts }) {
  const unpacked = hut.sampling?.unpacked ?? [];
  const { title, tubes } = compareOf(
    lane,
    unpacked.map(({ code }) => code),
  );
  const words = { missing: t.missing, 'not-counted': t.notCounted, unpacked: t.unpacked };
  const isMissing = title !== 'unpacked' && tubes.length > 0;
  return (
    <div class={`compare ${isMissing ? 'ground-warn' : ''}`} data-testid="compare">
      <strong>{tubes.length === 0 ? t.allPacked : words[title](tubes.length)}</strong>
      <Tails codes={tubes} />
    </div>
  );
}
