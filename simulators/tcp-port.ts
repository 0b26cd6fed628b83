/** A simulated network device: a loopback TCP port such as a label printer's 9100. One connection counts at a time, the newest. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface TcpPort {
  readonly port: number;
  /** Resolves when the kernel has taken all bytes. Rejects when nobody is connected or the connection breaks first. */
  write(bytes: Uint8Array): Promise<void>;
  onData(listener: (chunk: Uint8Array) => void): void;
  /** The connection is reset and the port refuses from now on. Idempotent. */
  hangUp(): void;
  /** Hangs up and waits until the port is free again. Idempotent. */
  close(): Promise<void>;
}

/** @param port 0 takes any free one. Rejects when the port is taken. */
export async function createTcpPort({ port }: { port: number }): Promise<TcpPort> {
  const listeners: ((chunk: Uint8Array) => void)[] = [];
  let current: Socket | undefined;
  const server = createServer({ noDelay: true }, (socket) => {
    current?.destroy();
    current = socket;
    socket.on('data', (chunk) => {
      for (const listener of listeners) listener(chunk);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (current === socket) current = undefined;
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const closed = once(server, 'close');

  const tcpPort: TcpPort = {
    port: (server.address() as AddressInfo).port,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (current === undefined) reject(new Error('nobody is connected to the simulated port'));
        else current.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    onData(listener) {
      listeners.push(listener);
    },
    hangUp() {
      if (!server.listening) return;
      server.close();
      // Once the peer is gone there is nobody to reset, and Node would keep the handle for ever: at exit it waits for it in a spin.
      if (current?.writable) current.resetAndDestroy();
      else current?.destroy();
    },
    async close() {
      tcpPort.hangUp();
      await closed;
    },
  };
  return tcpPort;
}
