/** A device that is not the one it was: it waits until a person says that it is the right one. */
import { useState } from 'preact/hooks';
import type { DeviceView } from '../../../gateway/contract/api.ts';
import { Icon } from '../parts/icon.tsx';
import { ask, type Problem } from '../shell/ask.ts';
import type { Catalogue } from '../text/catalogue.ts';
import { problemText } from '../text/problem-text.ts';

const asking = new Set(['other-unit', 'pair-unconfirmed']);

export function UnitQuestion({ device: { id, state, reason }, t }: { device: DeviceView; t: Catalogue }) {
  const [problem, setProblem] = useState<Problem | undefined>();
  if (state !== 'fault' || !reason || !asking.has(reason.code)) return null;
  const confirm = async () => {
    const answer = await ask('POST', `/api/devices/${encodeURIComponent(id)}/confirm`, {});
    setProblem(answer.ok ? undefined : answer.problem);
  };
  return (
    <div class="device-test">
      <button type="button" class="main" onClick={confirm}>
        <Icon name="check" />
        {t.technician.confirmUnit}
      </button>
      <div role="alert">{problem && <p class="test-outcome tone-bad">{problemText(problem, t)}</p>}</div>
    </div>
  );
}
