/** The API over real HTTP and WebSockets on loopback; the hut behind it is a fake view. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Api, startApi } from '../../../gateway/api/api.ts';
import { pagesMax } from '../../../gateway/api/live.ts';
import { apiError, demoView, deviceView, health } from '../../../gateway/contract/api.ts';
import { createFakeHut, type FakeHut, fakeDevice } from '../../support/fake-hut.ts';
import { connectLive, type LiveClient } from '../../support/live-client.ts';
import { until } from '../../support/until.ts';

const log = pino({ level: 'silent' });
let hut: FakeHut;
let api: Api;
let staticDir: string;
const clients: LiveClient[] = [];

const start = (options: { demo?: boolean } = {}) =>
  startApi({
    listen: { host: '127.0.0.1', port: 0 },
    view: hut.view,
    ...(options.demo && { demo: hut.demo }),
    staticDir,
    log,
  });
const live = async (query = '', headers = {}) => {
  const client = await connectLive(api.url, query, headers);
  clients.push(client);
  return client;
};
/** fetch sets Host itself; this does not. */
const get = (path: string, headers: Record<string, string>) =>
  new Promise<number>((resolve, reject) => {
    request(api.url + path, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on('error', reject)
      .end();
  });
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(api.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

beforeEach(async () => {
  staticDir = mkdtempSync(join(tmpdir(), 'hutgate-page-'));
  mkdirSync(join(staticDir, 'assets'));
  writeFileSync(join(staticDir, 'index.html'), '<!doctype html><title>hut</title>');
  writeFileSync(join(staticDir, 'assets', 'index-1234.js'), '');
  hut = createFakeHut();
  api = await start();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await api.close();
  rmSync(staticDir, { recursive: true });
});

describe('HTTP', () => {
  test('health and devices keep their contract', async () => {
    hut.commit('T2211070042');
    const answer = health.parse(await (await fetch(`${api.url}/api/health`)).json());
    expect(answer.streams).toContainEqual(expect.objectContaining({ stream: 'reading', lastSeq: 1, pending: 1 }));
    expect(answer).toMatchObject({ gateway: { id: 'hut-0417', epoch: 'epoch-1' }, clock: { quality: 'synced' } });
    const devices = z.array(deviceView).parse(await (await fetch(`${api.url}/api/devices`)).json());
    expect(devices.map(({ id }) => id)).toEqual(['scanner-1', 'card-1', 'printer-1', 'box-1']);
  });

  test('a store that hangs is an answer, not a hanging request', async () => {
    hut.hang(true);
    const response = await fetch(`${api.url}/api/health`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: 'store-silent' } });
  });

  test('the page comes with a policy that runs nothing but its own files', async () => {
    const page = await fetch(`${api.url}/`);
    expect(await page.text()).toContain('<title>hut</title>');
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const asset = await fetch(`${api.url}/assets/index-1234.js`);
    expect(asset.headers.get('cache-control')).toContain('immutable');
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/assets/..%2f..%2fpackage.json'])
      expect((await fetch(api.url + path)).status).toBe(404);
  });

  test('a page that is not built says how to build it', async () => {
    await api.close();
    rmSync(join(staticDir, 'index.html'));
    api = await start();
    const response = await fetch(`${api.url}/`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining('npm run build') } });
  });

  test('rebound names and other pages are refused, for the feed too', async () => {
    const { host } = new URL(api.url);
    expect(await get('/api/health', { host })).toBe(200);
    expect(await get('/api/health', { host: 'rebound.example' })).toBe(421);
    expect(await get('/api/health', { host, origin: 'http://evil.example' })).toBe(403);
    expect(await get('/', { host: 'rebound.example' })).toBe(421);
    await expect(live('', { origin: 'http://evil.example' })).rejects.toThrow('403');
    await expect(live('', { host: 'rebound.example' })).rejects.toThrow('421');
    await expect(live('', { origin: api.url })).resolves.toBeDefined();
  });

  test('a taken port rejects', async () => {
    const { port } = new URL(api.url);
    const second = startApi({ listen: { host: '127.0.0.1', port: Number(port) }, view: hut.view, staticDir, log });
    await expect(second).rejects.toThrow('EADDRINUSE');
  });

  test('closes at once, whoever is connected', async () => {
    const client = await live();
    const half = connect(Number(new URL(api.url).port), '127.0.0.1');
    half.on('error', () => {});
    half.write('GET /api/health HTTP/1.1\r\nHost: 127');
    const gone = new Promise((resolve) => client.socket.once('close', resolve));
    await api.close();
    await gone;
    half.destroy();
  });
});

describe('the live feed', () => {
  test('greets with all there is, then tells each commit and change', async () => {
    hut.commit('T2211070041');
    const page = await live();
    expect(await page.first('hello')).toMatchObject({ cursor: { reading: 1 }, devices: { length: 4 }, demo: false });
    expect(await page.first('committed')).toMatchObject({ seq: 1, summary: 'T2211070041' });
    expect((await page.first('pulse')).health.streams).toContainEqual(expect.objectContaining({ pending: 1 }));
    hut.commit('T2211070042');
    await page.first('committed', ({ seq }) => seq === 2);
    hut.setDevice(fakeDevice('card-1', 'id-reader', 'id-sam', { state: 'missing' }));
    expect(await page.first('device')).toMatchObject({ device: { id: 'card-1', state: 'missing' } });
    hut.setUplink({ state: 'offline', since: '2022-11-07T07:14:00+08:00', confirm: 'central', reconnects: 3 });
    expect(await page.first('uplink')).toMatchObject({ uplink: { state: 'offline' } });
  });

  test('a page that comes back gets what it has not seen, and no more', async () => {
    for (let i = 1; i <= 5; i++) hut.commit(`T221107000${i}`);
    const page = await live('?epoch=epoch-1&reading=3&sampling=0');
    await page.first('pulse');
    expect(page.messages.flatMap((m) => (m.type === 'committed' ? [m.seq] : []))).toEqual([4, 5]);
    expect(page.messages.some(({ type }) => type === 'missed')).toBe(false);
  });

  test('says what it no longer has', async () => {
    for (let i = 0; i < 80; i++) hut.commit('T2211070001');
    const page = await live('?epoch=epoch-1&reading=10');
    expect(await page.first('missed')).toEqual({
      type: 'missed',
      stream: 'reading',
      count: 20,
      upTo: 30,
      why: 'not-kept',
    });
    await page.first('committed', ({ seq }) => seq === 80);
  });

  test('of another epoch nothing counts as seen', async () => {
    hut.commit('T2211070001');
    const page = await live('?epoch=older&reading=999');
    expect(await page.first('committed')).toMatchObject({ seq: 1 });
  });

  test.each(['?reading=-1', '?reading=many', '?who=me', `?epoch=${'x'.repeat(65)}`])('refuses %s', async (query) => {
    await expect(live(query)).rejects.toThrow('400');
  });

  test('in a flood each event is shown or counted, in few messages', async () => {
    const page = await live();
    await page.first('hello');
    const total = 20_000;
    let sent = 0;
    await new Promise<void>((resolve) => {
      const burst = () => {
        for (let i = 0; i < 500; i++) hut.commit(`T${++sent}`);
        if (sent < total) setImmediate(burst);
        else resolve();
      };
      burst();
    });
    await page.first('committed', ({ seq }) => seq === total);
    const told = page.messages.reduce(
      (n, m) => n + (m.type === 'committed' ? 1 : m.type === 'missed' ? m.count : 0),
      0,
    );
    expect(told).toBe(total);
    expect(page.messages.length).toBeLessThan(total / 20);
  });

  test('a browser that stops reading holds up nobody and takes no memory', async () => {
    const stuck = await live();
    await stuck.first('hello');
    (stuck.socket as unknown as { _socket: { pause(): void } })._socket.pause();
    const reading = await live();
    const wide = 'T'.repeat(400);
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < 100; i++) hut.commit(wide);
      await new Promise(setImmediate);
    }
    await reading.first('committed', ({ seq }) => seq === 20_000);
    (stuck.socket as unknown as { _socket: { resume(): void } })._socket.resume();
    await stuck.first('committed', ({ seq }) => seq === 20_000);
    const told = stuck.messages.reduce(
      (n, m) => n + (m.type === 'committed' ? 1 : m.type === 'missed' ? m.count : 0),
      0,
    );
    expect(told).toBe(20_000);
  });

  test('a store that hangs takes the pulse away: the page will say that it is not live', async () => {
    hut.hang(true);
    const page = await live();
    await page.first('hello');
    hut.commit('T2211070042');
    await page.first('committed');
    expect(page.messages.some(({ type }) => type === 'pulse')).toBe(false);
    const next = await live();
    await next.first('hello');
    expect(next.messages.some(({ type }) => type === 'pulse')).toBe(false);
  });

  test('takes a bounded number of pages, and forgets those that went', async () => {
    for (let i = 0; i < pagesMax; i++) await (await live()).first('hello');
    const refused = await live();
    expect(await new Promise((resolve) => refused.socket.once('close', resolve))).toBe(1013);
    clients[0]!.close();
    await until('a place for one more page', async () => {
      const page = await live();
      return Promise.race([
        page.first('hello'),
        new Promise<undefined>((resolve) => page.socket.once('close', () => resolve(undefined))),
      ]);
    });
  });

  test('what a page says is not listened to; shouting ends the connection', async () => {
    const page = await live();
    page.socket.send('{"type":"drop table"}');
    hut.commit('T2211070042');
    await page.first('committed');
    const closed = new Promise((resolve) => page.socket.once('close', resolve));
    page.socket.on('error', () => {});
    page.socket.send('x'.repeat(1_000_000));
    await closed;
    expect((await fetch(`${api.url}/api/devices`)).status).toBe(200);
  });
});

describe('the demo', () => {
  test('is not there in a real hut', async () => {
    expect((await fetch(`${api.url}/api/demo`)).status).toBe(404);
    expect((await post('/api/demo/broker', { running: false })).status).toBe(404);
  });

  test('works the devices, the broker and the centre', async () => {
    await api.close();
    api = await start({ demo: true });
    demoView.parse(await (await fetch(`${api.url}/api/demo`)).json());
    await post('/api/demo/devices/scanner-1/actions/scan', { args: { text: 'T2211070042' } });
    await post('/api/demo/devices/card-1/cable', { plugged: false });
    await post('/api/demo/broker', { running: false });
    const last = await post('/api/demo/central', { online: false });
    expect(hut.told).toEqual([
      'scan scanner-1 {"text":"T2211070042"}',
      'unplug card-1',
      'broker stop',
      'central offline',
    ]);
    expect(await last.json()).toMatchObject({ demo: { broker: { running: false }, central: { online: false } } });
  });

  test('says what is wrong, naming the key', async () => {
    await api.close();
    api = await start({ demo: true });
    const answer = async (response: Response) => [response.status, apiError.parse(await response.json()).error.message];
    expect(await answer(await post('/api/demo/broker', { running: 'no' }))).toEqual([
      400,
      expect.stringContaining('running'),
    ]);
    expect(await answer(await post('/api/demo/broker', { running: true, extra: 1 }))).toEqual([
      400,
      expect.stringContaining('extra'),
    ]);
    expect(await answer(await post('/api/demo/devices/nobody/cable', { plugged: true }))).toEqual([
      404,
      expect.stringContaining('nobody'),
    ]);
    expect(await answer(await post('/api/demo/devices/card-1/actions/constructor', {}))).toEqual([
      404,
      expect.stringContaining('constructor'),
    ]);
    expect(await answer(await post('/api/demo/devices/card-1/actions/lift', {}))).toEqual([
      409,
      'There is no card on the reader.',
    ]);
  });

  test('takes JSON of this page only', async () => {
    await api.close();
    api = await start({ demo: true });
    expect(
      (await post('/api/demo/broker', 'running=false', { 'content-type': 'application/x-www-form-urlencoded' })).status,
    ).toBe(415);
    expect((await post('/api/demo/broker', '{"running":false}', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post('/api/demo/broker', '{"running":', {})).status).toBe(400);
    expect((await post('/api/demo/broker', { running: false, pad: 'x'.repeat(20_000) })).status).toBe(413);
    expect((await post('/api/demo/broker', { running: false }, { origin: 'http://evil.example' })).status).toBe(403);
    expect(hut.told).toEqual([]);
  });
});
