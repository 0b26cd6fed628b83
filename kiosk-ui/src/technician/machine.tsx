/** The hut's own computer: store, clock, memory, versions. */
import type { Hut } from '../hut.ts';
import { StateBadge } from '../parts/state-badge.tsx';
import type { Catalogue } from '../text/catalogue.ts';
import { byteSize, number, timeOfDay } from '../text/format.ts';

const hourSeconds = 3_600;

export function Machine({ hut, t }: { hut: Hut; t: Catalogue }) {
  const { health, gateway } = hut;
  if (!health || !gateway) return null;
  const { store, clock, memory, uptimeSeconds, uplink, quarantined } = health;
  const words = t.technician;
  const facts: readonly (readonly [string, string])[] = [
    [words.fileSize, byteSize(store.fileBytes)],
    [words.diskFree, byteSize(store.diskFreeBytes)],
    [words.memory, byteSize(memory.rssBytes)],
    [words.uptime, words.hours((uptimeSeconds / hourSeconds).toFixed(1))],
    [words.startedAt, `${gateway.startedAt.slice(0, 10)} ${timeOfDay(gateway.startedAt)}`],
    [words.clock, `${health.at.slice(0, 10)} ${timeOfDay(health.at)}`],
    [words.reconnects, number(uplink.reconnects)],
    [words.quarantined, number(quarantined)],
    [words.software, gateway.software],
    [words.epoch, gateway.epoch.slice(0, 8)],
  ];
  return (
    <section class="machine" data-testid="machine">
      <h2>{words.hut}</h2>
      <div class="panel">
        <p class="badges">
          <StateBadge
            tone={store.state === 'ok' ? 'good' : 'bad'}
            icon={store.state === 'ok' ? 'check' : 'cross'}
            word={`${words.store}: ${words.storeState[store.state]}`}
          />
          <StateBadge
            tone={clock.quality === 'synced' ? 'good' : 'warn'}
            icon="clock"
            word={`${words.clock}: ${words.clockQuality[clock.quality]}`}
          />
        </p>
        {store.detail && <p class="quiet">{store.detail}</p>}
        <dl class="facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt class="quiet">{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </section>
  );
}
