/** A browser's end of the live feed: checks every message against the contract, keeps it, and waits for the one that is asked for. */
import { WebSocket } from 'ws';
import { type LiveMessage, liveMessage } from '../../gateway/contract/api.ts';

export interface LiveClient {
  readonly socket: WebSocket;
  readonly messages: LiveMessage[];
  /** The first message of this type that fits, of those that came or will come. */
  first<T extends LiveMessage['type']>(
    type: T,
    fits?: (message: Extract<LiveMessage, { type: T }>) => boolean,
  ): Promise<Extract<LiveMessage, { type: T }>>;
  close(): void;
}

export async function connectLive(
  apiUrl: string,
  query = '',
  headers: Record<string, string> = {},
): Promise<LiveClient> {
  const socket = new WebSocket(`${apiUrl.replace('http', 'ws')}/api/live${query}`, { headers });
  const messages: LiveMessage[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (text) => {
    messages.push(liveMessage.parse(JSON.parse(String(text))));
    for (const look of waiting) look();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return {
    socket,
    messages,
    first: (type, fits = () => true) =>
      new Promise((resolve) => {
        const look = () => {
          for (const message of messages) {
            if (message.type !== type || !fits(message as never)) continue;
            waiting.delete(look);
            resolve(message as never);
            return;
          }
        };
        waiting.add(look);
        look();
      }),
    close: () => socket.terminate(),
  };
}
