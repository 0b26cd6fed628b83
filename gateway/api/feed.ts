/** The hut's news for whoever listens: keeps the last events and passes each on. The composition root speaks, the API listens. */
import type { CommittedView, ConfigView, Cursor, DeviceView, UplinkView } from '../contract/api.ts';
import type { HutSampling, LaneView } from '../contract/lane.ts';
import type { HutEvent } from './view.ts';

export interface Feed {
  /** After its commit, never before. */
  committed(events: readonly CommittedView[]): void;
  device(device: DeviceView): void;
  uplink(uplink: UplinkView): void;
  lane(lane: LaneView): void;
  sampling(sampling: HutSampling): void;
  config(config: ConfigView): void;
  recent(): readonly CommittedView[];
  cursor(): Cursor;
  subscribe(listener: (event: HutEvent) => void): () => void;
}

/** `last`: the store's last sequence numbers at start, so that a page knows what it missed over a restart. */
export function createFeed({ last, eventsMax = 50 }: { last: Cursor; eventsMax?: number }): Feed {
  const cursor: Cursor = { ...last };
  let recent: readonly CommittedView[] = [];
  const listeners = new Set<(event: HutEvent) => void>();
  const tell = (event: HutEvent) => {
    for (const listener of listeners) listener(event);
  };
  return {
    committed: (events) => {
      for (const { stream, seq } of events) cursor[stream] = Math.max(cursor[stream], seq);
      recent = [...recent, ...events.slice(-eventsMax)].slice(-eventsMax);
      tell({ type: 'committed', events });
    },
    device: (device) => tell({ type: 'device', device }),
    uplink: (uplink) => tell({ type: 'uplink', uplink }),
    lane: (lane) => tell({ type: 'lane', lane }),
    sampling: (sampling) => tell({ type: 'sampling', sampling }),
    config: (config) => tell({ type: 'config', config }),
    recent: () => recent,
    cursor: () => ({ ...cursor }),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
