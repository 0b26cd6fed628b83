/**
 * The rack's control socket: a Unix socket with JSON lines, so that a shell, a test or another process works the devices.
 *
 *   -> {"id":1,"op":"act","device":"scanner-1","action":"scan","args":{"text":"T0000000001"}}
 *   <- {"id":1,"ok":true,"result":{"scans":1}}
 *   <- {"id":1,"ok":false,"error":{"code":"bad-request","message":"there is no device scanner-9, only scanner-1"}}
 *
 * `op` is devices, state, act or watch; after watch every event of the rack comes as {"event":{…}}.
 */
import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { jsonLine, jsonLines } from './json-lines.ts';
import { type Rack, RackError } from './rack.ts';

const requestId = z.int().min(0);
const request = z.discriminatedUnion('op', [
  z.strictObject({ id: requestId, op: z.literal('devices') }),
  z.strictObject({ id: requestId, op: z.literal('state') }),
  z.strictObject({ id: requestId, op: z.literal('watch') }),
  z.strictObject({
    ...{ id: requestId, op: z.literal('act') },
    ...{ device: z.string(), action: z.string(), args: z.record(z.string(), z.unknown()).default({}) },
  }),
]);

export type Request = z.input<typeof request>;

/** `id` is null where the request had none that could be read. */
export type Response =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | {
      readonly id: number | null;
      readonly ok: false;
      readonly error: { readonly code: string; readonly message: string };
    };

export interface Control {
  /** Answers with this rack from now on; requests that came before have waited. */
  serve(rack: Rack): void;
  /** Ends all connections and removes the socket. */
  close(): Promise<void>;
}

export const controlPath = (dir: string): string => join(dir, 'control.sock');

/** A client that does not read its answers is let go. */
const unreadBytesMax = 4_194_304;
/** sockaddr_un of Linux; libuv would cut a longer one off. */
const socketPathBytesMax = 107;

/** Takes the directory: made before the rack, it keeps a second rack from the same links. @throws when one runs there already. */
export async function openControl(dir: string): Promise<Control> {
  const path = controlPath(dir);
  if (Buffer.byteLength(path) > socketPathBytesMax) {
    throw new Error(
      `${path}: longer than ${socketPathBytesMax} bytes, too long for a socket; choose a shorter directory`,
    );
  }
  mkdirSync(dir, { recursive: true });
  await removeStale(path);

  const sockets = new Set<Socket>();
  const { promise: rack, resolve: serve } = promiseOf<Rack>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    talk(socket, rack);
  });
  server.listen(path);
  await once(server, 'listening');
  chmodSync(path, 0o600);

  return {
    serve,
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function talk(socket: Socket, coming: Promise<Rack>): void {
  let unsubscribe: (() => void) | undefined;
  const send = (line: string) => {
    if (socket.writableLength > unreadBytesMax) socket.destroy();
    else if (socket.writable) socket.write(line);
  };
  const refusal = (id: number | null, code: string, message: string) =>
    jsonLine({ id, ok: false, error: { code, message } } satisfies Response);
  socket.on('error', () => {});
  socket.on('close', () => unsubscribe?.());

  async function answer(value: unknown): Promise<string> {
    const parsed = request.safeParse(value);
    if (!parsed.success) {
      const id = requestId.safeParse((value as { id?: unknown } | null)?.id).data ?? null;
      const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '));
      return refusal(id, 'bad-request', problems.join('; '));
    }
    const { id } = parsed.data;
    try {
      const result = await perform(parsed.data, await coming);
      return jsonLine({ id, ok: true, result: result ?? null } satisfies Response);
    } catch (error) {
      return refusal(id, error instanceof RackError ? error.code : 'failed', (error as Error).message);
    }
  }
  async function perform(asked: z.output<typeof request>, rack: Rack): Promise<unknown> {
    switch (asked.op) {
      case 'devices':
        return rack.devices();
      case 'state':
        return rack.state();
      case 'act':
        return rack.act(asked.device, asked.action, asked.args);
      case 'watch':
        if (!socket.destroyed) unsubscribe ??= rack.subscribe((event) => send(jsonLine({ event })));
        return null;
    }
  }

  socket.on(
    'data',
    jsonLines({
      value: (value) => void answer(value).then(send),
      bad: (why) => send(refusal(null, 'bad-request', why)),
    }),
  );
}

/** A socket that nobody answers on is left over from a killed run. */
async function removeStale(path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (!there.isSocket()) throw new Error(`${path}: is there already and is no socket; it is not overwritten`);
  const probe = createConnection(path);
  const answered = await new Promise<boolean>((resolve) => {
    probe.on('connect', () => resolve(true));
    probe.on('error', () => resolve(false));
  });
  probe.destroy();
  if (answered) throw new Error(`${path}: a rack is running here already`);
  unlinkSync(path);
}

function promiseOf<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
