/** The picture of a label and the button of the test label, over HTTP. The hut behind it is a fake view. */
import pino from 'pino';
import { afterEach, expect, test } from 'vitest';
import { type Api, startApi } from '../../../gateway/api/api.ts';
import type { DemoControls } from '../../../gateway/api/view.ts';
import { apiError } from '../../../gateway/contract/api.ts';
import type { PrintTest } from '../../../gateway/print-test.ts';
import { createFakeHut } from '../../support/fake-hut.ts';

const png = Buffer.from('iVBORw0KGgo=', 'base64');
let api: Api;
afterEach(() => api.close());

async function start(act: DemoControls['act'], printTest?: PrintTest) {
  const hut = createFakeHut();
  const action = { name: 'picture', describe: 'Draw', args: {} };
  const devices = () =>
    hut.demo.devices().map((device) => (device.id === 'printer-1' ? { ...device, actions: [action] } : device));
  api = await startApi({
    listen: { host: '127.0.0.1', port: 0 },
    view: hut.view,
    demo: { ...hut.demo, devices, act },
    ...(printTest && { printTest }),
    staticDir: '/nowhere',
    log: pino({ level: 'silent' }),
  });
}
const label = (device: string) => fetch(`${api.url}/api/demo/devices/${device}/label.png?n=1`);
const testLabel = (device: string) =>
  fetch(`${api.url}/api/demo/devices/${device}/test-label`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
const problem = async (response: Response) => [response.status, apiError.parse(await response.json()).error.message];

test('the last label is a PNG that nobody keeps', async () => {
  await start(async (id, action) => ({
    png: [id, action].join() === 'printer-1,picture' ? png.toString('base64') : '',
  }));
  const response = await label('printer-1');
  expect([response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
    'image/png',
    'no-store',
  ]);
  expect(Buffer.from(await response.arrayBuffer())).toEqual(png);
});

test('nothing printed, no such device, a device that draws nothing', async () => {
  await start(() => {
    throw new Error('nothing has been printed yet');
  });
  expect(await problem(await label('printer-1'))).toEqual([409, 'nothing has been printed yet']);
  expect(await problem(await label('nobody'))).toEqual([404, 'There is no simulated device "nobody".']);
  expect(await problem(await label('card-1'))).toEqual([404, 'The simulated device "card-1" draws no labels.']);
});

test('a test label is printed by the gateway, and what is not proved is told', async () => {
  const asked: string[] = [];
  await start(
    () => undefined,
    async (id) => {
      asked.push(id);
      return id === 'printer-1'
        ? { result: { outcome: 'done' } }
        : { error: 'failed: no-printer', result: { outcome: 'failed' } };
    },
  );
  expect(await (await testLabel('printer-1')).json()).toMatchObject({ result: { outcome: 'done' }, demo: {} });
  expect(await problem(await testLabel('card-1'))).toEqual([409, 'failed: no-printer']);
  expect((await testLabel('nobody')).status).toBe(404);
  expect(asked).toEqual(['printer-1', 'card-1']);
});
