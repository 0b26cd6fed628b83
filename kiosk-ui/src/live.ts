/** A feed of the gateway over a socket: connects again until it is told to stop. */
const retryFirstMs = 500;
const retryMostMs = 5_000;
/** Ten pulses missed. A connection whose other end went without a word (a tablet out of reach) would never close by itself. */
const silentMs = 10_000;

export interface FeedSetup<Message> {
  /** Such as /api/live; the query may differ with each connection, undefined is left out. */
  readonly path: string;
  readonly query: () => Readonly<Record<string, string | number | undefined>>;
  readonly message: (message: Message) => void;
  /** After each connection that ended, also one that never opened. */
  readonly closed: () => void;
}

/** Returns what ends it; nothing is told after that. */
export function followFeed<Message>({ path, query, message, closed }: FeedSetup<Message>): () => void {
  let retryMs = retryFirstMs;
  let leave = () => {};
  const connect = () => {
    const url = new URL(path, location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    for (const [name, value] of Object.entries(query()))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const socket = new WebSocket(url);
    leave = () => {
      clearTimeout(silence);
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    };
    const end = () => {
      leave();
      const retry = setTimeout(connect, retryMs * (0.5 + Math.random() / 2));
      leave = () => clearTimeout(retry);
      retryMs = Math.min(retryMs * 2, retryMostMs);
      closed();
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
  return () => leave();
}
