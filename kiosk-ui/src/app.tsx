/** The page. The technician's view of a hut; the samplers' lane comes to stand above it. */
import type { DemoStore } from './demo/demo.ts';
import { DemoPanel } from './demo/demo-panel.tsx';
import { type Hut, type HutAction, liveness } from './hut.ts';
import { Alerts } from './parts/alerts.tsx';
import { Devices } from './parts/devices.tsx';
import { Readings } from './parts/readings.tsx';
import { TopBar } from './parts/top-bar.tsx';
import { Uplink } from './parts/uplink.tsx';
import type { PreferencesStore } from './preferences.ts';
import { type Store, useSource } from './store.ts';
import { catalogues } from './text/catalogue.ts';

export interface AppProps {
  readonly hut: Store<Hut, HutAction>;
  readonly preferences: PreferencesStore;
  readonly demo: DemoStore;
}

export function App({ hut: hutStore, preferences, demo }: AppProps) {
  const hut = useSource(hutStore);
  const t = catalogues[useSource(preferences).language];
  const live = liveness(hut);
  return (
    <>
      <TopBar hut={hut} live={live} t={t} preferences={preferences} />
      <Alerts hut={hut} live={live} t={t} />
      {live !== 'connecting' && (
        <main class={live} data-testid="main">
          <div class="column">
            <Devices devices={hut.devices} t={t} />
            <DemoPanel demo={demo} t={t} />
          </div>
          <div class="column">
            <Uplink hut={hut} t={t} />
            <Readings hut={hut} t={t} />
          </div>
        </main>
      )}
    </>
  );
}
