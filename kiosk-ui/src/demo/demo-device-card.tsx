/** One simulated device: its cable, what can happen to it, and what came out of it. */
import type { DemoDevice } from '../../../gateway/contract/api.ts';
import { Icon } from '../parts/icon.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import type { Catalogue } from '../text/catalogue.ts';
import { buttons, isPrinter } from './buttons.ts';
import type { DemoStore } from './demo.ts';

export function DemoDeviceCard({ device, demo, t }: { device: DemoDevice; demo: DemoStore; t: Catalogue }) {
  const { id, driver, plugged, actions } = device;
  const there = (buttons.get(driver) ?? []).filter(({ action }) => actions.some(({ name }) => name === action));
  return (
    <li class="card" data-testid={`demo-${id}`}>
      <div class="card-head">
        <h4>{id}</h4>
        {!plugged && <StateBadge tone="off" icon="unplugged" word={t.cableOut} />}
      </div>
      <div class="buttons">
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
        <button type="button" class="plain" onClick={() => demo.plug(id, !plugged)}>
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
