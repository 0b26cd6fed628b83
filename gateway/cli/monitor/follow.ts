/** Follows the live feed of a running gateway: its devices are its own, and what it tells is masked already. */
import type { WebSocket } from 'ws';
import type { DeviceView, LiveMessage } from '../../contract/api.ts';
import { counterNews, type News, news, stateNews } from './news.ts';

export interface Following {
  /** Resolves with the reason when the gateway ends it. */
  readonly lost: Promise<string>;
  stop(): void;
}

/** `url`: of the gateway's page; `headers`: see localHeaders. Rejects when it cannot be reached. */
export async function followGateway(
  url: string,
  headers: Record<string, string>,
  isWanted: (device: string) => boolean,
  tell: (news: News) => void,
): Promise<Following> {
  const { WebSocket } = await import('ws');
  const socket: WebSocket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/live`, { headers });
  const read = newsReader();
  const lost = new Promise<string>((resolve) => {
    socket.on('close', (_code, reason) => resolve(reason.toString() || 'the gateway ended the connection'));
    socket.on('error', (error) => resolve(error.message));
  });
  socket.on('message', (data) => {
    for (const one of read(JSON.parse(String(data)) as LiveMessage))
      if (one.device === '' || isWanted(one.device)) tell(one);
  });
  return { lost, stop: () => socket.terminate() };
}

/** What a message of the feed tells that was not told before. */
function newsReader(): (message: LiveMessage) => News[] {
  const seen = new Map<string, DeviceView>();
  const look = (device: DeviceView, withCounters: boolean): News[] => {
    const before = seen.get(device.id);
    seen.set(device.id, withCounters || !before ? device : { ...device, counters: before.counters });
    const isNews =
      !before ||
      before.state !== device.state ||
      before.reason?.code !== device.reason?.code ||
      before.since !== device.since;
    return [...(before && withCounters ? counterNews(before, device) : []), ...(isNews ? [stateNews(device)] : [])];
  };
  return (message) => {
    switch (message.type) {
      case 'hello':
        return message.devices.flatMap((device) => look(device, true));
      case 'pulse':
        return message.devices.flatMap((device) => look(device, true));
      case 'device':
        // Its counters are told with the next pulse: one line a second for a noisy line, not one for each byte.
        return look(message.device, false);
      case 'committed':
        // Who signed in and what the gateway did is no device's.
        if (message.stream === 'audit') return [];
        return [
          news(
            'reading',
            message.device ?? '',
            `${message.summary} (${message.eventType} ${message.stream}/${message.seq})`,
            message.at,
          ),
        ];
      case 'missed':
        return message.why === 'too-fast'
          ? [
              news(
                'missed',
                '',
                `${message.count} events of ${message.stream}, too fast to show; they are in the store`,
              ),
            ]
          : [];
      case 'uplink':
        return [
          news(
            'uplink',
            '',
            message.uplink.lastError ? `${message.uplink.state}: ${message.uplink.lastError}` : message.uplink.state,
          ),
        ];
      default:
        return [];
    }
  };
}
