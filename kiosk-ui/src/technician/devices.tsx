/** One card per device: what it is, how it is, what it read last, what to do when it is not ready, and a test of it. */
import type { CommittedView, DeviceView } from '../../../gateway/contract/api.ts';
import type { Hut } from '../hut.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { StateBadge, type Tone } from '../parts/state-badge.tsx';
import type { Catalogue } from '../text/catalogue.ts';
import { number, timeOfDay, visible } from '../text/format.ts';
import { summaryText } from '../text/summary-text.ts';
import { DeviceTestButton } from './device-test.tsx';
import { UnitQuestion } from './unit-question.tsx';

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

export const Devices = ({ hut, t }: { hut: Hut; t: Catalogue }) => (
  <section class="devices">
    <h2>{t.devices}</h2>
    {hut.devices.length === 0 && <p>{t.noDevices}</p>}
    <ul class="cards">
      {hut.devices.map((device) => (
        <DeviceCard key={device.id} device={device} last={lastReading(hut, device.id)} t={t} />
      ))}
    </ul>
  </section>
);

function lastReading({ lines }: Hut, device: string): CommittedView | undefined {
  const line = lines.find((line) => line.kind === 'event' && line.event.device === device);
  return line?.kind === 'event' ? line.event : undefined;
}

function DeviceCard({ device, last, t }: { device: DeviceView; last: CommittedView | undefined; t: Catalogue }) {
  const { id, driver, lane, kind, state, reason, since, identity, refused } = device;
  const { tone, icon } = look[state];
  const text = reason && (t.faults.get(reason.code) ?? reason);
  return (
    <li class={`card edge-${tone}`} data-testid={`device-${id}`}>
      <div class="card-head">
        <Icon name={kindIcons.get(kind) ?? 'device'} />
        <div>
          <h3>{t.kind.get(kind) ?? kind}</h3>
          <span class="quiet">{lane === undefined ? id : `${id} · ${t.shell.lane(lane)}`}</span>
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
        {[driver, identity?.model, identity?.firmware, identity?.serial, ...counters(device, t)]
          .filter(Boolean)
          .join(' · ')}
      </p>
      {refused && <Refused refused={refused} t={t} />}
      {last && (
        <p class="last-reading">
          <span class="quiet">
            {t.technician.lastReading} {timeOfDay(last.at)}
          </span>{' '}
          <bdi>{summaryText(last, t)}</bdi>
        </p>
      )}
      <UnitQuestion device={device} t={t} />
      <DeviceTestButton device={device} t={t} />
    </li>
  );
}

/** What was read and is in no record: a sampler heard it, and a technician has to know why. */
const Refused = ({ refused, t }: { refused: NonNullable<DeviceView['refused']>; t: Catalogue }) => (
  <ul class="refused" data-testid="refused">
    {refused.map(({ why, readings, at }) => (
      <li key={why} class="test-outcome tone-bad">
        <Icon name="cross" />
        <span>
          <strong>{t.technician.notRecorded(number(readings))}</strong>{' '}
          {t.technician.notRecordedWhy.get(why) ?? t.faults.get(why)?.means ?? visible(why)}{' '}
          {t.technician.lastAt(timeOfDay(at))}
        </span>
      </li>
    ))}
  </ul>
);

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
