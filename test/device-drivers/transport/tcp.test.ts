/** Real sockets on the loopback. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Link, LinkLost, LinkOpenError } from '../../../device-drivers/link.ts';
import { openTcp } from '../../../device-drivers/transport/tcp.ts';
import { until } from '../../support/until.ts';

let server: Server;
let target: string;
let peers: Socket[];
let chunks: Buffer[];
let closed: string[];

beforeEach(async () => {
  peers = [];
  chunks = [];
  closed = [];
  server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    peers.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const peer of peers) peer.destroy();
  if (server.listening) await new Promise((done) => server.close(done));
});

const open = (at = target): Promise<Link> =>
  openTcp(at, {
    data: (chunk) => chunks.push(Buffer.from(chunk)),
    closed: (reason) => closed.push(reason),
  });
const peer = () => until('the peer', () => peers.at(-1));

test('bytes pass both ways; what was written before a close of ours arrives', async () => {
  const link = await open();
  const device = await peer();
  const got: Buffer[] = [];
  device.on('data', (chunk) => got.push(chunk)).resume();
  device.write('~HS');
  await until('the bytes', () => Buffer.concat(chunks).toString() === '~HS');
  await link.write(Buffer.alloc(500_000, 'L'), 5_000);
  await link.close();
  await once(device, 'end');
  expect(Buffer.concat(got).length).toBe(500_000);
  expect(closed).toEqual(['closed by us']);
});

test('a printer that takes nothing: the write fails at its deadline and the link with it', async () => {
  const link = await open();
  await peer();
  const write = link.write(Buffer.alloc(32 << 20), 300);
  await expect(write).rejects.toThrow('not taken within 300 ms');
  await until('closed', () => closed.length > 0);
  await expect(link.write(Buffer.from('next person'), 300)).rejects.toBeInstanceOf(LinkLost);
  expect(closed).toEqual(['a write was not taken within 300 ms']);
});

test('paused, nothing is handed over; resumed, nothing is lost', async () => {
  const link = await open();
  const device = await peer();
  link.pause();
  const written = new Promise((done) => device.write(Buffer.alloc(32 << 20), done));
  device.end();
  link.resume();
  await written;
  await until('closed', () => closed.length > 0);
  expect(chunks.reduce((sum, { length }) => sum + length, 0)).toBe(32 << 20);
});

test.each([
  ['a close', (device: Socket) => device.end(), 'the device closed the connection'],
  ['a reset', (device: Socket) => device.resetAndDestroy(), 'the connection failed (read ECONNRESET)'],
])('%s by the device is told once', async (_, lose, reason) => {
  await open();
  lose(await peer());
  await until('closed', () => closed.length > 0);
  expect(closed).toEqual([reason]);
});

test.each([
  ['127.0.0.1:1', 'failed', 'refuses the connection'],
  ['printer.invalid:9100', 'missing', /printer\.invalid:9100: E/],
  ['127.0.0.1', 'failed', 'is not HOST:PORT'],
  ['127.0.0.1:99999', 'failed', 'is not HOST:PORT'],
  [':9100', 'failed', 'is not HOST:PORT'],
])('%s cannot be opened: %s', async (at, why, message) => {
  const opening = open(at);
  await expect(opening).rejects.toBeInstanceOf(LinkOpenError);
  await expect(opening).rejects.toMatchObject({ why });
  await expect(opening).rejects.toThrow(message);
});

test('IPv6 addresses stand in brackets', async () => {
  await expect(open('[::1]:1')).rejects.toMatchObject({ why: expect.stringMatching(/failed|missing/) });
});
