/** Always in sight: which hut this is, whether the screen is live, whether records get out, who works here. */
import type { Hut, Liveness } from '../hut.ts';
import type { PreferencesStore } from '../preferences.ts';
import { hashOf } from '../shell/route.ts';
import type { Session } from '../shell/session.ts';
import { useSource } from '../store.ts';
import { type Catalogue, languages } from '../text/catalogue.ts';
import { number } from '../text/format.ts';
import { Icon, type IconName } from './icon.tsx';
import { StateBadge, type Tone } from './state-badge.tsx';
import { pendingOf, uplinkLook } from './uplink.tsx';

const liveLook = {
  live: { tone: 'good', icon: 'check' },
  connecting: { tone: 'busy', icon: 'opening' },
  stale: { tone: 'bad', icon: 'cross' },
} as const satisfies Record<Liveness, { tone: Tone; icon: IconName }>;

export function TopBar({
  hut,
  live,
  session,
  t,
  preferences,
  signOut,
}: {
  hut: Hut;
  live: Liveness;
  session: Session;
  t: Catalogue;
  preferences: PreferencesStore;
  signOut: () => void;
}) {
  const { language, theme } = useSource(preferences);
  const pending = pendingOf(hut);
  return (
    <header class="top-bar">
      <div class="hut-name">
        <h1>{hut.gateway?.site.name ?? ('view' in session ? session.view.site : 'hutgate')}</h1>
        <span class="quiet">{hut.gateway?.id}</span>
      </div>
      <div class="badges" data-testid="live">
        {session.state !== 'out' && <StateBadge {...liveLook[live]} word={t[live]} />}
        {hut.uplink && live !== 'connecting' && (
          <span class={live === 'stale' ? 'old' : ''}>
            <StateBadge
              {...uplinkLook[hut.uplink.state]}
              word={[t.uplinkState[hut.uplink.state], pending > 0 && `${number(pending)} ${t.pending}`]
                .filter(Boolean)
                .join(' · ')}
            />
          </span>
        )}
      </div>
      <div class="switches">
        {session.state === 'in' && (
          <button type="button" class="plain who" onClick={signOut}>
            <Icon name="leave" />
            <span>
              {t.signIn.signOut}
              <br />
              <small>{operatorsOf(session)}</small>
            </span>
          </button>
        )}
        {hut.lanes.length > 0 && (
          <a class="button plain" href={hashOf({ screen: 'choose' })}>
            <Icon name="lanes" />
            {t.shell.menu}
          </a>
        )}
        <button
          type="button"
          class="plain"
          lang={language === 'en' ? 'zh-CN' : 'en'}
          onClick={() => preferences.tell({ language: languages.find((other) => other !== language)! })}
        >
          {t.switchLanguage}
        </button>
        <button
          type="button"
          class="plain"
          aria-label={theme === 'day' ? t.nightTheme : t.dayTheme}
          onClick={() => preferences.tell({ theme: theme === 'day' ? 'night' : 'day' })}
        >
          <Icon name={theme === 'day' ? 'moon' : 'sun'} />
        </button>
      </div>
    </header>
  );
}

/** Two lanes beside each other may have two operators. */
const operatorsOf = ({ who, view }: Extract<Session, { state: 'in' }>): string =>
  [...new Set([who.operator, ...(view.mine ?? []).map(({ operator }) => operator)])].join(', ');
