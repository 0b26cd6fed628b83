/** The page: which screen is shown to whom. Everything but the screen for the queue is behind the sign-in. */
import type { DemoStore } from './demo/demo.ts';
import { DemoColumn } from './demo/demo-column.tsx';
import { DemoPanel } from './demo/demo-panel.tsx';
import { type Hut, type HutAction, liveness } from './hut.ts';
import { commandCodes } from './lane/command-codes.ts';
import { CommandSheet } from './lane/command-sheet.tsx';
import { Alerts } from './parts/alerts.tsx';
import { TopBar } from './parts/top-bar.tsx';
import type { PreferencesStore } from './preferences.ts';
import type { Acts } from './shell/acts.ts';
import { Home } from './shell/home.tsx';
import { Lanes } from './shell/lanes.tsx';
import { Menu } from './shell/menu.tsx';
import { PublicPage } from './shell/public-page.tsx';
import type { Route } from './shell/route.ts';
import type { Session, SessionStore } from './shell/session.ts';
import { SignInScreen } from './sign-in/sign-in-screen.tsx';
import type { Sound } from './sound/sound.ts';
import { type Source, type Store, useSource } from './store.ts';
import { TechnicianScreen } from './technician/technician-screen.tsx';
import { type Catalogue, catalogues } from './text/catalogue.ts';
import { laneCatalogues } from './text/lane-catalogue.ts';

export interface AppProps {
  readonly hut: Store<Hut, HutAction>;
  readonly session: SessionStore;
  readonly preferences: PreferencesStore;
  readonly demo: DemoStore;
  readonly acts: Acts;
  readonly route: Source<Route>;
  readonly sound: Sound;
}

export function App(props: AppProps) {
  const hut = useSource(props.hut);
  const session = useSource(props.session);
  const route = useSource(props.route);
  const isDemo = useSource(props.demo).view !== undefined;
  const { language } = useSource(props.preferences);
  const t = catalogues[language];
  const live = liveness(hut);
  const panel = { demo: props.demo, hut, lanes: lanesOf(hut, session), badge: badgeOf(session), t };
  if (route.screen === 'public') {
    return (
      <DemoColumn isDemo={isDemo} startsOpen={false} {...panel}>
        <PublicPage lane={route.lane} t={laneCatalogues[language]} />
      </DemoColumn>
    );
  }
  return (
    <>
      <TopBar {...{ hut, live, session, t }} preferences={props.preferences} signOut={props.session.signOut} />
      <Alerts hut={hut} live={live} t={t} />
      <DemoColumn isDemo={isDemo && route.screen !== 'demo'} startsOpen={session.state !== 'out'} {...panel}>
        {session.state === 'out' && route.screen !== 'demo' ? (
          <SignInScreen
            view={session.view}
            session={props.session}
            demo={props.demo}
            ownLane={ownLane(route, props.preferences.get().lane, session.view.lanes)}
            t={t}
          />
        ) : (
          <Screen {...props} {...{ t }} />
        )}
      </DemoColumn>
    </>
  );
}

/** Of a page that is signed in, or does not have to be. */
function Screen(props: AppProps & { readonly t: Catalogue }) {
  const { t } = props;
  const hut = useSource(props.hut);
  const session = useSource(props.session);
  const route = useSource(props.route);
  const live = liveness(hut);
  if (route.screen === 'demo') {
    return (
      <main class="live demo-screen" data-testid="main">
        <DemoPanel demo={props.demo} hut={hut} lanes={lanesOf(hut, session)} badge={badgeOf(session)} t={t} />
      </main>
    );
  }
  if (live === 'connecting') return null;
  const { acts, preferences, sound } = props;
  const isTechnician = session.state === 'in' ? session.who.role === 'technician' : hut.lanes.length === 0;
  if (route.screen === 'sheet')
    return <CommandSheet commands={commandCodes} t={laneCatalogues[preferences.get().language]} />;
  if (route.screen === 'choose') return <Menu hut={hut} preferences={preferences} isTechnician={isTechnician} t={t} />;
  if (isTechnician || (session.state === 'open' && route.screen === 'technician'))
    return <TechnicianScreen hut={hut} live={live} t={t} />;
  const lanes = { hut, live, acts, session: props.session, preferences, sound };
  switch (route.screen) {
    case 'lane':
      return <Lanes {...lanes} ids={[route.lane]} />;
    case 'lanes':
      return <Lanes {...lanes} ids={hut.lanes.map(({ id }) => id)} />;
    default:
      return <Home {...lanes} />;
  }
}

const badgeOf = (session: Session) => ('view' in session ? session.view.demo?.badge : undefined);

function lanesOf(hut: Hut, session: Session): readonly string[] {
  const lanes = hut.lanes.length > 0 || !('view' in session) ? hut.lanes : session.view.lanes;
  return lanes.map(({ id }) => id);
}

/** The lane this screen stands at, as far as that is known before a sign-in. */
function ownLane(route: Route, remembered: string | undefined, lanes: readonly { readonly id: string }[]) {
  const asked = route.screen === 'lane' ? route.lane : route.screen === 'lanes' ? undefined : remembered;
  return lanes.some(({ id }) => id === asked) ? asked : undefined;
}
