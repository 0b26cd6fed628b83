/**
 * What a sampler sees and taps, from outside: the hut's own API with a signed-in session, and its live feed, which is
 * joined again as soon as it breaks. Of each answer it is known when it was on the screen.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Clock } from '../../device-drivers/clock.ts';
import type { DeviceView, Health, LiveMessage } from '../../gateway/contract/api.ts';
import type { LaneAction, LaneView, Said } from '../../gateway/contract/lane.ts';

/** What was going on is not known any more: the feed broke, or no answer came. Look again, and go on from there. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export interface Answer {
  readonly said: Said;
  readonly view: LaneView;
  /** Monotonic: when the screen had it. */
  readonly atMs: number;
}

export interface Page {
  /** With the PIN of the badge that was just scanned on the lane. False: no badge waits there, or nobody answers. */
  signIn(lane: string, pin: string): Promise<boolean>;
  act(lane: string, action: LaneAction): Promise<void>;
  /** Joins the live feed with the sessions so far, now and again after each break. */
  watch(): void;
  /** As last shown. Throws Interrupted while nothing is. */
  view(lane: string): LaneView;
  /** Resolves when the feed is there and the device is ready. */
  ready(device: string): Promise<void>;
  /** The next answer of the lane after the one that is shown. Rejects with Interrupted. */
  answer(lane: string, withinMs: number): Promise<Answer>;
  readonly health: Health | undefined;
  /** Since the page began. */
  readonly breaks: number;
  /** Times that the hut did not know the session any more. */
  readonly signedOut: number;
  readonly isStopped: boolean;
  stop(): void;
}

export interface PageParts {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly clock: Clock;
  /** Every new answer on any lane as the page has it; after a break the last one again. */
  readonly said?: (lane: string, said: Said, epoch: string) => void;
  /** The first message of each joining. */
  readonly joined?: (lanes: readonly LaneView[]) => void;
}

const joinAgainMs = 30;

export function createPage({ url, clock, ...told }: PageParts): Page {
  const lanes = new Map<string, LaneView>();
  const devices = new Map<string, DeviceView>();
  const changed = new Set<() => void>();
  const broken = new Set<(reason: Interrupted) => void>();
  let cookie = '';
  let socket: WebSocket | undefined;
  let isLive = false;
  let isStopped = false;
  let health: Health | undefined;
  let epoch = '';
  let breaks = 0;
  let signedOut = 0;

  const post = (path: string, body: object) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(cookie !== '' && { cookie }) },
      body: JSON.stringify(body),
    });

  function join(): void {
    if (isStopped) return;
    const mine = new WebSocket(`${url.replace('http', 'ws')}/api/live`, { headers: { cookie } });
    socket = mine;
    mine.on('message', (text) => receive(JSON.parse(String(text)) as LiveMessage, clock.monotonicMs()));
    mine.on('unexpected-response', (_request, response) => {
      if (response.statusCode === 401) signedOut += 1;
      mine.terminate();
    });
    mine.on('error', () => {});
    mine.on('close', () => {
      if (isLive) breaks += 1;
      isLive = false;
      lanes.clear();
      devices.clear();
      for (const reject of broken) reject(new Interrupted('the feed broke'));
      clock.after(joinAgainMs, join);
    });
  }

  function receive(message: LiveMessage, atMs: number): void {
    switch (message.type) {
      case 'hello':
        isLive = true;
        epoch = message.gateway.epoch;
        for (const device of message.devices) devices.set(device.id, device);
        for (const lane of message.lanes) {
          lanes.set(lane.id, lane);
          if (lane.said) told.said?.(lane.id, lane.said, epoch);
        }
        told.joined?.(message.lanes);
        break;
      case 'lane': {
        const before = lanes.get(message.lane.id)?.said?.id;
        lanes.set(message.lane.id, message.lane);
        const { said } = message.lane;
        if (said && said.id !== before) {
          told.said?.(message.lane.id, said, epoch);
          answered.get(message.lane.id)?.({ said, view: message.lane, atMs });
        }
        break;
      }
      case 'device':
        devices.set(message.device.id, message.device);
        break;
      case 'pulse':
        health = message.health;
        for (const device of message.devices) devices.set(device.id, device);
        break;
    }
    for (const look of changed) look();
  }
  const answered = new Map<string, (answer: Answer) => void>();

  return {
    async signIn(lane, pin) {
      try {
        const response = await post('/api/sign-in', { lane, pin });
        if (!response.ok) return false;
        cookie = response.headers.get('set-cookie')!.split(';')[0]!;
        return true;
      } catch {
        return false;
      }
    },
    async act(lane, action) {
      const response = await post(`/api/lanes/${lane}/actions`, action).catch(() => undefined);
      if (!response) throw new Interrupted('the page cannot be reached');
      if (!response.ok) throw new Interrupted(`${action.action} was answered with ${response.status}`);
    },
    watch() {
      if (!socket) return join();
      // A page that is joined already comes again with its new cookie.
      isLive = false;
      socket.terminate();
    },
    view(lane) {
      const view = lanes.get(lane);
      if (!view) throw new Interrupted('nothing is shown');
      return view;
    },
    ready: (device) =>
      new Promise((resolve) => {
        const look = () => {
          const state = devices.get(device)?.state;
          if (!isStopped && !(isLive && (state === 'ready' || state === 'degraded'))) return;
          changed.delete(look);
          resolve();
        };
        changed.add(look);
        look();
      }),
    async answer(lane, withinMs) {
      const over = new AbortController();
      try {
        return await new Promise<Answer>((resolve, reject) => {
          if (!isLive) reject(new Interrupted('the feed is not there'));
          answered.set(lane, resolve);
          broken.add(reject);
          over.signal.addEventListener('abort', () => broken.delete(reject));
          pause(withinMs, undefined, { signal: over.signal, ref: false }).then(
            () => reject(new Interrupted(`no answer within ${withinMs} ms`)),
            () => {},
          );
        });
      } finally {
        over.abort();
        answered.delete(lane);
      }
    },
    get health() {
      return health;
    },
    get breaks() {
      return breaks;
    },
    get signedOut() {
      return signedOut;
    },
    get isStopped() {
      return isStopped;
    },
    stop() {
      isStopped = true;
      socket?.terminate();
      for (const look of changed) look();
    },
  };
}
