/** One card per device: what it is, how it is, and what to do when it is not ready. */
import type { DeviceView } from '../../../gateway/contract/api.ts';
import type { Catalogue } from '../text/catalogue.ts';
import { number, timeOfDay } from '../text/format.ts';
import { Icon, type IconName } from './icon.tsx';
import { StateBadge, type Tone } from './state-badge.tsx';

const look = {
  ready: { tone: 'good', icon: 'check' },
  degraded: { tone: 'warn', icon: 'warning' },
  fault: { tone: 'bad', icon: 'cross' },
  missing: { tone: 'off', icon: 'unplugged' },
  opening: { tone: 'busy', icon: 'opening' },
  identifying: { tone: 'busy', icon: 'search' },
} as const satisfies Record<DeviceView['state'], { tone: Tone; icon: IconName }>;

const kindIcons = new Map<string, IconName>([
  ['scanner', 'scanner'],
  ['id-reader', 'card'],
  ['label-printer', 'printer'],
  ['receipt-printer', 'printer'],
  ['temperature-probe', 'thermometer'],
  ['body-thermometer', 'thermometer'],
]);

export const Devices = ({ devices, t }: { devices: readonly DeviceView[]; t: Catalogue }) => (
  <section class="devices">
    <h2>{t.devices}</h2>
    {devices.length === 0 && <p>{t.noDevices}</p>}
    <ul class="cards">
      {devices.map((device) => (
        <DeviceCard key={device.id} device={device} t={t} />
      ))}
    </ul>
  </section>
);

function DeviceCard({ device, t }: { device: DeviceView; t: Catalogue }) {
  const { id, kind, state, reason, since, identity } = device;
  const { tone, icon } = look[state];
  const text = reason && (t.faults.get(reason.code) ?? reason);
  return (
    <li class={`card edge-${tone}`} data-testid={`device-${id}`}>
      <div class="card-head">
        <Icon name={kindIcons.get(kind) ?? 'device'} />
        <div>
          <h3>{t.kind.get(kind) ?? kind}</h3>
          <span class="quiet">{id}</span>
        </div>
        <StateBadge tone={tone} icon={icon} word={t.deviceState[state]} />
      </div>
      {reason && text && (
        <div class="reason">
          <p>
            <strong>{text.means}</strong> <span class="quiet">{t.since(timeOfDay(since))}</span>
          </p>
          <p>
            <strong>{t.todo}</strong> {text.fix}
          </p>
          {reason.detail && <p class="quiet">{reason.detail}</p>}
        </div>
      )}
      <p class="quiet counters">
        {[identity?.model ?? identity?.serial, ...counters(device, t)].filter(Boolean).join(' · ')}
      </p>
    </li>
  );
}

function counters(
  { counters: { frames, readings, repeats, discardedBytes, faults } }: DeviceView,
  t: Catalogue,
): string[] {
  const sum = (record: Readonly<Record<string, number>>) => Object.values(record).reduce((a, b) => a + b, 0);
  const reasons = Object.entries(discardedBytes).map(([why, n]) => `${t.discardReason.get(why) ?? why} ${number(n)}`);
  const parts = [t.readingsCount(number(readings)), t.framesCount(number(frames))];
  if (repeats > 0) parts.push(t.repeatsCount(number(repeats)));
  if (sum(discardedBytes) > 0) parts.push(t.discardedCount(number(sum(discardedBytes)), reasons.join(', ')));
  if (sum(faults) > 0) parts.push(t.faultsCount(number(sum(faults))));
  return parts;
}
