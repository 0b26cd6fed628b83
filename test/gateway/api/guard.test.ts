/** Who gets in where: every route of the table, each role, over real HTTP and WebSockets. The hut is a fake view, the sign-in is real. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { accessOf } from '../../../gateway/api/access.ts';
import { type Api, startApi } from '../../../gateway/api/api.ts';
import { closeSignedOut } from '../../../gateway/api/live.ts';
import { makeLocalToken, readLocalToken } from '../../../gateway/api/local-token.ts';
import { publicPagesMax } from '../../../gateway/api/public-feed.ts';
import type { HutView } from '../../../gateway/api/view.ts';
import {
  type LaneView,
  laneAction,
  lanesView,
  type PublicMessage,
  publicMessage,
  type Said,
  signInView,
} from '../../../gateway/contract/lane.ts';
import { createSignIn, type SignIn } from '../../../gateway/sign-in/sign-in.ts';
import type { Staff } from '../../../gateway/sign-in/staff.ts';
import { StoreRefused } from '../../../gateway/store/store.ts';
import { createFakeHut, type FakeHut, fakeDevice } from '../../support/fake-hut.ts';
import { connectLive, type LiveClient } from '../../support/live-client.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { memoryStore } from '../../support/memory-store.ts';
import { otherPin, password, pin, testStaff } from '../../support/staff.ts';

// Each try takes a tenth of a second of a free processor.
vi.setConfig({ testTimeout: 120_000 });
const said: Said = { id: 1, tone: 'noted', code: 'paused', values: {}, at: '2022-11-07T07:13:08.412+08:00' };
const lane = (id: string, operator?: string): LaneView => ({
  ...{ id, phase: operator === undefined ? 'signed-out' : 'open', mode: 'sampling', flow: 'tube-first', poolSize: 10 },
  ...{ temperatures: 'off', next: { step: 'sign-in', values: {} }, lastPersons: [], can: [], label: { waiting: 0 } },
  ...(operator !== undefined && { operator }),
});

let staff: Staff;
beforeAll(async () => {
  staff = (await testStaff()).staff;
});

let hut: FakeHut;
let signIn: SignIn;
let api: Api;
let dir: string;
let clock: ManualClock;
let acted: string[];
let full: boolean;
let tellQueue: (lane: string, message: PublicMessage) => void;
const logged: string[] = [];
const clients: { close(): void }[] = [];
const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });

const viewOf = (): HutView => ({
  ...hut.view,
  act: async (id, action, operator) => {
    if (full) throw new StoreRefused('disk-full', 'no room');
    acted.push(`${operator} ${action.action} ${id}`);
    return said;
  },
  publicNews: (listener) => {
    tellQueue = listener;
    return () => {};
  },
});
const start = async ({ open = false } = {}) =>
  startApi({
    listen: { host: '127.0.0.1', port: 0 },
    view: viewOf(),
    demo: { ...hut.demo, staff: { badge: 'OP000001', pin, technician: 'tech-1', password } },
    confirmDevice: () => true,
    configFile: hut.configFile,
    testDevice: async () => ({ outcome: 'read', text: '' }),
    ...(!open && { signIn }),
    isLocalTool: await makeLocalToken(dir),
    staticDir: join(dir, 'no-page'),
    log,
  });

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-guard-'));
  hut = createFakeHut();
  hut.setLane(lane('lane-1'));
  hut.setLane(lane('lane-2'));
  clock = manualClock();
  acted = [];
  full = false;
  logged.length = 0;
  signIn = createSignIn({
    ...{ staff, lanes: ['lane-1', 'lane-2'], clock, bootId: 'boot', saved: new Map(), log },
    store: memoryStore({ gateway: 'hut-1', region: 'test' }),
    draft: (type, data) => ({
      ...{ stream: 'audit', type, time: '2022-11-07T07:13:08.412+08:00', monoMs: 1, clockQuality: 'synced' },
      data: JSON.stringify(data),
    }),
    onVerified: (id, operator) => hut.setLane(lane(id, operator)),
  });
  api = await start();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await api.close();
  signIn.stop();
  rmSync(dir, { recursive: true });
});

type Headers = Record<string, string>;
const ask = (method: string, path: string, headers: Headers = {}, body?: unknown) =>
  fetch(api.url + path, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
/** A feed that is asked without an upgrade answers nothing at all. */
const codeOf = async (response: Response): Promise<string> => {
  const text = await response.text();
  return response.ok || text === '' ? '' : (JSON.parse(text) as { error: { code: string } }).error.code;
};
const viewIn = async (response: Response) => signInView.parse(await response.json());
const cookieOf = (response: Response) => response.headers.get('set-cookie')!.split(';')[0]!;
const postSignIn = (body: unknown, headers: Headers = {}) => ask('POST', '/api/sign-in', headers, body);
async function asSampler(id = 'lane-1', badge = 'OP000001', secret = pin, headers: Headers = {}): Promise<Headers> {
  signIn.badgeScanned(id, badge);
  const response = await postSignIn({ lane: id, pin: secret }, headers);
  expect(response.status).toBe(200);
  return { cookie: cookieOf(response) };
}
async function asTechnician(): Promise<Headers> {
  return { cookie: cookieOf(await postSignIn({ name: 'tech-1', password })) };
}
const asTool = async (): Promise<Headers> => ({ authorization: `Bearer ${await readLocalToken(dir)}` });
const live = async (headers: Headers = {}): Promise<LiveClient> => {
  const client = await connectLive(api.url, '', headers);
  clients.push(client);
  return client;
};
async function connectPublic(query = '') {
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/api/public${query}`);
  clients.push({ close: () => socket.terminate() });
  const messages: PublicMessage[] = [];
  socket.on('message', (text) => messages.push(publicMessage.parse(JSON.parse(String(text)))));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const next = () => new Promise((resolve) => socket.once('message', resolve));
  return { socket, messages, next };
}

const routes = [...accessOf].map(([route, access]) => {
  const [method, path] = route.split(' ') as [string, string];
  const real = path.replace('/lanes/:id', '/lanes/lane-1').replace(':id', 'scanner-1').replace(':action', 'scan');
  return { route, access, method, path: real };
});

describe('every route', () => {
  test.each(routes)('$route without a session', async ({ method, path, access }) => {
    const response = await ask(method, path);
    if (access === 'open') expect([401, 403]).not.toContain(response.status);
    else expect([response.status, await codeOf(response)]).toEqual([401, 'sign-in']);
  });

  test('with each role', async () => {
    const callers = {
      sampler: await asSampler(),
      technician: await asTechnician(),
      tool: await asTool(),
    };
    for (const { route, method, path, access } of routes) {
      for (const [who, headers] of Object.entries(callers)) {
        // The sessions themselves are needed for the next row.
        if (path === '/api/sign-out') continue;
        const response = await ask(method, path, headers);
        const role = who === 'tool' ? 'technician' : who;
        const isWelcome = access === 'open' || access === 'any' || access === role;
        const code = await codeOf(response);
        expect([route, who, response.status === 403 ? code : 'in']).toEqual([
          route,
          who,
          isWelcome ? 'in' : 'wrong-role',
        ]);
        // A row of the table that no route has would let a new route of that name in unseen.
        const isFeed = path === '/api/live' || path === '/api/public';
        if (isWelcome && !isFeed) expect([route, code]).not.toEqual([route, 'not-found']);
      }
    }
  });

  test('however its address is written', async () => {
    const { host } = new URL(api.url);
    const raw = (path: string, method = 'GET') =>
      new Promise<number>((resolve, reject) => {
        request(api.url, { path, method, headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode!);
        })
          .on('error', reject)
          .end();
      });
    for (const path of ['/%61pi/health', '/api/%68ealth', '/api/health?x=1', '/api/lanes;x', '/api/health#x'])
      expect([path, await raw(path)]).toEqual([path, path.includes(';') ? 404 : 401]);
    for (const path of ['/api/health/', '//api/health', '/API/health', '/./api/health', '/x/../api/health'])
      expect([401, 404]).toContain(await raw(path));
    expect(await raw('/api/health', 'HEAD')).toBe(401);
  });

  test('with a token that is none', async () => {
    const token = 'A'.repeat(43);
    const none: readonly Headers[] = [
      { cookie: `hutgate=${token}` },
      { cookie: `hutgate=${token}.${token}` },
      { cookie: 'hutgate=' },
      { cookie: 'hutgate=__proto__; hutgate=.....' },
      { cookie: `hutgate=${'.'.repeat(6_000)}` },
      { authorization: `Bearer ${token}` },
      { authorization: 'Bearer ' },
      { authorization: `Basic ${token}` },
    ];
    for (const headers of none) expect((await ask('GET', '/api/lanes', headers)).status).toBe(401);
  });
});

describe('signing in', () => {
  test('with badge and PIN sets a cookie that no script reads and no other page sends', async () => {
    const before = await viewIn(await ask('GET', '/api/sign-in'));
    expect(before).toEqual({
      mine: [],
      lanes: [
        { id: 'lane-1', badge: false, signedIn: false },
        { id: 'lane-2', badge: false, signedIn: false },
      ],
      site: '金水路采样屋',
      demo: { badge: 'OP000001', pin, technician: 'tech-1', password },
    });
    signIn.badgeScanned('lane-1', 'OP000001');
    expect((await viewIn(await ask('GET', '/api/sign-in'))).lanes[0]).toEqual({
      ...{ id: 'lane-1', badge: true, signedIn: false },
    });
    const response = await postSignIn({ lane: 'lane-1', pin });
    const [cookie, ...flags] = response.headers.get('set-cookie')!.split('; ');
    expect(cookie).toMatch(/^hutgate=[A-Za-z0-9_-]{43}$/);
    expect(flags).toEqual(['Path=/', 'HttpOnly', 'SameSite=Strict', 'Max-Age=43200']);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const view = await viewIn(response);
    expect(view).toMatchObject({
      signedIn: { operator: 'op-001', role: 'sampler', lane: 'lane-1' },
      mine: [{ lane: 'lane-1', operator: 'op-001' }],
    });
    expect(await (await ask('GET', '/api/sign-in', { cookie: cookie! })).json()).toMatchObject(view);
  });

  test('with a name and a password', async () => {
    const response = await postSignIn({ name: 'tech-1', password });
    expect(response.headers.get('set-cookie')).toContain('Max-Age=3600');
    expect(await response.json()).toMatchObject({ signedIn: { operator: 'tech-1', role: 'technician' }, mine: [] });
  });

  test('wrongly says so, and locks after five times, with the seconds to wait', async () => {
    for (let i = 0; i < 5; i++) {
      signIn.badgeScanned('lane-1', 'OP000001');
      const response = await postSignIn({ lane: 'lane-1', pin: '000000' });
      expect([response.status, await codeOf(response)]).toEqual([401, 'wrong']);
      expect(response.headers.get('set-cookie')).toBeNull();
    }
    clock.advance(20_000);
    const locked = await postSignIn({ lane: 'lane-1', pin });
    expect([locked.status, await codeOf(locked), locked.headers.get('retry-after')]).toEqual([429, 'locked', '40']);
    clock.advance(40_000);
    await asSampler();
  });

  test('without a badge, on another lane, or with something else than digits is an answer that repeats nothing', async () => {
    const answer = async (body: unknown) => {
      const response = await postSignIn(body);
      return [response.status, await codeOf(response)];
    };
    expect(await answer({ lane: 'lane-1', pin })).toEqual([409, 'no-badge']);
    expect(await answer({ lane: 'lane-9', pin })).toEqual([404, 'no-such-lane']);
    for (const body of [
      {},
      { lane: 'lane-1', pin: 'hunter2' },
      { lane: 'lane-1', pin, name: 'x' },
      { name: 'hunter2' },
    ]) {
      const response = await postSignIn(body);
      expect(response.status).toBe(400);
      expect(await response.text()).not.toContain('hunter2');
    }
    const broken = await fetch(`${api.url}/api/sign-in`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"pin": hunter2}' },
    });
    expect(broken.status).toBe(400);
    expect(await broken.text()).not.toContain('hunter2');
  });

  test('on the second lane of a screen leaves the first one as it is', async () => {
    const one = await asSampler();
    const both = await asSampler('lane-2', 'OP000002', otherPin, one);
    expect(both.cookie).toMatch(/^hutgate=[A-Za-z0-9_-]{43}\.[A-Za-z0-9_-]{43}$/);
    expect(await (await ask('GET', '/api/sign-in', both)).json()).toMatchObject({
      signedIn: { operator: 'op-002', lane: 'lane-2' },
      mine: [
        { lane: 'lane-1', operator: 'op-001' },
        { lane: 'lane-2', operator: 'op-002' },
      ],
    });
    for (const id of ['lane-1', 'lane-2'])
      expect((await ask('POST', `/api/lanes/${id}/actions`, both, { action: 'pause' })).status).toBe(200);
    expect(acted).toEqual(['op-001 pause lane-1', 'op-002 pause lane-2']);
    const left = await ask('POST', '/api/sign-out', both, { lane: 'lane-1' });
    expect(await left.json()).toMatchObject({ mine: [{ lane: 'lane-2', operator: 'op-002' }] });
    expect((await ask('GET', '/api/lanes', one)).status).toBe(401);
    expect((await ask('GET', '/api/lanes', { cookie: cookieOf(left) })).status).toBe(200);
  });

  test('ends with signing out, also for who kept the cookie', async () => {
    const headers = await asSampler();
    const response = await ask('POST', '/api/sign-out', headers);
    expect(response.headers.get('set-cookie')).toMatch(/^hutgate=; .*Max-Age=0$/);
    expect((await viewIn(response)).signedIn).toBeUndefined();
    expect((await ask('GET', '/api/lanes', headers)).status).toBe(401);
    expect((await ask('POST', '/api/sign-out')).status).toBe(200);
  });

  test('leaves no PIN, password or token in the log', async () => {
    const headers = await asSampler();
    await asTechnician();
    await postSignIn({ name: 'tech-1', password: 'wrong guess' });
    const secrets = [pin, password, 'wrong guess', headers.cookie!.slice('hutgate='.length)];
    for (const secret of secrets) expect(logged.join()).not.toContain(secret);
  });
});

describe('a lane', () => {
  test('is worked by whoever opened it', async () => {
    const act = async (id: string, headers: Headers, body: unknown = { action: 'pause' }) => {
      const response = await ask('POST', `/api/lanes/${id}/actions`, headers, body);
      return [response.status, await codeOf(response)];
    };
    const one = await asSampler();
    const two = await asSampler('lane-2', 'OP000002', otherPin);
    expect(await act('lane-1', one)).toEqual([200, '']);
    expect(await act('lane-1', two)).toEqual([409, 'other-operator']);
    expect(await act('lane-9', one)).toEqual([404, 'no-such-lane']);
    expect(await act('constructor', one)).toEqual([404, 'no-such-lane']);
    expect(await act('lane-1', await asTechnician())).toEqual([403, 'wrong-role']);
    expect(await act('lane-1', await asTool())).toEqual([403, 'wrong-role']);
    hut.setLane(lane('lane-2'));
    expect(await act('lane-2', one)).toEqual([409, 'sign-in-first']);
    full = true;
    expect(await act('lane-1', one)).toEqual([503, 'not-recorded']);
    expect(acted).toEqual(['op-001 pause lane-1']);
  });

  test('says what is wrong with an action, and never what was typed', async () => {
    const headers = await asSampler();
    for (const body of [
      { action: 'manual', idType: '01', idNumber: '410199199003070018410199199003070018' },
      { action: 'manual', idType: '410199199003070018', idNumber: '1234' },
      { action: '410199199003070018' },
      { action: 'undo', because: '410199199003070018' },
    ]) {
      const response = await ask('POST', '/api/lanes/lane-1/actions', headers, body);
      expect(response.status).toBe(400);
      expect(await response.text()).not.toContain('410199199003070018');
    }
    expect(acted).toEqual([]);
  });

  test('shows itself and its commands', async () => {
    const headers = await asSampler();
    hut.setSampling({ unpacked: [], boxes: [] });
    expect(lanesView.parse(await (await ask('GET', '/api/lanes', headers)).json())).toMatchObject({
      lanes: [{ id: 'lane-1', operator: 'op-001' }, { id: 'lane-2' }],
      sampling: { boxes: [] },
    });
    const commands = (await (await ask('GET', '/api/lane-commands', headers)).json()) as [string, unknown][];
    for (const [, action] of commands) laneAction.parse(action);
    expect(commands[0]).toEqual(['HUTGATE:UNDO', { action: 'undo' }]);
  });
});

describe('the live feed', () => {
  test('is for who is signed in', async () => {
    await expect(live()).rejects.toThrow('401');
    for (const headers of [await asSampler(), await asTechnician(), await asTool()])
      await (await live(headers)).first('pulse');
  });

  test('shows a sampler the sampling and whether the devices work, and no more of them', async () => {
    hut.commit('early reading');
    const page = await live(await asSampler());
    const technician = await live(await asTechnician());
    hut.commit('late reading');
    hut.commit('signed in', { stream: 'audit', eventType: 'audit.operator-signed-in' });
    const counters = { frames: 3, readings: 2, repeats: 0, discardedBytes: { noise: 7 }, faults: { parity: 1 } };
    const reason = { code: 'no-answer', detail: 'register 7', means: 'm', fix: 'f' };
    hut.setDevice(
      fakeDevice('card-1', 'id-reader', 'id-sam', { state: 'fault', reason, counters, identity: { serial: 's' } }),
    );
    hut.commit('T0000000001', { stream: 'sampling', eventType: 'sampling.tube-opened' });
    await technician.first('committed', ({ summary }) => summary === 'T0000000001');
    await page.first('committed');
    await page.first('pulse');
    expect(page.messages.flatMap((message) => (message.type === 'committed' ? [message.summary] : []))).toEqual([
      'T0000000001',
    ]);
    expect(page.messages.some(({ type }) => type === 'missed')).toBe(false);
    const text = JSON.stringify(page.messages);
    for (const hidden of ['noise', 'parity', 'register 7', 'serial', 'reading.scanned'])
      expect([hidden, text.includes(hidden)]).toEqual([hidden, false]);
    expect((await page.first('device')).device).toMatchObject({ state: 'fault', reason: { fix: 'f' } });
    expect((await page.first('hello')).lanes).toHaveLength(2);
    const all = JSON.stringify(technician.messages);
    for (const shown of ['early reading', 'late reading', 'parity', 'register 7']) expect(all).toContain(shown);
  });

  test('ends with the session, whoever ends it', async () => {
    const closed = (client: LiveClient) => new Promise<number>((resolve) => client.socket.once('close', resolve));
    const headers = await asSampler();
    const one = await live(headers);
    const end = closed(one);
    await ask('POST', '/api/sign-out', headers);
    expect(await end).toBe(closeSignedOut);
    const two = await live(await asSampler());
    const revoked = closed(two);
    await signIn.revoke('op-001');
    expect(await revoked).toBe(closeSignedOut);
  });
});

describe('the public feed', () => {
  test('tells before anybody has signed in whether a badge waits, and the persons of its lane', async () => {
    const page = await connectPublic('?lane=lane-1');
    const every = await connectPublic();
    signIn.badgeScanned('lane-1', 'OP000001');
    await page.next();
    while (!page.messages.some((message) => message.type === 'pulse' && message.lanes[0]!.badge)) await page.next();
    expect(page.messages.at(-1)).toEqual({
      type: 'pulse',
      lanes: [
        { id: 'lane-1', badge: true, signedIn: false },
        { id: 'lane-2', badge: false, signedIn: false },
      ],
      site: '金水路采样屋',
      demo: true,
    });
    const person: PublicMessage = { type: 'person', slot: 3, shown: '张*', icon: 'ok', clearsInMs: 5_000 };
    tellQueue('lane-2', { ...person, slot: 4 });
    tellQueue('lane-1', person);
    while (!page.messages.some(({ type }) => type === 'person')) await page.next();
    while (every.messages.filter(({ type }) => type === 'person').length < 2) await every.next();
    expect(page.messages.filter(({ type }) => type === 'person')).toEqual([person]);
  });

  test('takes a bounded number of pages, and no other question', async () => {
    const pages = [];
    for (let i = 0; i < publicPagesMax; i++) pages.push(await connectPublic());
    const refused = await connectPublic();
    expect(await new Promise((resolve) => refused.socket.once('close', resolve))).toBe(1013);
    await expect(connectPublic('?who=me')).rejects.toThrow('400');
  });
});

describe('a hut without staff', () => {
  test('is open: whoever reaches it is a technician and may sample', async () => {
    await api.close();
    api = await start({ open: true });
    expect(await (await ask('GET', '/api/sign-in')).json()).toMatchObject({
      ...{ open: true, signedIn: { operator: 'anybody', role: 'technician' }, mine: [] },
    });
    for (const { route, method, path } of routes)
      expect([route, [401, 403].includes((await ask(method, path)).status)]).toEqual([route, false]);
    expect((await ask('POST', '/api/lanes/lane-1/actions', {}, { action: 'pause' })).status).toBe(200);
    expect(acted).toEqual(['anybody pause lane-1']);
    expect((await postSignIn({ name: 'tech-1', password })).status).toBe(409);
    await (await live()).first('hello');
  });
});

test('the token of local tools is for the owner of the data only, and new at each start', async () => {
  const file = join(dir, 'api-token');
  expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
  const first = readFileSync(file, 'utf8').trim();
  const headers = await asTool();
  expect((await ask('GET', '/api/devices', headers)).status).toBe(200);
  await api.close();
  api = await start();
  expect(readFileSync(file, 'utf8').trim()).not.toBe(first);
  expect((await ask('GET', '/api/devices', headers)).status).toBe(401);
  expect((await ask('GET', '/api/devices', await asTool())).status).toBe(200);
  expect(await readLocalToken(join(dir, 'nowhere'))).toBeUndefined();
});
