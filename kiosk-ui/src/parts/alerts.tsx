/** What must not be overlooked, across the whole width. Not live comes first: then nothing else on the screen is certain. */
import type { Hut, Liveness } from '../hut.ts';
import type { Catalogue } from '../text/catalogue.ts';
import { number, timeOfDay, wallTime } from '../text/format.ts';
import { Icon } from './icon.tsx';

export function Alerts({ hut, live, t }: { hut: Hut; live: Liveness; t: Catalogue }) {
  const { health } = hut;
  const reload = hut.config?.last;
  return (
    <div role="alert">
      {live === 'stale' && (
        <p class="alert tone-bad" data-testid="stale">
          <Icon name="warning" />
          <span>
            <strong>{t.notLiveSince(wallTime(hut.pulseAtWallMs ?? 0))}</strong>
            <br />
            {t.staleHelp}
          </span>
        </p>
      )}
      {health && health.store.state !== 'ok' && (
        <p class="alert tone-bad">
          <Icon name="warning" />
          <span>{t.storeTrouble[health.store.state]}</span>
        </p>
      )}
      {reload && reload.outcome !== 'taken-over' && (
        <p class="alert tone-bad" data-testid="config-refused">
          <Icon name="sheet" />
          <span>
            <strong>{t.configuration.notTakenOver(timeOfDay(reload.at))}</strong>
            <br />
            {t.configuration.why[reload.outcome]} {t.configuration.seeBelow}
          </span>
        </p>
      )}
      {health?.clock.quality === 'unsynced' && (
        <p class="alert tone-warn">
          <Icon name="clock" />
          <span>{t.clockUnsynced}</span>
        </p>
      )}
      {health !== undefined && health.quarantined > 0 && (
        <p class="alert tone-warn">
          <Icon name="warning" />
          <span>{t.quarantined(number(health.quarantined))}</span>
        </p>
      )}
    </div>
  );
}
