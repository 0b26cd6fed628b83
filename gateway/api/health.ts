/** Puts the answer of `GET /api/health` together from what each part of the gateway says of itself. */
import type { Health } from '../contract/api.ts';
import { rfc3339 } from '../wall-time.ts';
import type { HutView } from './view.ts';

export async function healthOf(view: HutView): Promise<Health> {
  const store = await view.storeStatus();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    gateway: view.gateway,
    at: rfc3339(Date.now()),
    uptimeSeconds: Math.round(process.uptime()),
    clock: { quality: view.clockQuality() },
    streams: store.streams.map((stream) => ({ ...stream })),
    quarantined: store.quarantined,
    uplink: view.uplink(),
    store: { ...store.condition, fileBytes: store.fileBytes, diskFreeBytes: store.diskFreeBytes },
    memory: { rssBytes: rss, heapUsedBytes: heapUsed },
  };
}
