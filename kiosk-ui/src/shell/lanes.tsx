/** One lane over the whole screen, or several side by side. Over a lane lies what belongs to it alone: a PIN that is awaited, a tap that was not recorded. */
import type { LaneView } from '../../../gateway/contract/lane.ts';
import type { Hut, Liveness } from '../hut.ts';
import { Icon } from '../parts/icon.tsx';
import type { PreferencesStore } from '../preferences.ts';
import { PinPad } from '../sign-in/pin-pad.tsx';
import { useSource } from '../store.ts';
import type { Catalogue } from '../text/catalogue.ts';
import { problemText } from '../text/problem-text.ts';
import type { Acts } from './acts.ts';
import { LaneScreen } from './placeholder.tsx';
import type { SessionStore } from './session.ts';

export interface LanesProps {
  readonly hut: Hut;
  readonly live: Liveness;
  readonly acts: Acts;
  readonly session: SessionStore;
  readonly preferences: PreferencesStore;
  readonly ids: readonly string[];
  readonly t: Catalogue;
}

export function Lanes({ ids, ...props }: LanesProps) {
  const { hut, live, t } = props;
  return (
    <main class={`lanes ${live}`} data-testid="main">
      {ids.map((id) => {
        const lane = hut.lanes.find((lane) => lane.id === id);
        return lane ? (
          <Desk key={id} lane={lane} isCompact={ids.length > 1} {...props} />
        ) : (
          <p key={id} class="panel">
            {t.shell.noSuchLane(id)}
          </p>
        );
      })}
    </main>
  );
}

function Desk({
  lane,
  isCompact,
  ...props
}: Omit<LanesProps, 'ids'> & { readonly lane: LaneView; readonly isCompact: boolean }) {
  const { hut, live, acts, session, t } = props;
  const refused = useSource(acts).get(lane.id);
  return (
    <section class="desk" aria-label={t.shell.lane(lane.id)} data-testid={lane.id}>
      <div role="alert">
        {refused && (
          <p class="alert tone-bad" data-testid="not-recorded">
            <Icon name="cross" />
            <span>
              <strong>{t.shell.notRecorded}</strong>
              <br />
              {problemText(refused.problem, t)}
            </span>
            <button type="button" class="plain dismiss" onClick={() => acts.dismiss(lane.id)}>
              {t.shell.understood}
            </button>
          </p>
        )}
      </div>
      {lane.next.step === 'enter-pin' ? (
        <PinPad lane={lane.id} submit={(pin) => session.signIn({ lane: lane.id, pin })} t={t} />
      ) : (
        <LaneScreen
          lane={lane}
          sampling={hut.sampling}
          live={live}
          isCompact={isCompact}
          act={(action) => acts.act(lane.id, action)}
          t={t}
        />
      )}
    </section>
  );
}
