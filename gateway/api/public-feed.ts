/**
 * `WS /api/public`: the screen for the queue, and a sign of life for a page before anybody has signed in. Nothing but
 * what its schema holds: a slot, a surname with a star, an icon.
 */
import type { WebSocket } from 'ws';
import type { Clock } from '../../device-drivers/clock.ts';
import type { PublicMessage, SignInView } from '../contract/lane.ts';
import { slowReader } from './slow-reader.ts';
import type { HutView } from './view.ts';

const pulseEveryMs = 1_000;
export const publicPagesMax = 16;

export interface PublicFeed {
  /** Takes over a fresh socket. `lane`: only this one's persons. */
  join(socket: WebSocket, lane: string | undefined): void;
  stop(): void;
}

export function startPublicFeed({
  view,
  clock,
  demo,
  lanes,
}: {
  view: HutView;
  clock: Clock;
  demo: boolean;
  lanes: () => SignInView['lanes'];
}): PublicFeed {
  const pages = new Map<(message: PublicMessage) => void, string | undefined>();
  const pulseMessage = (): PublicMessage => ({
    ...{ type: 'pulse', lanes: lanes(), site: view.gateway.site.name, demo },
  });

  const unsubscribe = view.publicNews?.((lane, message) => {
    for (const [send, wanted] of pages) if (wanted === undefined || wanted === lane) send(message);
  });

  let stopped = false;
  let cancelPulse = () => {};
  const pulse = () => {
    const message = pulseMessage();
    for (const send of pages.keys()) send(message);
    cancelPulse = clock.after(pulseEveryMs, pulse);
  };
  cancelPulse = clock.after(pulseEveryMs, pulse);

  return {
    join(socket, lane) {
      const isBackedUp = slowReader(socket, clock);
      const send = (message: PublicMessage) => {
        if (socket.readyState === socket.OPEN && !isBackedUp()) socket.send(JSON.stringify(message));
      };
      socket.on('error', () => socket.terminate());
      socket.on('close', () => pages.delete(send));
      if (stopped || pages.size >= publicPagesMax) return socket.close(1013, 'too many pages');
      pages.set(send, lane);
      send(pulseMessage());
    },
    stop() {
      stopped = true;
      unsubscribe?.();
      cancelPulse();
    },
  };
}
