import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { topics } from '../../../gateway/contract/topics.ts';
import type { EventDraft } from '../../../gateway/store/store.ts';
import type { CommandHandler } from '../../../gateway/uplink/commands.ts';
import { type Broker, startBroker } from '../../../simulators/broker.ts';
import { type Central, type CentralOptions, startCentral } from '../../../simulators/central.ts';
import { until } from '../../support/until.ts';
import { address, device, type Hut, type HutOptions, startHut } from './hut.ts';

const topic = topics(address);
let broker: Broker;
const open: { stop(): unknown }[] = [];

beforeEach(async () => {
  broker = await startBroker();
});
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.stop();
  await broker.stop();
});

async function hutWith(options: Partial<HutOptions> = {}): Promise<Hut> {
  const hut = await startHut({ url: broker.url, ...options });
  open.push({ stop: () => hut.uplink.stop('test over') });
  return hut;
}
async function centralWith(options: Partial<CentralOptions> = {}): Promise<Central> {
  const central = await startCentral({ url: broker.url, region: address.region, askAfterMs: 100, ...options });
  open.push(central);
  return central;
}
/** A plain client that keeps what it hears. */
async function listener(
  filter: string,
): Promise<{ client: MqttClient; heard: { topic: string; text: string; retained: boolean }[] }> {
  const client = await mqtt.connectAsync(broker.url, { reconnectPeriod: 0 });
  const heard: { topic: string; text: string; retained: boolean }[] = [];
  client.on('message', (from, payload, { retain }) =>
    heard.push({ topic: from, text: payload.toString(), retained: retain }),
  );
  await client.subscribeAsync(filter, { qos: 1 });
  open.push({ stop: () => client.endAsync(true) });
  return { client, heard };
}
const confirmed = (hut: Hut, seq: number) =>
  until(`confirmed up to ${seq}`, () => hut.store.confirmedUpTo.get('reading') === seq);

describe('presence', () => {
  test('birth, device states and health come at connect, and a clean stop says goodbye with its reason', async () => {
    const central = await centralWith();
    const { heard } = await listener('hut/#');
    const hut = await hutWith();
    const said = (name: string) => heard.some((message) => message.topic === name);
    await until('all is said', () => said(topic.health) && said(topic.state) && said(topic.device('scanner-1')));
    const birth = JSON.parse(heard.find((message) => message.topic === topic.state)!.text);
    expect(birth).toMatchObject({ online: true, epoch: hut.store.epoch, contract: ['v1'], clockq: 'synced' });
    expect(birth.session).toBe(hut.uplink.state().sessionId);
    expect(JSON.parse(heard.find((message) => message.topic === topic.device('scanner-1'))!.text)).toEqual(
      device('scanner-1'),
    );
    await hut.uplink.stop('power button');
    await until('goodbye', () => heard.some(({ text }) => text.includes('power button')));
    expect(JSON.parse(heard.at(-1)!.text)).toEqual({ online: false, session: birth.session, reason: 'power button' });
    expect(hut.uplink.state().state).toBe('stopped');
    expect(central.report().violations).toBe(0);
  });

  test('a cut connection leaves a will with the session it belongs to', async () => {
    const { heard } = await listener(topic.state);
    const hut = await hutWith();
    const first = await until('online', () => hut.uplink.state().sessionId);
    const rival = await mqtt.connectAsync(broker.url, { clientId: address.gateway, reconnectPeriod: 0 });
    await until('the will', () => heard.some(({ text }) => text === JSON.stringify({ online: false, session: first })));
    await rival.endAsync(true);
    await until('a new session', () => hut.uplink.state().sessionId !== first && hut.uplink.state().state === 'online');
  });

  test('a device that left the configuration is taken off the broker', async () => {
    const { client, heard } = await listener(topic.device('+'));
    await client.publishAsync(topic.device('scanner-9'), JSON.stringify(device('scanner-9')), { qos: 1, retain: true });
    let devices = [device('scanner-1'), device('scanner-2')];
    const hut = await hutWith({ devices: () => devices });
    await until('scanner-9 removed', () => heard.some((m) => m.topic === topic.device('scanner-9') && m.text === ''));
    await until('online', () => hut.uplink.state().state === 'online');
    devices = [device('scanner-1')];
    hut.uplink.deviceChanged('scanner-2');
    await until('scanner-2 removed', () => heard.some((m) => m.topic === topic.device('scanner-2') && m.text === ''));
    expect(heard.filter((m) => m.text === '').map((m) => m.topic)).not.toContain(topic.device('scanner-1'));
  });
});

describe('delivery', () => {
  test.each(['central', 'broker'] as const)('confirm: %s: every event once, in order, in batches', async (confirm) => {
    const seqs: number[] = [];
    const central = await centralWith({ onEvent: ({ seq }) => seqs.push(seq) });
    const hut = await hutWith({ confirm });
    await hut.scan(1);
    await confirmed(hut, 1);
    await hut.scan(1_000);
    await confirmed(hut, 1_001);
    await until('all received', () => central.report().received === 1_001);
    expect(seqs).toEqual(Array.from({ length: 1_001 }, (_, i) => i + 1));
    expect(central.report()).toMatchObject({ duplicates: 0, gaps: 0, violations: 0 });
    expect(central.report().batches).toBeLessThan(60);
  });

  test('confirm: central: a PUBACK confirms nothing, and a silent centre is sent no more than 4,096 events', async () => {
    const { heard } = await listener(topic.event('reading'));
    const hut = await hutWith({ times: { ackWithinMs: 60_000 } });
    await hut.scan(10_000);
    const sent = () => heard.reduce((sum, { text }) => sum + (JSON.parse(text) as unknown[]).length, 0);
    await until('the bound', () => sent() > 4_000);
    await until('the uplink says so', () => hut.uplink.state().streams.get('reading')!.sent === sent());
    expect(sent()).toBeLessThanOrEqual(4_096);
    expect(hut.store.confirmedUpTo.get('reading')).toBe(0);
  });

  test('acks that are foreign, malformed, beyond what was sent or going back confirm nothing and are counted', async () => {
    const { client } = await listener('hut/none');
    const { heard } = await listener(topic.event('reading'));
    const hut = await hutWith({ times: { ackWithinMs: 60_000 } });
    await hut.scan(10);
    await until('sent', () => heard.length === 1);
    const say = (ack: object | string) =>
      client.publishAsync(topic.ack, typeof ack === 'string' ? ack : JSON.stringify(ack), { qos: 1 });
    const ack = { epoch: hut.store.epoch, stream: 'reading', upTo: 5, serverTime: '2022-11-07T00:00:00Z' };
    const bad = [
      { ...ack, epoch: '00000000-0000-4000-8000-00000000dead' },
      { ...ack, upTo: 11 },
      { ...ack, upTo: -1 },
      { ...ack, upTo: 1e300 },
      { ...ack, stream: 'constructor' },
      { ...ack, need: [[1]] },
      '{',
      '',
    ];
    for (const one of bad) await say(one);
    await until('counted', () => hut.uplink.state().ignored === bad.length);
    expect(hut.store.confirmedUpTo.get('reading')).toBe(0);
    await say(ack);
    await confirmed(hut, 5);
    await say({ ...ack, upTo: 4 });
    await until('counted', () => hut.uplink.state().ignored === bad.length + 1);
    expect(hut.store.confirmedUpTo.get('reading')).toBe(5);
  });

  test('what the centre needs is sent again, byte by byte the same', async () => {
    const central = await centralWith();
    const hut = await hutWith();
    await hut.scan(300);
    await confirmed(hut, 300);
    central.need(address, 'reading', [
      [20, 29],
      [100, 249],
      [290, 10_000],
    ]);
    await until('sent again', () => central.report().duplicates === 10 + 150 + 11);
    expect(central.report()).toMatchObject({ received: 300, violations: 0, gaps: 0 });
  });

  test('what the broker acknowledged and then lost is found by the centre and fetched', async () => {
    const central = await centralWith();
    const hut = await hutWith({ confirm: 'broker' });
    await hut.scan(100);
    await until('received', () => central.report().received === 100);
    broker.faults.lose = (name) => name === topic.event('reading');
    await hut.scan(100);
    await confirmed(hut, 200);
    broker.faults.lose = undefined;
    await hut.scan(100);
    await until('fetched', () => central.report().received === 300);
    await until('complete', () => central.report().gaps === 0);
    expect(central.report()).toMatchObject({ violations: 0, late: 100 });
  });
});

describe('a centre that is away', () => {
  test('nothing is sent while it is held, and all of it after', async () => {
    const central = await centralWith();
    await central.setOnline(false);
    const { heard } = await listener('hut/#');
    const hut = await hutWith();
    await until('held', () => hut.uplink.state().state === 'held');
    await hut.scan(500);
    // A second session settles what the first would have sent.
    await until('two healths', () => heard.filter((message) => message.topic === topic.health).length >= 3);
    expect(heard.filter((message) => message.topic === topic.event('reading'))).toEqual([]);
    expect(hut.uplink.state()).toMatchObject({ state: 'held', reconnects: 0 });
    await central.setOnline(true);
    await confirmed(hut, 500);
    expect(hut.uplink.state().state).toBe('online');
    expect(central.report()).toMatchObject({ received: 500, gaps: 0, violations: 0 });
  });

  test('what it lost when it went away is sent again when it is back', async () => {
    const central = await centralWith({ forgetAcks: 1 });
    const hut = await hutWith({ times: { ackWithinMs: 60_000 } });
    await until('online', () => hut.uplink.state().state === 'online');
    await hut.scan(200);
    await until('received', () => central.report().received === 200);
    await central.setOnline(false);
    await until('held', () => hut.uplink.state().state === 'held');
    central.setForgetAcks(0);
    await central.setOnline(true);
    await confirmed(hut, 200);
    expect(hut.uplink.state().reconnects).toBe(0);
    expect(central.report()).toMatchObject({ gaps: 0, violations: 0 });
  });
});

describe('commands', () => {
  test('are done, answered and put into the audit; repeated, expired, retained and unknown ones are not done', async () => {
    const audit: EventDraft[] = [];
    const done: unknown[] = [];
    const central = await centralWith();
    const hut = await hutWith({
      audit: (draft) => audit.push(draft),
      commands: new Map<string, CommandHandler>([
        ['ping', async (args) => ({ pong: done.push(args) })],
        ['identify', () => Promise.reject(new Error('no such device'))],
      ]),
    });
    await until('online', () => hut.uplink.state().state === 'online');
    const ping = { commandId: 'c-1' };
    expect(await central.command(address, 'ping', { n: 1 }, ping)).toEqual({
      commandId: 'c-1',
      status: 'done',
      result: { pong: 1 },
    });
    expect(await central.command(address, 'ping', { n: 1 }, ping)).toMatchObject({ status: 'duplicate' });
    expect(await central.command(address, 'ping', {}, { expiresInMs: -1 })).toMatchObject({ status: 'expired' });
    expect(await central.command(address, 'identify')).toMatchObject({ status: 'failed', error: 'no such device' });
    expect(await central.command(address, 'purge')).toMatchObject({
      status: 'rejected',
      error: 'not supported by this hut',
    });
    expect(await central.command(address, 'constructor')).toMatchObject({
      status: 'rejected',
      error: 'unknown command',
    });
    expect(done).toEqual([{ n: 1 }]);
    expect(audit.map(({ type, data }) => [type, JSON.parse(data).status])).toEqual([
      ['audit.command-executed', 'done'],
      ['audit.command-executed', 'failed'],
    ]);
    expect(central.report().violations).toBe(0);
  });
});

test('pace: a backlog waits for its turn, and flows when the pace is lifted', async () => {
  const central = await centralWith();
  await central.pace({ drainEventsPerSecond: 0.001 });
  const { heard } = await listener('hut/#');
  const hut = await hutWith();
  await hut.scan(300);
  const count = (name: string) => heard.filter((message) => message.topic === name).length;
  await until('two healths', () => count(topic.health) >= 2);
  expect(count(topic.event('reading'))).toBe(1);
  await central.pace({ drainEventsPerSecond: 10_000 });
  await confirmed(hut, 300);
});
