/** The live socket: connects again for ever, and tells the gateway what this page has seen already. */
import type { LiveMessage } from '../../gateway/contract/api.ts';

const retryFirstMs = 500;
const retryMostMs = 5_000;
/** Ten pulses missed. A connection whose other end went without a word (a tablet out of reach) would never close by itself. */
const silentMs = 10_000;

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
    const end = () => {
      clearTimeout(silence);
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
      closed();
      setTimeout(connect, retryMs * (0.5 + Math.random() / 2));
      retryMs = Math.min(retryMs * 2, retryMostMs);
    };
    let silence = setTimeout(end, silentMs);
    socket.onmessage = ({ data }) => {
      clearTimeout(silence);
      silence = setTimeout(end, silentMs);
      retryMs = retryFirstMs;
      message(JSON.parse(data));
    };
    socket.onclose = end;
  };
  connect();
}
