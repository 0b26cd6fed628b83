/**
 * When sampling takes place, as the centre's plan has it. Only ever shown: somebody who waited is not sent away by a
 * clock, and a hut does not know what was agreed with the people in front of it. Pure.
 */
import type { LaneView } from '../contract/lane.ts';
import type { SamplingWindow, Turn } from './situation.ts';

const begins = ({ from }: SamplingWindow) => Date.parse(from);
const ends = ({ to }: SamplingWindow) => Date.parse(to);
const best = (windows: readonly SamplingWindow[], of: (window: SamplingWindow) => number) =>
  windows.reduce<SamplingWindow | undefined>((a, b) => (a && of(a) >= of(b) ? a : b), undefined);

/** undefined: nobody said when, or nobody knows how late it is. */
export function samplingTimes({ campaign, now, clockQuality }: Turn): LaneView['samplingTimes'] {
  const { windows = [] } = campaign;
  if (windows.length === 0 || clockQuality === 'unsynced') return undefined;
  const { wallMs, time: at } = now;
  const present = best(
    windows.filter((window) => begins(window) <= wallMs && wallMs < ends(window)),
    ends,
  );
  if (present) return { at, present: { ...present } };
  const last = best(
    windows.filter((window) => ends(window) <= wallMs),
    ends,
  );
  const next = best(
    windows.filter((window) => begins(window) > wallMs),
    (window) => -begins(window),
  );
  return { at, ...(last && { last: { ...last } }), ...(next && { next: { ...next } }) };
}

/** What a saying adds: nothing while it is time. */
export function outsideTimes(turn: Turn): { readonly outside?: 1; readonly opens?: string; readonly at?: string } {
  const times = samplingTimes(turn);
  if (!times || times.present) return {};
  return { outside: 1, at: times.at, ...(times.next && { opens: times.next.from }) };
}
