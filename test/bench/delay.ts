/** A TCP relay that holds every byte back for `delayMs` each way: the round trip to a broker far away. */
import { connect, createServer, type Socket } from 'node:net';

export function startDelay(
  target: { host: string; port: number },
  delayMs: number,
): Promise<{ port: number; stop(): void }> {
  const sockets = new Set<Socket>();
  const relay = (from: Socket, to: Socket) => {
    from.on('data', (chunk) => {
      // Bounded like a link of this length is: what is on its way is held, the rest waits at the sender.
      setTimeout(() => to.writable && to.write(chunk), delayMs);
    });
    from.on('close', () => setTimeout(() => to.destroy(), delayMs));
    from.on('error', () => {});
  };
  const server = createServer((near) => {
    const far = connect(target);
    for (const socket of [near, far]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('close', () => sockets.delete(socket));
    }
    relay(near, far);
    relay(far, near);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      resolve({
        port,
        stop() {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}
