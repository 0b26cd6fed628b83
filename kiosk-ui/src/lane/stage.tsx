/** The middle of the screen while sampling: how many are in the tube, which tube it is, who was last. Read from an arm's length, in a mask. */

import { visible } from '../text/format.ts';
import type { LaneTexts } from '../text/lane-catalogue.ts';
import { tail } from '../text/lane-format.ts';
import { LaneIcon } from './lane-icon.tsx';
import { counterOf } from './look.ts';
import type { LaneView } from './words.ts';

export function Stage({ lane, t }: { lane: LaneView; t: LaneTexts }) {
  const counter = counterOf(lane);
  const unconfirmed = counter?.of === 'unconfirmed';
  // Each person of the tube is compared after a restart; otherwise only the last one matters.
  const persons = lane.lastPersons.slice(0, unconfirmed ? 3 : counter ? 1 : 0);
  const isEmpty = !counter && !lane.resample && !lane.temperature;
  return (
    <div class={`lane-stage ${isEmpty ? 'empty' : (counter?.of ?? '')}`} data-testid="stage">
      {counter && (
        <p class="counter" data-testid="counter" role="img" aria-label={t.counter(counter.count, counter.capacity)}>
          <span aria-hidden="true">
            {counter.count}
            <small> / {counter.capacity}</small>
          </span>
        </p>
      )}
      <dl class="lane-facts">
        {counter && (
          <div class="lane-fact">
            <dt>
              {counter.of === 'group' ? t.group : t.tube}
              {counter.of === 'full' && ` · ${t.tubeFull}`}
              {counter.of === 'closed' && ` · ${t.tubeClosed}`}
            </dt>
            <dd class="tail">{counter.tail === undefined ? '' : `…${counter.tail}`}</dd>
          </div>
        )}
        {persons.length > 0 && (
          <div class="lane-fact" data-testid="last">
            <dt>{persons.length > 1 ? t.lastPersons : t.lastPerson}</dt>
            {persons.map(({ slot, shown }) => (
              <dd class="person" key={slot}>
                <span class="slot">{slot}</span> {visible(shown)}
              </dd>
            ))}
          </div>
        )}
        {lane.temperature && (
          <div class={`lane-fact ${lane.temperature.fever ? 'ground-bad' : ''}`} data-testid="temperature">
            <dt>
              <LaneIcon name="thermometer" />
              {lane.temperature.fever && t.feverWord}
            </dt>
            <dd class="person">{t.temperature(lane.temperature.celsius)}</dd>
          </div>
        )}
      </dl>
      {lane.resample && <Resample resample={lane.resample} t={t} />}
    </div>
  );
}

/** Everybody of the voided tube: they are called back by this list. */
const Resample = ({ resample, t }: { resample: NonNullable<LaneView['resample']>; t: LaneTexts }) => (
  <div class="resample ground-warn" data-testid="resample">
    <strong>{t.resample(tail(resample.tube), resample.slots.length)}</strong>
    <ul>
      {resample.slots.map(({ slot, shown }) => (
        <li key={slot}>
          <span class="slot">{slot}</span> {shown === undefined ? '' : visible(shown)}
        </li>
      ))}
    </ul>
  </div>
);
