/**
 * An embedded MQTT 3.1.1 broker (aedes) for the demo and for tests, with the faults that real ones show: it stops and
 * comes back, drops connections, acknowledges nothing, loses what it acknowledged, chokes on one message.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type PublishPacket } from 'aedes';

export interface BrokerOptions {
  readonly host?: string;
  /** 0 takes any free port, and keeps it over stop and start. */
  readonly port?: number;
  /** Passwords by user name; without it everybody may connect. */
  readonly users?: ReadonlyMap<string, string>;
}

export interface BrokerFaults {
  /** False: takes messages and answers PING, but sends no PUBACK. */
  acknowledge: boolean;
  /** A payload with this text closes the connection that it came on, unacknowledged. */
  closeOn: string | undefined;
  /** Messages on these topics are acknowledged and never handed on. */
  lose: ((topic: string) => boolean) | undefined;
}

export interface Broker {
  readonly url: string;
  readonly port: number;
  readonly running: boolean;
  readonly faults: BrokerFaults;
  /** Connections that got their CONNACK since the broker was made. */
  readonly accepted: number;
  start(): Promise<void>;
  /** As a kill would: connections are cut, retained messages are forgotten. */
  stop(): Promise<void>;
  dropConnections(): void;
}

export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const host = options.host ?? '127.0.0.1';
  const sockets = new Set<Socket>();
  const faults: BrokerFaults = { acknowledge: true, closeOn: undefined, lose: undefined };
  let port = options.port ?? 0;
  let accepted = 0;
  let running: { server: Server; aedes: Aedes } | undefined;

  const mayPublish = (packet: PublishPacket): Error | null => {
    if (faults.closeOn !== undefined && Buffer.from(packet.payload).includes(faults.closeOn))
      return new Error('the broker chokes on this message');
    // aedes acknowledges by the QoS of the packet that it goes on with.
    if (!faults.acknowledge) packet.qos = 0;
    return null;
  };

  const broker: Broker = {
    get url() {
      return `mqtt://${host}:${port}`;
    },
    get port() {
      return port;
    },
    get running() {
      return running !== undefined;
    },
    get accepted() {
      return accepted;
    },
    faults,
    async start() {
      if (running) return;
      const aedes = await Aedes.createBroker({
        drainTimeout: 30_000,
        // More than a window's worth of batches per hut may wait for a slow subscriber.
        concurrency: 1_000,
        authenticate: (_client, user, password, done) =>
          done(null, !options.users || options.users.get(user ?? '') === password?.toString()),
        authorizePublish: (_client, packet, done) => done(mayPublish(packet)),
        authorizeForward: (_client, packet) => (faults.lose?.(packet.topic) ? null : packet),
      });
      aedes.on('clientReady', () => {
        accepted += 1;
      });
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('close', () => sockets.delete(socket));
        aedes.handle(socket);
      });
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
      port = (server.address() as { port: number }).port;
      running = { server, aedes };
    },
    async stop() {
      if (!running) return;
      const { server, aedes } = running;
      running = undefined;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      broker.dropConnections();
      await closed;
      await new Promise<void>((resolve) => aedes.close(resolve));
    },
    dropConnections() {
      for (const socket of sockets) socket.destroy();
    },
  };
  await broker.start();
  return broker;
}
