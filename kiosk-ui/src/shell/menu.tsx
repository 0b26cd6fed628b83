/** The choice of what this screen shows. A sampler is asked for the lane once, and it is remembered; the rest is reached from here. */
import type { Hut } from '../hut.ts';
import { Icon } from '../parts/icon.tsx';
import type { PreferencesStore } from '../preferences.ts';
import type { Catalogue } from '../text/catalogue.ts';
import { hashOf } from './route.ts';

export interface MenuProps {
  readonly hut: Hut;
  readonly preferences: PreferencesStore;
  /** A technician has no lane. */
  readonly isTechnician: boolean;
  readonly t: Catalogue;
}

export function Menu({ hut, preferences, isTechnician, t }: MenuProps) {
  return (
    <main class="menu" data-testid="menu">
      {isTechnician ? (
        <nav class="menu-list" aria-label={t.signIn.technician}>
          <a class="button main" href={hashOf({ screen: 'technician' })}>
            <Icon name="wrench" />
            {t.devices}
          </a>
        </nav>
      ) : (
        <LaneChoice hut={hut} preferences={preferences} t={t} />
      )}
      <nav class="menu-list" aria-label={t.shell.menu}>
        {hut.lanes.map(({ id }) => (
          <a key={id} class="button plain" href={hashOf({ screen: 'public', lane: id })}>
            <Icon name="people" />
            {t.shell.publicScreen} · {t.shell.lane(id)}
          </a>
        ))}
        <a class="button plain" href={hashOf({ screen: 'sheet' })}>
          <Icon name="sheet" />
          {t.shell.sheet}
        </a>
      </nav>
    </main>
  );
}

function LaneChoice({ hut, preferences, t }: Omit<MenuProps, 'isTechnician'>) {
  return (
    <section>
      <h2>{t.shell.chooseLane}</h2>
      <p class="quiet">{t.shell.chooseLaneHelp}</p>
      <nav class="menu-list" aria-label={t.shell.chooseLane}>
        {hut.lanes.map(({ id }) => (
          <a
            key={id}
            class="button main"
            href={hashOf({ screen: 'home' })}
            onClick={() => preferences.tell({ lane: id })}
          >
            <Icon name="lane" />
            {t.shell.lane(id)}
          </a>
        ))}
        {hut.lanes.length > 1 && (
          <a
            class="button main"
            href={hashOf({ screen: 'lanes' })}
            onClick={() => preferences.tell({ lane: undefined })}
          >
            <Icon name="lanes" />
            {t.shell.allLanes}
          </a>
        )}
      </nav>
    </section>
  );
}
