import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Api, startApi } from '../../../gateway/api/api.ts';
import { createFakeHut } from '../../support/fake-hut.ts';

let api: Api;
let confirmed: string[];

beforeEach(async () => {
  confirmed = [];
  api = await startApi({
    listen: { host: '127.0.0.1', port: 0 },
    view: createFakeHut().view,
    staticDir: '/nonexistent',
    log: pino({ level: 'silent' }),
    confirmDevice(device) {
      confirmed.push(device);
      return device === 'scanner-1';
    },
  });
});
afterEach(() => api.close());

const confirm = async (device: string, headers = {}) => {
  const response = await fetch(`${api.url}/api/devices/${device}/confirm`, { method: 'POST', headers });
  return [response.status, await response.json()];
};

test('confirms a device and answers with it', async () => {
  expect(await confirm('scanner-1')).toEqual([200, { device: expect.objectContaining({ id: 'scanner-1' }) }]);
});

test('says that there was nothing to confirm, and that there is no such device', async () => {
  const error = (code: string) => ({ error: expect.objectContaining({ code }) });
  expect(await confirm('card-1')).toEqual([409, error('nothing-to-confirm')]);
  expect(await confirm('constructor')).toEqual([404, error('no-such-device')]);
  expect(confirmed).toEqual(['card-1']);
});

test('is for the page of this hut only', async () => {
  expect((await confirm('scanner-1', { origin: 'http://evil.example' }))[0]).toBe(403);
  expect(confirmed).toEqual([]);
});
