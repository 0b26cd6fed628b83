/**
 * What a role sees of the hut. A technician sees all of it; a sampler sees sampling, and of the technique whether it works:
 * no readings of devices, no serial numbers, no counts of faults, no configuration.
 */
import type { CommittedView, DeviceView, LiveQuery } from '../contract/api.ts';
import type { Caller } from './caller.ts';
import type { HutEvent, HutView } from './view.ts';

export interface RoleView {
  readonly view: HutView;
  /** What a page says it has seen already, as far as it can see it. */
  seen(query: LiveQuery): LiveQuery;
  /** undefined: nothing of it. */
  event(event: HutEvent): HutEvent | undefined;
}

export function roleView(role: Caller['role'], view: HutView): RoleView {
  if (role !== 'sampler') return { view, seen: (query) => query, event: (event) => event };
  return {
    view: {
      ...view,
      config: undefined,
      devices: () => view.devices().map(stateOnly),
      recent: () => view.recent().filter(isSampling),
    },
    seen: ({ reading: _, audit: __, ...query }) => query,
    event: (event) => {
      if (event.type === 'device') return { ...event, device: stateOnly(event.device) };
      if (event.type === 'config') return undefined;
      if (event.type !== 'committed') return event;
      const events = event.events.filter(isSampling);
      return events.length > 0 ? { ...event, events } : undefined;
    },
  };
}

const isSampling = ({ stream }: CommittedView) => stream === 'sampling';

function stateOnly({ identity: _, refused: __, reason, counters, ...device }: DeviceView): DeviceView {
  return {
    ...device,
    ...(reason && { reason: { code: reason.code, means: reason.means, fix: reason.fix } }),
    counters: {
      frames: counters.frames,
      readings: counters.readings,
      repeats: counters.repeats,
      discardedBytes: {},
      faults: {},
    },
  };
}
