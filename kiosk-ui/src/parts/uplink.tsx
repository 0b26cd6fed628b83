/** Whether records reach the centre, and how many still wait on this disk. */
import type { UplinkView } from '../../../gateway/contract/api.ts';
import type { Hut } from '../hut.ts';
import type { Catalogue } from '../text/catalogue.ts';
import { number, timeOfDay } from '../text/format.ts';
import type { IconName } from './icon.tsx';
import { StateBadge, type Tone } from './state-badge.tsx';

export const uplinkLook = {
  online: { tone: 'good', icon: 'cloud' },
  connecting: { tone: 'busy', icon: 'opening' },
  offline: { tone: 'warn', icon: 'unplugged' },
  held: { tone: 'warn', icon: 'pause' },
  stopped: { tone: 'off', icon: 'stop' },
} as const satisfies Record<UplinkView['state'], { tone: Tone; icon: IconName }>;

export const pendingOf = ({ health }: Hut): number =>
  health?.streams.reduce((sum, { pending }) => sum + pending, 0) ?? 0;

export function Uplink({ hut, t }: { hut: Hut; t: Catalogue }) {
  const { uplink, health } = hut;
  if (!uplink) return null;
  const pending = pendingOf(hut);
  return (
    <section class="uplink" data-testid="uplink">
      <h2>{t.uplink}</h2>
      <div class="panel">
        <div class="uplink-head">
          <StateBadge {...uplinkLook[uplink.state]} word={t.uplinkState[uplink.state]} />
          <span class="quiet">
            {t.since(timeOfDay(uplink.since))}
            {uplink.nextTryAt && ` · ${t.nextTry(timeOfDay(uplink.nextTryAt))}`}
          </span>
        </div>
        <p class="backlog" data-testid="pending">
          <strong class="big">{number(pending)}</strong> {pending > 0 ? t.pending : t.pendingNone}
        </p>
        {uplink.state !== 'online' && uplink.state !== 'stopped' && <p>{t.samplingGoesOn}</p>}
        <ul class="streams">
          {health?.streams.map(({ stream, pending, oldestPendingAt, confirmedSeq, lastSeq }) => (
            <li key={stream}>
              <span>{t.stream[stream]}</span>
              <strong>{number(pending)}</strong>
              <span class="quiet">
                {oldestPendingAt
                  ? t.oldest(timeOfDay(oldestPendingAt))
                  : t.confirmedUpTo(number(confirmedSeq), number(lastSeq))}
              </span>
            </li>
          ))}
        </ul>
        {uplink.state !== 'online' && uplink.lastError && <p class="quiet">{uplink.lastError}</p>}
      </div>
    </section>
  );
}
