/** The configuration over the API and the live feed. The hut is a fake view; who gets in is the matter of guard.test.ts. */
import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Api, startApi } from '../../../gateway/api/api.ts';
import { roleView } from '../../../gateway/api/role-view.ts';
import { configCheck, configView } from '../../../gateway/contract/api.ts';
import { createFakeHut, type FakeHut } from '../../support/fake-hut.ts';
import { connectLive } from '../../support/live-client.ts';
import { until } from '../../support/until.ts';

const problems = ['/etc/hutgate/hut.yaml:12:5 devices[0].optoins: unknown key, did you mean options?'];
let hut: FakeHut;
let api: Api;
beforeEach(async () => {
  hut = createFakeHut();
  const listen = { host: '127.0.0.1', port: 0 };
  const { view, configFile } = hut;
  api = await startApi({ listen, view, configFile, staticDir: '/nowhere', log: pino({ level: 'silent' }) });
});
afterEach(() => api.close());

const ask = (method: string, path: string) => fetch(api.url + path, { method });

test('what is in use, and what is wrong with the file on the disk', async () => {
  expect(configView.parse(await (await ask('GET', '/api/config')).json())).toEqual(hut.configFile.view());
  hut.setCheck({ inUse: false, problems, more: 3, inTheWay: [] });
  expect(configCheck.parse(await (await ask('POST', '/api/config/check')).json())).toMatchObject({ problems, more: 3 });
  expect(hut.told).toEqual([]);
});

test('a reload is answered before it begins', async () => {
  expect((await ask('POST', '/api/config/reload')).status).toBe(202);
  await until('the reload', () => hut.told.includes('reload'));
});

test('a refused reload is on the feed at once, and in the greeting of who comes later', async () => {
  const early = await connectLive(api.url);
  expect((await early.first('hello')).config).toEqual(hut.configFile.view());
  hut.setReload({ outcome: 'wrong', problems, more: 0 });
  expect((await early.first('config')).config.last).toMatchObject({ count: 1, outcome: 'wrong', problems });
  const late = await connectLive(api.url);
  expect((await late.first('hello')).config?.last?.problems).toEqual(problems);
  early.close();
  late.close();
});

test('a sampler is told nothing of it', () => {
  const { view, event } = roleView('sampler', hut.view);
  expect(view.config).toBeUndefined();
  expect(event({ type: 'config', config: hut.configFile.view() })).toBeUndefined();
});
