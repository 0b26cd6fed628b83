/** One lane over the whole screen, or several side by side. Over a lane lies the pad when its PIN is awaited, above it what was not recorded. */
import { useEffect } from 'preact/hooks';
import type { LaneView } from '../../../gateway/contract/lane.ts';
import type { Hut, Liveness } from '../hut.ts';
import { LaneScreen } from '../lane/lane-screen.tsx';
import { Icon } from '../parts/icon.tsx';
import type { PreferencesStore } from '../preferences.ts';
import { PinPad } from '../sign-in/pin-pad.tsx';
import type { Sound } from '../sound/sound.ts';
import { useSource } from '../store.ts';
import { type Catalogue, catalogues } from '../text/catalogue.ts';
import { laneCatalogues } from '../text/lane-catalogue.ts';
import { problemText } from '../text/problem-text.ts';
import type { Acts } from './acts.ts';
import type { SessionStore } from './session.ts';

export interface LanesProps {
  readonly hut: Hut;
  readonly live: Liveness;
  readonly acts: Acts;
  readonly session: SessionStore;
  readonly preferences: PreferencesStore;
  readonly sound: Sound;
  readonly ids: readonly string[];
}

export function Lanes({ ids, ...props }: LanesProps) {
  const { hut, live } = props;
  const t = catalogues[useSource(props.preferences).language];
  return (
    <main class={`lanes ${live}`} data-testid="main">
      {ids.map((id) => {
        const lane = hut.lanes.find((lane) => lane.id === id);
        return lane ? (
          <Desk key={id} lane={lane} layout={ids.length > 1 ? 'half' : 'full'} t={t} {...props} />
        ) : (
          <p key={id} class="panel">
            {t.shell.noSuchLane(id)}
          </p>
        );
      })}
    </main>
  );
}

interface DeskProps extends Omit<LanesProps, 'ids'> {
  readonly lane: LaneView;
  readonly layout: 'full' | 'half';
  readonly t: Catalogue;
}

function Desk({ lane, layout, hut, live, acts, session, preferences, sound, t }: DeskProps) {
  const refused = useSource(acts).get(lane.id);
  const { language } = useSource(preferences);
  const needsPin = lane.next.step === 'enter-pin';
  // What the lane says next is newer than a tap that did not reach it.
  useEffect(() => acts.dismiss(lane.id), [lane.said?.id]);
  return (
    <div class="desk" data-testid={`desk-${lane.id}`}>
      <div role="alert">
        {refused && (
          <p class="alert tone-bad" data-testid="not-recorded">
            <Icon name="cross" />
            <span>
              <strong>{t.shell.notRecorded}</strong> {problemText(refused.problem, t)}
            </span>
            <button type="button" class="plain dismiss" onClick={() => acts.dismiss(lane.id)}>
              {t.shell.understood}
            </button>
          </p>
        )}
      </div>
      <div class="desk-lane" inert={needsPin}>
        <LaneScreen
          {...{ lane, layout, hut, live, sound }}
          act={(action) => acts.act(lane.id, action)}
          t={laneCatalogues[language]}
        />
      </div>
      {needsPin && (
        <div class="desk-pin">
          <PinPad lane={lane.id} submit={(pin) => session.signIn({ lane: lane.id, pin })} t={t} />
        </div>
      )}
    </div>
  );
}
