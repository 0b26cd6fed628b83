/**
 * What waits for one browser. Bounded whatever happens at the other end: of events the newest few are kept and the rest
 * are counted; of a device, a lane, the uplink or the configuration only the latest state is kept. Pure: no socket, no time.
 */
import type { CommittedView, LiveMessage } from '../contract/api.ts';
import type { StreamName } from '../contract/streams.ts';
import type { HutEvent } from './view.ts';

export interface Outbox {
  add(event: HutEvent): void;
  /** All that waits, in the order a page wants it; empties the outbox. At most `eventsMax` + 3 streams + devices + lanes + 3 messages. */
  take(): LiveMessage[];
}

export function createOutbox({ eventsMax }: { eventsMax: number }): Outbox {
  let events: readonly CommittedView[] = [];
  const missed = new Map<StreamName, { count: number; upTo: number }>();
  const devices = new Map<string, LiveMessage>();
  const lanes = new Map<string, LiveMessage>();
  let uplink: LiveMessage | undefined;
  let sampling: LiveMessage | undefined;
  let config: LiveMessage | undefined;

  const miss = ({ stream, seq }: CommittedView) => {
    const sofar = missed.get(stream) ?? { count: 0, upTo: 0 };
    missed.set(stream, { count: sofar.count + 1, upTo: Math.max(sofar.upTo, seq) });
  };

  return {
    add: (event) => {
      if (event.type === 'device') devices.set(event.device.id, { type: 'device', device: event.device });
      else if (event.type === 'lane') lanes.set(event.lane.id, event);
      else if (event.type === 'sampling') sampling = event;
      else if (event.type === 'config') config = event;
      else if (event.type === 'uplink') uplink = { type: 'uplink', uplink: event.uplink };
      else {
        const all = [...events, ...event.events];
        for (const older of all.slice(0, -eventsMax)) miss(older);
        events = all.slice(-eventsMax);
      }
    },
    take: () => {
      const messages: LiveMessage[] = [...lanes.values(), ...devices.values()];
      if (sampling) messages.push(sampling);
      if (uplink) messages.push(uplink);
      if (config) messages.push(config);
      for (const [stream, { count, upTo }] of missed)
        messages.push({ type: 'missed', stream, count, upTo, why: 'too-fast' });
      for (const event of events) messages.push({ type: 'committed', ...event });
      events = [];
      missed.clear();
      devices.clear();
      lanes.clear();
      uplink = undefined;
      sampling = undefined;
      config = undefined;
      return messages;
    },
  };
}
