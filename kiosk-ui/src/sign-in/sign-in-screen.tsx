/** Before anybody has signed in: scan a badge, then its PIN; or a technician's name and password. In the demo both with one tap. */
import { useState } from 'preact/hooks';
import type { SignInView } from '../../../gateway/contract/lane.ts';
import type { DemoStore } from '../demo/demo.ts';
import { Icon } from '../parts/icon.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import type { Problem } from '../shell/ask.ts';
import type { SessionStore } from '../shell/session.ts';
import type { Catalogue } from '../text/catalogue.ts';
import { useLaneSigns } from './lane-signs.ts';
import { PasswordForm } from './password-form.tsx';
import { PinPad } from './pin-pad.tsx';
import { ProblemLine } from './problem-line.tsx';

export interface SignInScreenProps {
  readonly view: SignInView;
  readonly session: SessionStore;
  readonly demo: DemoStore;
  /** The lane of this screen: a badge scanned elsewhere is not meant for it. undefined: any. */
  readonly ownLane: string | undefined;
  readonly t: Catalogue;
}

export function SignInScreen({ view, session, demo, ownLane, t }: SignInScreenProps) {
  const [way, setWay] = useState<'badge' | 'password'>('badge');
  /** The lane on which the demo's badge was scanned for a visitor, whose PIN is typed too. */
  const [visitedLane, setVisitedLane] = useState<string | undefined>();
  const signs = useLaneSigns(view.lanes);
  const lanes = (signs ?? view.lanes).filter(({ id }) => ownLane === undefined || id === ownLane);
  const withBadge = lanes.find(({ badge }) => badge);
  // A badge that is scanned while it is locked opens no pad: it is said instead, whoever tried it and wherever.
  const locked = lockOf(withBadge ?? lanes.find(({ lockedForSeconds }) => lockedForSeconds !== undefined));
  const tryLane = lanes[0]?.id;

  return (
    <main class="sign-in" data-testid="sign-in">
      {signs === undefined && (
        <p class="alert tone-bad" role="alert" data-testid="stale">
          <Icon name="warning" />
          <span>{t.signIn.notConnected}</span>
        </p>
      )}
      <div class="sign-in-ways">
        {way === 'password' ? (
          <PasswordForm submit={(name, password) => session.signIn({ name, password })} t={t} />
        ) : withBadge ? (
          <PinPad
            key={withBadge.id}
            lane={withBadge.id}
            typed={withBadge.id === visitedLane ? view.demo?.pin : undefined}
            submit={async (pin) => {
              setVisitedLane(undefined);
              return session.signIn({ lane: withBadge.id, pin });
            }}
            locked={locked}
            t={t}
          />
        ) : (
          <section class="scan-badge">
            <Icon name="scanner" />
            <h2>{t.signIn.scanBadge}</h2>
            <p>{t.signIn.scanBadgeHelp}</p>
            <ProblemLine problem={locked} t={t} />
            <ul class="lane-signs">
              {lanes.map(({ id, signedIn }) => (
                <li key={id}>
                  {t.shell.lane(id)}
                  {signedIn ? (
                    <StateBadge tone="busy" icon="check" word={t.signIn.inUse} />
                  ) : (
                    <StateBadge tone="off" icon="opening" word={t.signIn.free} />
                  )}
                </li>
              ))}
            </ul>
          </section>
        )}
        <button type="button" class="plain" onClick={() => setWay(way === 'badge' ? 'password' : 'badge')}>
          <Icon name={way === 'badge' ? 'wrench' : 'card'} />
          {way === 'badge' ? t.signIn.technician : t.signIn.sampler}
        </button>
      </div>
      {view.demo && (
        <Visit
          demo={view.demo}
          lane={tryLane}
          scanBadge={(lane, badge) => {
            setWay('badge');
            setVisitedLane(lane);
            demo.scan(lane, () => badge);
          }}
          signIn={(name, password) => session.signIn({ name, password })}
          t={t}
        />
      )}
    </main>
  );
}

/** As the gateway says it to who tries. */
function lockOf(lane: SignInView['lanes'][number] | undefined): Problem | undefined {
  const seconds = lane?.lockedForSeconds;
  return seconds === undefined ? undefined : { code: 'locked', message: '', status: 429, retryInSeconds: seconds };
}

/** A visitor has neither badge nor PIN: both are used for them, on the way that everybody takes. */
function Visit({
  demo: { badge, pin, technician, password },
  lane,
  scanBadge,
  signIn,
  t,
}: {
  demo: NonNullable<SignInView['demo']>;
  lane: string | undefined;
  scanBadge: (lane: string, badge: string) => void;
  signIn: (name: string, password: string) => void;
  t: Catalogue;
}) {
  return (
    <section class="panel visit">
      <h2>{t.signIn.tryTitle}</h2>
      <div class="buttons">
        {lane !== undefined && (
          <button type="button" class="main" onClick={() => scanBadge(lane, badge)}>
            <Icon name="scanner" />
            {t.signIn.trySampler(badge, pin)}
          </button>
        )}
        <button type="button" class="plain" onClick={() => signIn(technician, password)}>
          <Icon name="wrench" />
          {t.signIn.tryTechnician(technician)}
        </button>
      </div>
    </section>
  );
}
