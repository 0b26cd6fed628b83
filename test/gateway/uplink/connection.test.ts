import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../../device-drivers/clock.ts';
import { type ConnectionEnd, type ConnectionOptions, openConnection } from '../../../gateway/uplink/connection.ts';

let server: Server;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** A broker made of bytes: says what no broker on this machine can be made to say (MQTT 5, 3.2 and 3.14). */
async function brokerThatSays(...answers: Buffer[]): Promise<number> {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', () => {
      const answer = answers.shift();
      if (answer) socket.write(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

const options = (port: number): ConnectionOptions => ({
  url: `mqtt://127.0.0.1:${port}`,
  clientId: 'hut-0417',
  version: 5,
  will: { topic: 'will', payload: '{}' },
  keepaliveSeconds: 30,
  connectWithinMs: 5_000,
  ackWithinMs: 5_000,
  clock: systemClock,
});

const connack = Buffer.from([0x20, 0x03, 0x00, 0x00, 0x00]);

function endOf(more: ConnectionOptions, connected: (connection: ReturnType<typeof openConnection>) => void = () => {}) {
  return new Promise<ConnectionEnd>((resolve) => {
    const connection = openConnection(more, { connected: () => connected(connection), message() {}, closed: resolve });
  });
}

test('a session taken over is told as such: two huts have one id', async () => {
  const takenOver = Buffer.from([0xe0, 0x02, 0x8e, 0x00]);
  const port = await brokerThatSays(Buffer.concat([connack, takenOver]));
  const ended = endOf(options(port));
  await new Promise((resolve) => server.once('connection', (socket) => socket.once('data', resolve)));
  setImmediate(() => sockets[0]!.end());
  expect(await ended).toEqual({ why: 'closed', detail: 'session taken over: another client uses the id of this hut' });
});

test('a broker of MQTT 3.1.1 is recognised by its refusal', async () => {
  const port = await brokerThatSays(Buffer.from([0x20, 0x02, 0x00, 0x01]));
  expect((await endOf(options(port))).why).toBe('version');
});

test('no acknowledgement in time ends the connection', async () => {
  const port = await brokerThatSays(connack);
  const end = await endOf({ ...options(port), ackWithinMs: 50 }, (connection) => connection.publish('t', 'x'));
  expect(end).toEqual({ why: 'stalled', detail: 'the broker acknowledged nothing for 50 ms' });
});

test('a megabyte of garbage instead of a broker ends the connection, and is tried again like any other', async () => {
  const port = await brokerThatSays(Buffer.alloc(1 << 20, 0xf7));
  const end = await endOf({ ...options(port), connectWithinMs: 500 });
  expect(end.why).toBe('closed');
});
