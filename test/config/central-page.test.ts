/** The centre of config/CENTRAL.md, run as it stands: it acknowledges what it has and nothing else. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mqtt from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { startBroker } from '../../simulators/broker.ts';
import { until } from '../support/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [, centre] = /^```js\n(.*?)^```$/ms.exec(readFileSync(join(root, 'config/CENTRAL.md'), 'utf8'))!;
const epoch = '6f1c8a52-95a8-4c0e-9d0b-1f2e3d4c5b6a';
const event = (seq: number) => ({ id: `hut-1/${epoch}/reading/${seq}`, epoch, stream: 'reading', seq: `${seq}` });

test('the centre of the page', { timeout: 60_000 }, async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const hut = await mqtt.connectAsync(broker.url, { reconnectPeriod: 0 });
  onTestFinished(() => hut.endAsync(true));
  const heard: { topic: string; message: { upTo?: number; need?: unknown; online?: boolean } }[] = [];
  hut.on('message', (topic, payload) => heard.push({ topic, message: JSON.parse(payload.toString()) }));
  await hut.subscribeAsync(['hut/v1/r/hut-1/ack', 'hut/v1/r/_all/central'], { qos: 1 });
  const say = (name: string, message: unknown, retain = false) =>
    hut.publishAsync(`hut/v1/r/hut-1/${name}`, JSON.stringify(message), { qos: 1, retain });
  await say('state', { online: true, session: 's', epoch }, true);

  const dir = mkdtempSync(join(tmpdir(), 'hutgate-centre-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  writeFileSync(join(dir, 'centre.mjs'), centre!);
  const child = spawn(process.execPath, [join(dir, 'centre.mjs'), broker.url, 'r'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let printed = '';
  child.stdout.on('data', (text) => (printed += text));
  await until('it says that it is there', () => heard.some(({ message }) => message.online === true));

  const acks = () =>
    heard.flatMap(({ topic, message }) => (topic.endsWith('/ack') ? [[message.upTo, message.need]] : []));
  await say('event/reading', [event(7)]);
  await say('health', { streams: { reading: { confirmedSeq: 5 } } });
  await say('event/reading', [event(8)]);
  await until('a gap', () => acks().length === 1);
  await say('event/reading', [event(6), event(7), event(8)]);
  await until('all of it', () => acks().length === 4);
  expect(acks()).toEqual([
    [5, [[6, 7]]],
    [6, [[7, 7]]],
    [8, undefined],
    [8, undefined],
  ]);
  await until('what it took', () => printed.split('\n').length === 4);
  expect(printed.split('\n').map((line) => line.split('/').at(-1)?.split(' ')[0])).toEqual(['8', '6', '7', '']);
});
