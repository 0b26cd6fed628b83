/** The first messages of a connection: all there is, then what the page has not seen yet, and how much of that is no longer kept. */
import type { LiveMessage, LiveQuery } from '../contract/api.ts';
import { streams } from '../contract/streams.ts';
import type { HutView } from './view.ts';

export function greeting(view: HutView, seen: LiveQuery, demo: boolean): LiveMessage[] {
  const { gateway } = view;
  const cursor = view.cursor();
  const messages: LiveMessage[] = [
    {
      ...{ type: 'hello', gateway, cursor, devices: [...view.devices()], uplink: view.uplink(), demo },
      lanes: [...view.lanes()],
      ...(view.sampling && { sampling: view.sampling() }),
      ...(view.config && { config: view.config() }),
    },
  ];
  const sameEpoch = seen.epoch === gateway.epoch;
  const news = view.recent().filter(({ stream, seq }) => !sameEpoch || seq > (seen[stream] ?? 0));
  for (const stream of streams) {
    const after = seen[stream];
    if (!sameEpoch || after === undefined) continue;
    const kept = news.filter((event) => event.stream === stream);
    const count = cursor[stream] - after - kept.length;
    if (count > 0)
      messages.push({
        type: 'missed',
        stream,
        count,
        upTo: kept[0] ? kept[0].seq - 1 : cursor[stream],
        why: 'not-kept',
      });
  }
  for (const event of news) messages.push({ type: 'committed', ...event });
  return messages;
}
