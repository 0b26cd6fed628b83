/** Puts the answer of `GET /api/health` together from what each part of the gateway says of itself. */
import type { Clock } from '../../device-drivers/clock.ts';
import type { Health } from '../contract/api.ts';
import { rfc3339 } from '../wall-time.ts';
import { ApiProblem } from './problem.ts';
import type { HutView } from './view.ts';

const statusWithinMs = 2_000;

/** Rejects with ApiProblem when the store does not tell its status in time. */
export async function healthOf(view: HutView, clock: Clock): Promise<Health> {
  const store = await withinMs(clock, statusWithinMs, view.storeStatus());
  const { rss, heapUsed } = process.memoryUsage();
  return {
    gateway: view.gateway,
    at: rfc3339(clock.wallMs()),
    uptimeSeconds: Math.round(process.uptime()),
    clock: { quality: view.clockQuality() },
    streams: store.streams.map((stream) => ({ ...stream })),
    quarantined: store.quarantined,
    uplink: view.uplink(),
    store: { ...store.condition, fileBytes: store.fileBytes, diskFreeBytes: store.diskFreeBytes },
    memory: { rssBytes: rss, heapUsedBytes: heapUsed },
  };
}

function withinMs<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () =>
      reject(new ApiProblem(503, 'store-silent', `The store did not tell its status within ${ms} ms.`)),
    );
    work.then(resolve, reject).finally(cancel);
  });
}
