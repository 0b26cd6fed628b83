/** The button that tests a device, what a person has to do for it, and what came of it. */
import { useState } from 'preact/hooks';
import type { DeviceTest, DeviceView } from '../../../gateway/contract/api.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import type { Tone } from '../parts/state-badge.tsx';
import { ask, type Problem } from '../shell/ask.ts';
import type { Catalogue } from '../text/catalogue.ts';
import { visible } from '../text/format.ts';
import { problemText } from '../text/problem-text.ts';
import { summaryText } from '../text/summary-text.ts';

type Phase =
  | { readonly phase: 'idle' | 'testing' }
  | { readonly phase: 'tested'; readonly result: DeviceTest }
  | { readonly phase: 'refused'; readonly problem: Problem };

/** Longer than a test takes that waits for somebody. */
const testedWithinMs = 40_000;

const looks = {
  printed: { tone: 'good', icon: 'check' },
  switched: { tone: 'good', icon: 'check' },
  read: { tone: 'good', icon: 'check' },
  unproved: { tone: 'warn', icon: 'warning' },
  silent: { tone: 'warn', icon: 'warning' },
  failed: { tone: 'bad', icon: 'cross' },
} as const satisfies Record<DeviceTest['outcome'], { tone: Tone; icon: IconName }>;

export function DeviceTestButton({ device: { id, kind, state }, t }: { device: DeviceView; t: Catalogue }) {
  const [now, setNow] = useState<Phase>({ phase: 'idle' });
  const test = async () => {
    setNow({ phase: 'testing' });
    const answer = await ask('POST', `/api/devices/${encodeURIComponent(id)}/test`, {}, testedWithinMs);
    setNow(
      answer.ok
        ? { phase: 'tested', result: answer.body as DeviceTest }
        : { phase: 'refused', problem: answer.problem },
    );
  };
  const isTesting = now.phase === 'testing';
  return (
    <div class="device-test">
      <button
        type="button"
        class="plain"
        disabled={isTesting || (state !== 'ready' && state !== 'degraded')}
        onClick={test}
      >
        {isTesting ? t.technician.testing : buttonWord(kind, t)}
      </button>
      <div role="status" data-testid={`test-${id}`}>
        {isTesting && <strong>{t.technician.doNow.get(kind)}</strong>}
        {now.phase === 'tested' && <Outcome {...now.result} t={t} />}
        {now.phase === 'refused' && (
          <p class="test-outcome tone-bad">
            <Icon name="cross" />
            {problemText(now.problem, t)}
          </p>
        )}
      </div>
    </div>
  );
}

function Outcome({ outcome, text, parts, t }: DeviceTest & { readonly t: Catalogue }) {
  const { tone, icon } = looks[outcome];
  const why = outcome === 'read' ? summaryText({ summary: text, parts }, t) : whyText(text, t);
  return (
    <p class={`test-outcome tone-${tone}`}>
      <Icon name={icon} />
      <span>
        {t.technician.outcome[outcome]} {why !== '' && <bdi>{why}</bdi>}
      </span>
    </p>
  );
}

/** The codes in `text` that there are words for: of faults, and of the gateway's refusals. */
function whyText(text: string, t: Catalogue): string {
  const known = text
    .split(/[^a-z0-9-]+/)
    .map((code) => t.faults.get(code)?.means ?? t.problem.get(code))
    .filter(Boolean);
  return known.length > 0 ? known.join(' ') : visible(text);
}

function buttonWord(kind: string, t: Catalogue): string {
  const { print, switch: onAndOff, read } = t.technician.test;
  if (kind === 'label-printer' || kind === 'receipt-printer') return print;
  return kind === 'indicator' ? onAndOff : read;
}
