/**
 * `WS /api/live`: fans the hut's news out to the browsers. A scan reaches an idle page at once; in a flood each page
 * gets at most one flush per `flushEveryMs` with the newest events and counts of the rest. A browser that does not read
 * costs its outbox and nothing else; one that stays stuck is cut off, and resumes when it comes back.
 */
import type { WebSocket } from 'ws';
import type { Clock } from '../../device-drivers/clock.ts';
import type { LiveMessage, LiveQuery } from '../contract/api.ts';
import { greeting } from './greeting.ts';
import { healthOf } from './health.ts';
import { createOutbox } from './outbox.ts';
import type { HutView } from './view.ts';

const flushEveryMs = 100;
const eventsPerFlushMax = 5;
const bufferedBytesMax = 64 * 1024;
const pulseEveryMs = 1_000;
const stuckMs = 10_000;
export const pagesMax = 16;

export interface Live {
  /** Takes over a fresh socket. */
  join(socket: WebSocket, seen: LiveQuery): void;
  stop(): void;
}

interface Page {
  /** Sends what waits, now or when the page may have more. */
  wake(): void;
  send(message: LiveMessage): void;
}

export function startLive({
  view,
  clock,
  demo,
  log,
}: {
  view: HutView;
  clock: Clock;
  demo: boolean;
  log: { warn(fields: object, message: string): void };
}): Live {
  const pages = new Map<Page, ReturnType<typeof createOutbox>>();

  const unsubscribe = view.subscribe((event) => {
    for (const [page, outbox] of pages) {
      outbox.add(event);
      page.wake();
    }
  });

  // The pulse waits for the store: a store that hangs makes every page say that it is not live, which is the truth.
  let cancelPulse = () => {};
  const pulse = async () => {
    if (pages.size > 0) {
      try {
        const message: LiveMessage = {
          type: 'pulse',
          health: await healthOf(view, clock),
          devices: [...view.devices()],
        };
        for (const page of pages.keys()) page.send(message);
      } catch (error) {
        log.warn({ err: error }, 'no pulse for the pages: the store does not tell its status');
      }
    }
    if (!stopped) cancelPulse = clock.after(pulseEveryMs, pulse);
  };
  let stopped = false;
  cancelPulse = clock.after(pulseEveryMs, pulse);

  const join = (socket: WebSocket, seen: LiveQuery) => {
    const outbox = createOutbox({ eventsMax: eventsPerFlushMax });
    let flushedAt = Number.NEGATIVE_INFINITY;
    let freeAt = clock.monotonicMs();
    let cancelFlush: (() => void) | undefined;

    const backedUp = () => {
      const now = clock.monotonicMs();
      if (socket.bufferedAmount <= bufferedBytesMax) freeAt = now;
      else if (now - freeAt > stuckMs) socket.terminate();
      return socket.bufferedAmount > bufferedBytesMax;
    };
    const send = (message: LiveMessage) => {
      if (socket.readyState === socket.OPEN && !backedUp()) socket.send(JSON.stringify(message));
    };
    const flush = () => {
      cancelFlush = undefined;
      if (socket.readyState !== socket.OPEN) return;
      flushedAt = clock.monotonicMs();
      if (backedUp()) cancelFlush = clock.after(flushEveryMs, flush);
      else for (const message of outbox.take()) socket.send(JSON.stringify(message));
    };
    const wake = () => {
      if (cancelFlush) return;
      const waitMs = flushedAt + flushEveryMs - clock.monotonicMs();
      if (waitMs <= 0) flush();
      else cancelFlush = clock.after(waitMs, flush);
    };

    const page: Page = { wake, send };
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      cancelFlush?.();
      pages.delete(page);
    });
    if (stopped || pages.size >= pagesMax) return socket.close(1013, 'too many pages');
    for (const message of greeting(view, seen, demo)) socket.send(JSON.stringify(message));
    pages.set(page, outbox);
    // Not only with the next tick: a page that just loaded wants its figures now.
    healthOf(view, clock).then(
      (health) => send({ type: 'pulse', health, devices: [...view.devices()] }),
      () => {},
    );
  };

  return {
    join,
    stop: () => {
      stopped = true;
      unsubscribe();
      cancelPulse();
    },
  };
}
