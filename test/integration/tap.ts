/** A wire to the broker that keeps a copy of every byte of both directions, and can go dead without closing, as a network does. */
import { connect, createServer, type Socket } from 'node:net';

export interface Tap {
  readonly url: string;
  /** Connections taken since the start, also while dead. */
  readonly connections: number;
  /** All bytes so far. */
  bytes(): Buffer;
  /** True: nothing gets through and nothing closes; new connections are taken and hear nothing. False: bytes flow again. */
  setDead(dead: boolean): void;
  stop(): Promise<void>;
}

export async function startTap(brokerPort: number): Promise<Tap> {
  const copies: Buffer[] = [];
  const sockets = new Set<Socket>();
  let dead = false;
  let connections = 0;

  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    if (dead) socket.pause();
  };
  const pass = (from: Socket, to: Socket) => {
    from.on('data', (chunk) => {
      copies.push(chunk);
      to.write(chunk);
    });
    from.on('close', () => to.destroy());
  };
  const server = createServer({ noDelay: true }, (hut) => {
    connections += 1;
    const broker = connect({ port: brokerPort, host: '127.0.0.1', noDelay: true });
    pass(hut, broker);
    pass(broker, hut);
    keep(hut);
    keep(broker);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };

  return {
    url: `mqtt://127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    bytes: () => Buffer.concat(copies),
    setDead(now) {
      dead = now;
      for (const socket of sockets) dead ? socket.pause() : socket.resume();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
