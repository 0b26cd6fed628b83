/** Works the simulated hut; on the page in `hutgate demo` only. Scanner, broker and centre come first: with them the backlog is made and drained. */
import { useState } from 'preact/hooks';
import type { DemoDevice } from '../../../gateway/contract/api.ts';
import { Icon } from '../parts/icon.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { useSource } from '../store.ts';
import type { Catalogue } from '../text/catalogue.ts';
import { number } from '../text/format.ts';
import { buttons, isPrinter, scannerDriver, tubeCode } from './buttons.ts';
import type { DemoStore } from './demo.ts';

export function DemoPanel({ demo, t }: { demo: DemoStore; t: Catalogue }) {
  const { view, problem } = useSource(demo);
  if (!view) return null;
  const { devices, broker, central } = view;
  return (
    <section class="demo" data-testid="demo">
      <h2>{t.demo}</h2>
      <p>{t.demoHelp}</p>
      {problem !== undefined && (
        <p class="alert tone-warn" role="alert">
          <Icon name="warning" />
          <span>{t.demoFailed(problem || t.demoSilent)}</span>
        </p>
      )}
      <ul class="demo-cards">
        {devices.filter(scans).map((device) => (
          <DemoCard key={device.id} device={device} demo={demo} t={t} />
        ))}
        <li class="card">
          <div class="card-head">
            <h3>{t.broker}</h3>
            {broker.running ? (
              <StateBadge tone="good" icon="check" word={t.brokerState.running} />
            ) : (
              <StateBadge tone="off" icon="stop" word={t.brokerState.stopped} />
            )}
          </div>
          <div class="buttons">
            <button type="button" onClick={() => demo.runBroker(!broker.running)}>
              {broker.running ? t.stopBroker : t.startBroker}
            </button>
          </div>
        </li>
        <li class="card">
          <div class="card-head">
            <h3>{t.central}</h3>
            {central.online ? (
              <StateBadge tone="good" icon="check" word={t.centralState.online} />
            ) : (
              <StateBadge tone="off" icon="pause" word={t.centralState.offline} />
            )}
          </div>
          <dl class="figures" data-testid="central">
            {(['received', 'duplicates', 'gaps', 'violations'] as const).map((name) => (
              <div key={name}>
                <dt>{t[name]}</dt>
                <dd>{number(central.report[name])}</dd>
              </div>
            ))}
          </dl>
          <div class="buttons">
            <button type="button" onClick={() => demo.setCentral(!central.online)}>
              {central.online ? t.centralOffline : t.centralOnline}
            </button>
          </div>
        </li>
        {devices
          .filter((device) => !scans(device))
          .map((device) => (
            <DemoCard key={device.id} device={device} demo={demo} t={t} />
          ))}
      </ul>
    </section>
  );
}

const scans = ({ driver }: DemoDevice) => driver === scannerDriver;

function DemoCard({ device, demo, t }: { device: DemoDevice; demo: DemoStore; t: Catalogue }) {
  const { id, driver, plugged, actions } = device;
  const there = (buttons.get(driver) ?? []).filter(({ action }) => actions.some(({ name }) => name === action));
  return (
    <li class="card" data-testid={`demo-${id}`}>
      <div class="card-head">
        <h3>{id}</h3>
        {!plugged && <StateBadge tone="off" icon="unplugged" word={t.cableOut} />}
      </div>
      <div class="buttons">
        {scans(device) && <ScanButton scan={(text) => demo.act(id, 'scan', { text })} disabled={!plugged} t={t} />}
        {isPrinter(driver) && (
          <button type="button" class="main" disabled={!plugged} onClick={() => demo.printTest(id)}>
            {t.printTestLabel}
          </button>
        )}
        {there.map(({ name, action, args }) => (
          <button key={name} type="button" disabled={!plugged} onClick={() => demo.act(id, action, args)}>
            {t.demoButton[name]}
          </button>
        ))}
        <button type="button" class="cable" onClick={() => demo.plug(id, !plugged)}>
          <Icon name="unplugged" />
          {plugged ? t.pullCable : t.putCableBack}
        </button>
      </div>
      <LastLabel device={device} t={t} />
    </li>
  );
}

/** What came out of the simulated printer last. Another count is another picture. */
function LastLabel({ device: { id, actions, state }, t }: { device: DemoDevice; t: Catalogue }) {
  const count = Number(state.printedTotal ?? 0);
  if (count === 0 || !actions.some(({ name }) => name === 'picture')) return null;
  const src = `/api/demo/devices/${encodeURIComponent(id)}/label.png?n=${count}`;
  return (
    <figure class="label">
      <img key={src} src={src} alt={t.lastLabel} />
      <figcaption class="quiet">{t.lastLabel}</figcaption>
    </figure>
  );
}

const lastTubeKey = 'hutgate.demo.tube';

/** A new tube with each tap, also after a reload: the same code twice is what a scanner suppresses. */
function ScanButton({ scan, disabled, t }: { scan: (text: string) => void; disabled: boolean; t: Catalogue }) {
  const [last, setLast] = useState(() => Number(localStorage.getItem(lastTubeKey) ?? 0) || 0);
  const code = tubeCode(new Date().toISOString(), last + 1);
  const tap = () => {
    scan(code);
    setLast(last + 1);
    localStorage.setItem(lastTubeKey, String(last + 1));
  };
  return (
    <button type="button" class="main" disabled={disabled} onClick={tap}>
      {t.scanNext(code)}
    </button>
  );
}
