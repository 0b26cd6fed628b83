/** SIGHUP: a good configuration is taken over whole, a bad one changes nothing, one that cannot be started is taken back. */
import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { readLocalToken } from '../../gateway/api/local-token.ts';
import { type ConfigCheck, type ConfigView, configCheck, configView } from '../../gateway/contract/api.ts';
import { topics } from '../../gateway/contract/topics.ts';
import { getJson, logOf } from '../support/gateway-process.ts';
import { connectLive } from '../support/live-client.ts';
import { until } from '../support/until.ts';
import {
  address,
  allAtTheCentre,
  deviceInState,
  deviceOf,
  health,
  ready,
  type WholeHut,
  wholeHut,
} from './whole-hut.ts';

const scanner = (id: string) => ({ id, driver: 'scanner-line' });

async function hutWithTwoScanners() {
  const hut = await wholeHut({
    devices: [scanner('scanner-1'), scanner('scanner-2')],
    unconfigured: ['scanner-2'],
  });
  const gateway = hut.start();
  await ready(hut);
  await scanArrives(hut, 'scanner-1', 'T2211070001');
  return { hut, gateway };
}

async function scanArrives(hut: WholeHut, id: string, text: string) {
  await hut.rack.act(id, 'scan', { text });
  await until(text, () => hut.received.some(({ subject }) => subject === text));
}

interface ConfigFile {
  devices: object[];
  api: { listen: string };
}
function edit({ files }: WholeHut, change: (config: ConfigFile) => void) {
  const config = parse(readFileSync(files.configFile, 'utf8')) as ConfigFile;
  change(config);
  writeFileSync(files.configFile, stringify(config));
}

/** What the broker remembers of devices now; empty for a moment, so it is to be asked until it fits. */
async function remembered({ broker }: WholeHut): Promise<string> {
  const client = await mqtt.connectAsync(broker.url);
  const found = new Set<string>();
  client.on('message', (topic, payload) => payload.length > 0 && found.add(topic.split('/').at(-1)!));
  const marker = `test/${client.options.clientId}`;
  await client.subscribeAsync([topics(address).device('+'), marker], { qos: 1 });
  await client.publishAsync(marker, '', { qos: 1 });
  await client.endAsync();
  return [...found].sort().join();
}
const remembers = (hut: WholeHut, devices: string) =>
  until(`the broker remembers ${devices}`, async () => (await remembered(hut)) === devices);

const configOf = async ({ files }: WholeHut): Promise<ConfigView | undefined> => {
  const view = await getJson(files, '/api/config');
  return view === undefined ? undefined : configView.parse(view);
};
/** The reload that was asked for after `count` others is over. */
const reloaded = (hut: WholeHut, outcome: string, count = 1) =>
  until(`reload ${count}: ${outcome}`, async () => {
    const view = await configOf(hut);
    return view?.last && view.last.count >= count && view.last.outcome === outcome ? view.last : undefined;
  });
async function post({ files, dataDir }: WholeHut, path: string): Promise<Response> {
  const headers = { authorization: `Bearer ${await readLocalToken(dataDir)}` };
  return fetch(`http://127.0.0.1:${files.apiPort}${path}`, { method: 'POST', headers });
}
const check = async (hut: WholeHut): Promise<ConfigCheck> =>
  configCheck.parse(await (await post(hut, '/api/config/check')).json());

test('a good configuration: a device comes, a device goes and is forgotten, the numbers go on', async () => {
  const { hut, gateway } = await hutWithTwoScanners();
  const { epoch } = (await health(hut))!.gateway;
  await remembers(hut, 'scanner-1');
  edit(hut, (config) => {
    config.devices = [{ ...scanner('scanner-2'), at: hut.at('scanner-2') }];
  });
  gateway.child.kill('SIGHUP');
  await deviceInState(hut, 'scanner-2', 'ready');
  expect(await deviceOf(hut, 'scanner-1')).toBeUndefined();
  expect((await health(hut))!.gateway.epoch).toBe(epoch);
  await scanArrives(hut, 'scanner-2', 'T2211070002');
  await remembers(hut, 'scanner-2');
  expect(await allAtTheCentre(hut, 2)).toBe(2);
  expect(await gateway.kill('SIGTERM')).toBe(0);
});

test('what is scanned while other parts are exchanged arrives, each code once', async () => {
  const { hut, gateway } = await hutWithTwoScanners();
  const scans = 60;
  for (let n = 1; n <= scans; n += 1) {
    if (n % 15 === 1) {
      edit(hut, (config) => {
        const ids = n % 2 === 1 ? ['scanner-2', 'scanner-1'] : ['scanner-1'];
        config.devices = ids.map((id) => ({ ...scanner(id), at: hut.at(id) }));
      });
      gateway.child.kill('SIGHUP');
    }
    await hut.rack.act('scanner-1', 'scan', { text: `T22110800${String(n).padStart(2, '0')}` });
  }
  expect(await allAtTheCentre(hut, 1 + scans)).toBe(1 + scans);
  expect(logOf(hut.files)).toContain('configuration reloaded');
  expect(new Set(hut.received.map(({ subject }) => subject)).size).toBeGreaterThan(scans);
  expect((await deviceOf(hut, 'scanner-1'))?.counters.readings).toBe(1 + scans);
  expect(await gateway.kill('SIGTERM')).toBe(0);
});

test('a bad configuration: the old one stays, and the log says what is wrong', async () => {
  const { hut, gateway } = await hutWithTwoScanners();
  const { connections } = hut.tap;
  edit(hut, (config) => {
    config.devices = [{ ...scanner('scanner-2'), at: 'serial:/dev/null', optoins: {} }];
  });
  gateway.child.kill('SIGHUP');
  await until('the refusal', () => logOf(hut.files).includes('the old one stays'));
  expect(logOf(hut.files)).toContain('devices[0].optoins: unknown key');
  const refused = await reloaded(hut, 'wrong');
  expect(refused.problems.join('\n')).toMatch(/hut\.yaml:\d+:\d+ devices\[0\]\.optoins: unknown key/);
  expect((await check(hut)).problems).toEqual(refused.problems);
  await scanArrives(hut, 'scanner-1', 'T2211070002');
  expect((await deviceOf(hut, 'scanner-1'))?.state).toBe('ready');
  expect(hut.tap.connections).toBe(connections);
  expect(await gateway.kill('SIGTERM')).toBe(0);
});

test('a configuration that cannot be started: the old one is started again', async () => {
  const { hut, gateway } = await hutWithTwoScanners();
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await until('a taken port', () => taken.listening);
  const { port } = taken.address() as { port: number };
  edit(hut, (config) => {
    config.api.listen = `127.0.0.1:${port}`;
  });
  gateway.child.kill('SIGHUP');
  await until('the way back', () => logOf(hut.files).includes('the old one is taken again'));
  await deviceInState(hut, 'scanner-1', 'ready');
  expect((await reloaded(hut, 'not-started')).problems.join()).toContain('EADDRINUSE');
  await scanArrives(hut, 'scanner-1', 'T2211070002');
  expect(await allAtTheCentre(hut, 2)).toBe(2);
  expect(await gateway.kill('SIGTERM')).toBe(0);
});

test('a technician looks at the file and takes it over: the page is cut off, and comes back to the new one', async () => {
  const { hut, gateway } = await hutWithTwoScanners();
  const before = (await configOf(hut))!;
  expect(before.last).toBeUndefined();
  expect(await check(hut)).toMatchObject({ inUse: true, sha256: before.sha256, problems: [], inTheWay: [] });
  edit(hut, (config) => {
    config.devices = [{ ...scanner('scanner-2'), at: hut.at('scanner-2') }];
  });
  const next = await check(hut);
  expect(next).toMatchObject({ inUse: false, problems: [], inTheWay: [] });
  expect((await configOf(hut))!.sha256).toBe(before.sha256);

  const headers = { authorization: `Bearer ${await readLocalToken(hut.dataDir)}` };
  const page = await connectLive(`http://127.0.0.1:${hut.files.apiPort}`, '', headers);
  const cut = new Promise((resolve) => page.socket.once('close', resolve));
  expect((await post(hut, '/api/config/reload')).status).toBe(202);
  await cut;
  await reloaded(hut, 'taken-over');
  expect((await configOf(hut))!.sha256).toBe(next.sha256);
  await deviceInState(hut, 'scanner-2', 'ready');
  expect(await gateway.kill('SIGTERM')).toBe(0);
});

test('whatever lies where the file was: it is refused, said on the feed, and the hut goes on', async () => {
  const { hut, gateway } = await hutWithTwoScanners();
  const { configFile } = hut.files;
  const kept = join(hut.files.dir, 'kept.yaml');
  const headers = { authorization: `Bearer ${await readLocalToken(hut.dataDir)}` };
  const page = await connectLive(`http://127.0.0.1:${hut.files.apiPort}`, '', headers);
  onTestFinished(() => page.close());
  const garbage = Buffer.alloc(1024 * 1024, 0);
  for (let n = 0; n < garbage.length; n += 1) garbage[n] = (n * 7919 + (n >> 8)) & 0xff;
  const person = '张三: 410199199001010018';
  const rows: readonly (readonly [string, () => void, RegExp])[] = [
    ['gone', () => {}, /does not exist/],
    ['a directory', () => mkdirSync(configFile), /is a directory/],
    ['not for us', () => writeFileSync(configFile, '', { mode: 0 }), /may not be read|hut\.yaml:1:1/],
    ['1 MB of garbage', () => writeFileSync(configFile, garbage), /is longer than/],
    ['some garbage', () => writeFileSync(configFile, garbage.subarray(0, 4096)), /hut\.yaml:\d+:\d+/],
    ['half a file', () => writeFileSync(configFile, readFileSync(kept).subarray(0, 200)), /hut\.yaml:\d+:\d+/],
    ['a list of people', () => writeFileSync(configFile, `${person}\n`), /hut\.yaml:\d+:\d+/],
    ['many mistakes', () => writeFileSync(configFile, 'a: 1\n'.repeat(5_000)), /hut\.yaml:\d+:\d+/],
  ];
  renameSync(configFile, kept);
  let count = 0;
  for (const [what, put, wanted] of rows) {
    put();
    gateway.child.kill('SIGHUP');
    count += 1;
    const { config } = await page.first('config', ({ config }) => config.last!.count === count);
    expect([what, config.last!.outcome]).toEqual([what, 'wrong']);
    expect(config.last!.problems.join('\n')).toMatch(wanted);
    expect(config.last!.problems.length).toBeLessThanOrEqual(50);
    expect((await check(hut)).problems).not.toEqual([]);
    if (what === 'a directory') rmdirSync(configFile);
    else if (what !== 'gone') rmSync(configFile);
  }
  await scanArrives(hut, 'scanner-1', 'T2211070002');
  expect(JSON.stringify(page.messages) + logOf(hut.files)).not.toMatch(/张三|410199/);
  renameSync(kept, configFile);
  gateway.child.kill('SIGHUP');
  await reloaded(hut, 'taken-over', count + 1);
  expect(await gateway.kill('SIGTERM')).toBe(0);
});

test('a storm of signals while the file is wrong is answered, and not one by one', async () => {
  const { hut, gateway } = await hutWithTwoScanners();
  const right = readFileSync(hut.files.configFile);
  writeFileSync(hut.files.configFile, 'gateway: [');
  for (let n = 0; n < 500; n += 1) gateway.child.kill('SIGHUP');
  expect((await reloaded(hut, 'wrong')).count).toBeLessThanOrEqual(500);
  await scanArrives(hut, 'scanner-1', 'T2211070002');
  writeFileSync(hut.files.configFile, right);
  gateway.child.kill('SIGHUP');
  await reloaded(hut, 'taken-over', 2);
  expect(await gateway.kill('SIGTERM')).toBe(0);
});

test('many reloads at once end with the last configuration', async () => {
  const { hut, gateway } = await hutWithTwoScanners();
  for (let n = 0; n < 5; n += 1) {
    edit(hut, (config) => {
      config.devices = [n % 2, 1 - (n % 2)].slice(0, 1 + (n % 2)).map((which) => {
        const id = `scanner-${which + 1}`;
        return { ...scanner(id), at: hut.at(id) };
      });
    });
    gateway.child.kill('SIGHUP');
  }
  edit(hut, (config) => {
    config.devices = ['scanner-1', 'scanner-2'].map((id) => ({ ...scanner(id), at: hut.at(id) }));
  });
  gateway.child.kill('SIGHUP');
  await deviceInState(hut, 'scanner-2', 'ready');
  await deviceInState(hut, 'scanner-1', 'ready');
  // A reload that is still to come closes the ports once more: what is scanned into that is lost, and never announced.
  let scans = 0;
  await until('a scan after the reloads', async () => {
    scans += 1;
    await hut.rack.act('scanner-2', 'scan', { text: `T221107${String(scans).padStart(4, '0')}` });
    return hut.received.some(({ data }) => (data as { device?: string }).device === 'scanner-2');
  });
  await allAtTheCentre(hut, 2);
  expect(await gateway.kill('SIGTERM')).toBe(0);
});
