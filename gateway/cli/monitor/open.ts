/** Opens the devices itself, where no gateway runs: supervised as in a gateway, and nothing is stored or sent. */
import { codeMatcher } from '../../../config/code-pattern.ts';
import type { Config } from '../../../config/load.ts';
import { type Clock, systemClock } from '../../../device-drivers/clock.ts';
import type { Driver } from '../../../device-drivers/driver.ts';
import type { OpenLink } from '../../../device-drivers/link.ts';
import { isPresent, openLink } from '../../../device-drivers/transport/open.ts';
import type { DeviceView } from '../../contract/api.ts';
import { deviceView } from '../../device-view.ts';
import { type ReadingPolicy, readingEvent } from '../../reading-event.ts';
import type { DeviceConfig } from '../../supervisor/device.ts';
import { supervise } from '../../supervisor/supervise.ts';
import { rfc3339 } from '../../wall-time.ts';
import { counterNews, type News, news, stateNews } from './news.ts';

const countEveryMs = 1_000;

export interface OpenParts {
  readonly devices: readonly DeviceConfig[];
  readonly codes: Config['campaign']['codes'];
  readonly drivers: ReadonlyMap<string, Driver>;
  readonly tell: (news: News) => void;
  readonly clock?: Clock;
  readonly links?: { readonly openLink: OpenLink; readonly isPresent: typeof isPresent };
}

/** Returns what ends it; resolves when all devices are closed. */
export function monitorDevices(parts: OpenParts): () => Promise<void> {
  const { devices, drivers, tell, clock = systemClock, links = { openLink, isPresent } } = parts;
  const policy = maskingPolicy(parts.codes);
  const supervisor = supervise({
    ...{ devices, drivers, clock, ...links, random: Math.random },
    events: {
      reading: (device, reading, { wallMs }) => {
        const { summary, type } = readingEvent(device, reading, wallMs, policy);
        tell(news('reading', device, `${summary} (${type})`, rfc3339(wallMs)));
      },
      unrecorded: (device, { code }, { wallMs }) =>
        tell(news('fault', device, `a reading that nobody can place: ${code}`, rfc3339(wallMs))),
      identify: (device, scan, { wallMs }) => {
        const whose = { right: 'its own', other: "another device's", unknown: 'of no device of this hut' }[scan];
        tell(news('reading', device, `identify code: ${whose}`, rfc3339(wallMs)));
      },
      repeat: () => {},
      state: (id, state) => tell(stateNews(deviceView(state, supervisor.counters(id), undefined))),
      fault: (device, { code, detail }) => tell(news('fault', device, detail ? `${code} (${detail})` : code)),
    },
  });
  const views = (): DeviceView[] =>
    supervisor.states().map((state) => deviceView(state, supervisor.counters(state.id), undefined));

  for (const view of views()) tell(stateNews(view));
  let before = new Map(views().map((view) => [view.id, view]));
  let cancel = () => {};
  const count = () => {
    const now = views();
    // Faults were told one by one, with their details.
    for (const view of now)
      for (const one of counterNews(before.get(view.id)!, view)) if (one.what !== 'fault') tell(one);
    before = new Map(now.map((view) => [view.id, view]));
    cancel = clock.after(countEveryMs, count);
  };
  cancel = clock.after(countEveryMs, count);

  return async () => {
    cancel();
    await supervisor.stop();
  };
}

/** Only the summary of an event is shown: nothing is sealed, so nothing needs a key. */
function maskingPolicy(codes: Config['campaign']['codes']): ReadingPolicy {
  return {
    clockQuality: () => 'unsynced',
    personRef: () => '',
    textRef: () => '',
    isCode: codeMatcher(codes),
  };
}
