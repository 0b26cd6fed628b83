/** The live socket: connects again for ever, and tells the gateway what this page has seen already. */
import type { LiveMessage } from '../../gateway/contract/api.ts';

const retryFirstMs = 500;
const retryMostMs = 5_000;

export function followLive({
  seen,
  message,
  closed,
}: {
  seen: () => Readonly<Record<string, string | number | undefined>>;
  message: (message: LiveMessage) => void;
  closed: () => void;
}): void {
  let retryMs = retryFirstMs;
  const connect = () => {
    const url = new URL('/api/live', location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    for (const [name, value] of Object.entries(seen()))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const socket = new WebSocket(url);
    socket.onmessage = ({ data }) => {
      retryMs = retryFirstMs;
      message(JSON.parse(data));
    };
    socket.onclose = () => {
      closed();
      setTimeout(connect, retryMs * (0.5 + Math.random() / 2));
      retryMs = Math.min(retryMs * 2, retryMostMs);
    };
  };
  connect();
}
