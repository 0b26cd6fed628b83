/** Works the simulated hut; on the page in `hutgate demo` only. What people bring comes first, then the network, then each device. */
import { useState } from 'preact/hooks';
import type { Hut } from '../hut.ts';
import { Icon } from '../parts/icon.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { useSource } from '../store.ts';
import type { Catalogue } from '../text/catalogue.ts';
import { number } from '../text/format.ts';
import { problemText } from '../text/problem-text.ts';
import { boxCode, courierCode, sealCode, tubeCode } from './codes.ts';
import { demoCommands } from './commands.ts';
import type { DemoStore } from './demo.ts';
import { DemoDeviceCard } from './demo-device-card.tsx';
import { knownCodes } from './known-codes.ts';
import { visitors } from './walk-in.ts';

export interface DemoPanelProps {
  readonly demo: DemoStore;
  readonly hut: Hut;
  /** Empty in a hut without lanes: then whatever is done is done at the first desk. */
  readonly lanes: readonly string[];
  /** Of a sampler who can be tried. */
  readonly badge: string | undefined;
  readonly t: Catalogue;
}

export function DemoPanel({ demo, hut, lanes, badge, t }: DemoPanelProps) {
  const { view, problem } = useSource(demo);
  const [chosen, setChosen] = useState<string | undefined>();
  if (!view) return null;
  const lane = chosen ?? lanes[0] ?? 'lane-1';
  const { broker, central, devices } = view;
  return (
    <section class="demo" data-testid="demo">
      <h2>{t.demo}</h2>
      <p class="quiet">{lanes.length > 0 ? t.demoLanesHelp : t.demoHelp}</p>
      <div role="alert">
        {problem && (
          <p class="alert tone-warn">
            <Icon name="warning" />
            <span>{t.demoFailed(problemText(problem, t))}</span>
          </p>
        )}
      </div>
      {lanes.length > 1 && (
        <fieldset class="buttons" aria-label={t.shell.chooseLane}>
          {lanes.map((id) => (
            <button
              key={id}
              type="button"
              class={id === lane ? 'main' : 'plain'}
              aria-pressed={id === lane}
              onClick={() => setChosen(id)}
            >
              {t.shell.lane(id)}
            </button>
          ))}
        </fieldset>
      )}
      <h3>{t.codes}</h3>
      <div class="buttons" data-testid="demo-codes">
        <button type="button" class="main" onClick={() => demo.scan(lane, tubeCode)}>
          {t.scanTube}
        </button>
        <button type="button" onClick={() => demo.scan(lane, boxCode)}>
          {t.scanBox}
        </button>
        <button type="button" onClick={() => demo.scan(lane, sealCode)}>
          {t.scanSeal}
        </button>
        <button type="button" onClick={() => demo.scan(lane, () => courierCode)}>
          {t.scanCourier}
        </button>
        {badge !== undefined && (
          <button type="button" onClick={() => demo.scan(lane, () => badge)}>
            {t.scanBadge}
          </button>
        )}
      </div>
      <div class="buttons" data-testid="demo-known">
        {knownCodes(hut, lane).map(({ code, what }) => (
          <button key={code} type="button" class="plain" onClick={() => demo.scan(lane, () => code)}>
            {what === 'tube' ? t.tubeAgain(code.slice(-4)) : t.boxAgain(code.slice(-4))}
          </button>
        ))}
      </div>
      <h3>{t.people}</h3>
      <div class="buttons" data-testid="demo-people">
        {visitors.map((visitor) => (
          <button key={visitor} type="button" onClick={() => demo.walkIn(lane, visitor)}>
            {t.visitor[visitor]}
          </button>
        ))}
        <button type="button" class="plain" onClick={() => demo.walkInAgain(lane)}>
          {t.again}
        </button>
      </div>
      {lanes.length > 0 && (
        <>
          <h3>{t.shell.sheet}</h3>
          <div class="buttons" data-testid="demo-commands">
            {demoCommands.map((code) => (
              <button key={code} type="button" class="plain" onClick={() => demo.scan(lane, () => code)}>
                {t.demoCommand[code]}
              </button>
            ))}
          </div>
        </>
      )}
      <h3>{t.brokerAndCentre}</h3>
      <ul class="demo-cards">
        <li class="card">
          <div class="card-head">
            <h4>{t.broker}</h4>
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
            <h4>{t.central}</h4>
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
      </ul>
      <h3>{t.demoDevices}</h3>
      <ul class="demo-cards">
        {devices.map((device) => (
          <DemoDeviceCard key={device.id} device={device} demo={demo} t={t} />
        ))}
      </ul>
    </section>
  );
}
