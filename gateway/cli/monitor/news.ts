/** One line of the monitor, and what two looks at a device's counters tell. Pure. Nothing here holds what is not masked. */
import type { DeviceView } from '../../contract/api.ts';
import { rfc3339 } from '../../wall-time.ts';

export interface News {
  readonly when: string;
  readonly device: string;
  readonly what: 'state' | 'reading' | 'repeat' | 'fault' | 'discarded' | 'missed' | 'uplink';
  readonly text: string;
}

export const news = (what: News['what'], device: string, text: string, when = rfc3339(Date.now())): News => ({
  ...{ when, device, what, text },
});

export const formatNews = ({ when, device, what, text }: News): string =>
  `${when.slice(11, 23)} ${device.padEnd(12)} ${what.padEnd(9)} ${text}`;

export function stateNews({ id, driver, state, since, identity, reason }: DeviceView): News {
  const about = identity && [identity.model, identity.firmware, identity.serial].filter(Boolean).join(', ');
  const why = reason && `${reason.code}${reason.detail ? ` (${reason.detail})` : ''}: ${reason.means} ${reason.fix}`;
  return news('state', id, [`${driver} ${state}`, about, why].filter(Boolean).join('; '), since);
}

/** What was counted between two looks. A fault that made the state is told as the state. */
export function counterNews(before: DeviceView, now: DeviceView): News[] {
  const found: News[] = [];
  const more = (was: Readonly<Record<string, number>>, is: Readonly<Record<string, number>>) => {
    const earlier = new Map(Object.entries(was));
    return Object.entries(is)
      .map(([name, count]): [string, number] => [name, count - (earlier.get(name) ?? 0)])
      .filter(([, count]) => count > 0);
  };
  for (const [why, bytes] of more(before.counters.discardedBytes, now.counters.discardedBytes))
    found.push(news('discarded', now.id, `${bytes} bytes: ${why}`));
  for (const [code, times] of more(before.counters.faults, now.counters.faults))
    if (code !== now.reason?.code) found.push(news('fault', now.id, times > 1 ? `${code}, ${times} times` : code));
  const repeats = now.counters.repeats - before.counters.repeats;
  if (repeats > 0) found.push(news('repeat', now.id, `the same again, ${repeats} times: no second reading`));
  return found;
}

/** Lets through a device's state only when it is another one: a device that is tried again and again is told once. */
export function changesOnly(tell: (news: News) => void): (news: News) => void {
  const told = new Map<string, string>();
  return (one) => {
    if (one.what !== 'state') return tell(one);
    if (isPassing(one.text) || told.get(one.device) === one.text) return;
    told.set(one.device, one.text);
    tell(one);
  };
}

const isPassing = (text: string) => / (opening|identifying)$/.test(text);
