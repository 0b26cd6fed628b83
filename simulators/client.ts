/** The other end of the control socket: works a rack that runs in another process. The protocol is in `control.ts`. */
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import { controlPath, type Request, type Response } from './control.ts';
import { jsonLine, jsonLines } from './json-lines.ts';
import { type Rack, RackError, type RackEvent } from './rack.ts';
import type { DeviceInfo, DeviceState } from './slot.ts';

/** As `Rack`, over the socket. All reject when the rack goes away. */
export interface RackClient extends Pick<Rack, 'act' | 'unplug' | 'plug' | 'faults' | 'heal'> {
  devices(): Promise<readonly DeviceInfo[]>;
  state(): Promise<readonly DeviceState[]>;
  /** Every event of the rack from the moment this resolves. */
  watch(listener: (event: RackEvent) => void): Promise<void>;
  close(): void;
}

type WithoutId<R> = R extends unknown ? Omit<R, 'id'> : never;

/** Rejects when no rack runs in `dir`. */
export async function connectRack(dir: string): Promise<RackClient> {
  const socket = createConnection(controlPath(dir));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (cause) => reject(new Error(`no rack is running in ${dir}`, { cause })));
  });
  return rackClient(socket, `the rack in ${dir}`);
}

/** `socket`: anything with the rack's protocol at its far end; `rack` names that to a person. */
export function rackClient(socket: Duplex, rack: string): RackClient {
  const pending = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  const listeners: ((event: RackEvent) => void)[] = [];
  let lastId = 0;

  socket.on('error', () => {});
  socket.on('close', () => {
    for (const { reject } of pending.values()) reject(new Error(`${rack} went away`));
    pending.clear();
  });
  socket.on(
    'data',
    jsonLines({
      value(value) {
        const message = value as Response | { readonly event: RackEvent };
        if ('event' in message) for (const listener of listeners) listener(message.event);
        else settle(message);
      },
      bad: (why) => socket.destroy(new Error(why)),
    }),
  );

  function settle(response: Response): void {
    if (response.id === null) return;
    const waiting = pending.get(response.id);
    pending.delete(response.id);
    if (response.ok) waiting?.resolve(response.result);
    else waiting?.reject(errorOf(response.error));
  }
  function ask<T>(request: WithoutId<Request>): Promise<T> {
    if (!socket.writable) return Promise.reject(new Error(`${rack} went away`));
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      pending.set(id, { resolve: resolve as (result: unknown) => void, reject });
      socket.write(jsonLine({ id, ...request }));
    });
  }
  const act: Rack['act'] = (device, action, args) =>
    ask({ op: 'act', device, action, args: (args ?? {}) as Record<string, unknown> });

  return {
    devices: () => ask({ op: 'devices' }),
    state: () => ask({ op: 'state' }),
    act,
    unplug: async (id) => void (await act(id, 'unplug')),
    plug: async (id) => void (await act(id, 'plug')),
    faults: async (id, faults) => void (await act(id, 'faults', faults)),
    heal: async (id) => void (await act(id, 'heal')),
    async watch(listener) {
      listeners.push(listener);
      await ask({ op: 'watch' });
    },
    close: () => socket.destroy(),
  };
}

const errorOf = ({ code, message }: { code: string; message: string }): Error =>
  code === 'bad-request' || code === 'refused' ? new RackError(code, message) : new Error(message);
