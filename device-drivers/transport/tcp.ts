/** A TCP connection to a network device, such as a label printer's raw port (9100), or a serial server. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Link, type LinkEvents, LinkOpenError } from '../link.ts';
import { linkOverStream } from './stream-link.ts';

/** Short, for a device that is put back is heard at the next try: the kernel asks again after 1 s, then not before 3 s. */
const connectWithinMs = 1_500;
/** With libuv's ten probes a second apart, a peer that lost its power is noticed after 20 s of silence. */
const keepAliveAfterMs = 10_000;

/** `target`: `HOST:PORT` or `[IPv6]:PORT`. @throws LinkOpenError */
export async function openTcp(target: string, events: LinkEvents): Promise<Link> {
  const { host, port } = parseTarget(target);
  const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveAfterMs });
  await connected(socket, target);

  const { link, shut } = linkOverStream(
    {
      stream: socket,
      async release(unwritten) {
        if (socket.closed) return;
        const closed = once(socket, 'close');
        if (unwritten) socket.destroy();
        else socket.destroySoon();
        await closed;
      },
    },
    events,
  );
  socket.on('end', () => void shut('the device closed the connection'));
  socket.on('close', () => void shut('the connection closed'));
  return link;
}

function connected(socket: Socket, target: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: LinkOpenError) => {
      clearTimeout(deadline);
      socket.destroy();
      reject(error);
    };
    const deadline = setTimeout(
      () => fail(new LinkOpenError('missing', `${target} does not answer within ${connectWithinMs} ms`)),
      connectWithinMs,
    );
    const refused = (error: NodeJS.ErrnoException) => fail(openError(target, error));
    socket.once('error', refused);
    socket.once('connect', () => {
      clearTimeout(deadline);
      socket.off('error', refused);
      resolve();
    });
  });
}

/** Nothing there, as against something that says no. */
const absent = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);

function openError(target: string, { code, message }: NodeJS.ErrnoException): LinkOpenError {
  if (code === 'ECONNREFUSED') return new LinkOpenError('failed', `${target} refuses the connection`);
  if (code === 'EACCES' || code === 'EPERM') return new LinkOpenError('denied', `no rights to connect to ${target}`);
  return new LinkOpenError(code && absent.has(code) ? 'missing' : 'failed', `${target}: ${code ?? message}`);
}

function parseTarget(target: string): { host: string; port: number } {
  const [, v6, name, digits] = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(target) ?? [];
  const host = v6 ?? name;
  const port = Number(digits);
  if (!host || !(port >= 1 && port <= 65_535)) throw new LinkOpenError('failed', `tcp: ${target} is not HOST:PORT`);
  return { host, port };
}
