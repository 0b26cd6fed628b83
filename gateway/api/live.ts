/**
 * `WS /api/live`: fans the hut's news out to the browsers. A scan reaches an idle page at once; in a flood each page
 * gets at most one flush per `flushEveryMs` with the newest events and counts of the rest. A browser that does not read
 * costs its outbox and nothing else; one that stays stuck is cut off, and resumes when it comes back.
 */
import type { WebSocket } from 'ws';
import type { Clock } from '../../device-drivers/clock.ts';
import type { LiveMessage, LiveQuery } from '../contract/api.ts';
import type { Caller } from './caller.ts';
import { greeting } from './greeting.ts';
import { healthOf } from './health.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { type RoleView, roleView } from './role-view.ts';
import { slowReader } from './slow-reader.ts';
import type { HutView } from './view.ts';

const flushEveryMs = 100;
/** A lane's answer does not wait for the news before it: somebody stands there and listens for it. */
const laneEveryMs = 20;
const eventsPerFlushMax = 5;
const pulseEveryMs = 1_000;
export const pagesMax = 16;
/** Of 4000 to 4999, which RFC 6455 leaves to applications. */
export const closeSignedOut = 4401;

export interface Live {
  /** Takes over a fresh socket. Ends it with `closeSignedOut` when the last session of the caller is over. */
  join(socket: WebSocket, seen: LiveQuery, caller: Caller): void;
  stop(): void;
}

interface Page {
  /** Sends what waits: now, or `everyMs` after the last time. */
  wake(everyMs: number): void;
  send(message: LiveMessage): void;
  readonly seen: RoleView;
  readonly outbox: Outbox;
}

export function startLive({
  view,
  clock,
  demo,
  log,
  onSessionOver,
}: {
  view: HutView;
  clock: Clock;
  demo: boolean;
  log: { warn(fields: object, message: string): void };
  onSessionOver: (listener: (key: string) => void) => () => void;
}): Live {
  const pages = new Set<Page>();

  const unsubscribe = view.subscribe((event) => {
    for (const { seen, outbox, wake } of pages) {
      const shown = seen.event(event);
      if (!shown) continue;
      outbox.add(shown);
      wake(event.type === 'lane' ? laneEveryMs : flushEveryMs);
    }
  });

  // The pulse waits for the store: a store that hangs makes every page say that it is not live, which is the truth.
  let cancelPulse = () => {};
  const pulse = async () => {
    if (pages.size > 0) {
      try {
        const health = await healthOf(view, clock);
        for (const { send, seen } of pages) send({ type: 'pulse', health, devices: [...seen.view.devices()] });
      } catch (error) {
        log.warn({ err: error }, 'no pulse for the pages: the store does not tell its status');
      }
    }
    if (!stopped) cancelPulse = clock.after(pulseEveryMs, pulse);
  };
  let stopped = false;
  cancelPulse = clock.after(pulseEveryMs, pulse);

  const join = (socket: WebSocket, query: LiveQuery, caller: Caller) => {
    const seen = roleView(caller.role, view);
    const outbox = createOutbox({ eventsMax: eventsPerFlushMax });
    const backedUp = slowReader(socket, clock);
    let flushedAt = Number.NEGATIVE_INFINITY;
    let flushAt = Number.POSITIVE_INFINITY;
    let cancelFlush = () => {};

    const send = (message: LiveMessage) => {
      if (socket.readyState === socket.OPEN && !backedUp()) socket.send(JSON.stringify(message));
    };
    const flush = () => {
      flushAt = Number.POSITIVE_INFINITY;
      if (socket.readyState !== socket.OPEN) return;
      flushedAt = clock.monotonicMs();
      if (backedUp()) flushNoLaterThan(flushedAt + flushEveryMs);
      else for (const message of outbox.take()) socket.send(JSON.stringify(message));
    };
    const flushNoLaterThan = (atMs: number) => {
      if (flushAt <= atMs) return;
      cancelFlush();
      flushAt = atMs;
      const waitMs = atMs - clock.monotonicMs();
      if (waitMs > 0) cancelFlush = clock.after(waitMs, flush);
      // What is told in one go is sent in one go: the commit, what it changed on the lane, and the hut's figures.
      else queueMicrotask(flush);
    };
    const wake = (everyMs: number) => flushNoLaterThan(flushedAt + everyMs);

    const page: Page = { wake, send, seen, outbox };
    const sessions = new Set(caller.sessions.map(({ key }) => key));
    const forget = onSessionOver((key) => {
      if (sessions.delete(key) && sessions.size === 0) socket.close(closeSignedOut, 'signed out');
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      forget();
      cancelFlush();
      pages.delete(page);
    });
    if (stopped || pages.size >= pagesMax) return socket.close(1013, 'too many pages');
    for (const message of greeting(seen.view, seen.seen(query), demo)) socket.send(JSON.stringify(message));
    pages.add(page);
    // Not only with the next tick: a page that just loaded wants its figures now.
    healthOf(view, clock).then(
      (health) => send({ type: 'pulse', health, devices: [...seen.view.devices()] }),
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
