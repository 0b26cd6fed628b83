/** The faults that a hut lives with for years; each ends with everything at the centre, once, in order, unchanged. */
import { createServer, type Socket } from 'node:net';
import mqtt from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { topics } from '../../../gateway/contract/topics.ts';
import { type Broker, startBroker } from '../../../simulators/broker.ts';
import { type Central, type CentralOptions, startCentral } from '../../../simulators/central.ts';
import { seededRandom } from '../../../simulators/random.ts';
import { until } from '../../support/until.ts';
import { address, type Hut, type HutOptions, reading, startHut } from './hut.ts';

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.stop();
});

async function brokerWith(): Promise<Broker> {
  const broker = await startBroker();
  open.push(broker);
  return broker;
}
async function hutOn(broker: { url: string }, options: Partial<HutOptions> = {}): Promise<Hut> {
  const hut = await startHut({ url: broker.url, ...options });
  open.push({ stop: () => hut.uplink.stop('test over') });
  return hut;
}
async function centralOn(broker: Broker, options: Partial<CentralOptions> = {}): Promise<Central> {
  const central = await startCentral({
    url: broker.url,
    region: address.region,
    fromStart: true,
    askAfterMs: 100,
    ...options,
  });
  open.push(central);
  return central;
}
const confirmed = (hut: Hut, seq: number) =>
  until(`confirmed up to ${seq}`, () => hut.store.confirmedUpTo.get('reading') === seq, 60_000);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

test.each(['central', 'broker'] as const)(
  `confirm: ${'%s'}: the broker is killed at random moments (seed ${seed})`,
  async (confirm) => {
    const broker = await brokerWith();
    const central = await centralOn(broker);
    const hut = await hutOn(broker, { confirm, seed });
    const random = seededRandom(seed, `kill/${confirm}`);
    let total = 0;
    for (let kill = 0; kill < 12; kill += 1) {
      const more = Math.floor(random() * 400);
      await hut.scan(more);
      total += more;
      await pause(random() * 60);
      await broker.stop();
      await pause(random() * 30);
      await broker.start();
    }
    await confirmed(hut, total);
    // confirm: broker: what died in the broker is missed when the next health tells what the hut holds for delivered.
    await until('all received', () => central.report().received === total, 60_000);
    await until('complete', () => central.report().gaps === 0);
    expect(central.report().firstViolations).toEqual([]);
    expect(hut.store.quarantined).toEqual([]);
  },
  120_000,
);

test(`a flapping broker never leads to a quarantine, however careful the uplink has become (seed ${seed})`, async () => {
  const broker = await brokerWith();
  const central = await centralOn(broker);
  const hut = await hutOn(broker, { seed, confirm: 'broker' });
  const random = seededRandom(seed, 'flap');
  await hut.scan(3_000);
  for (let flap = 0; flap < 40; flap += 1) {
    await pause(random() * 40);
    broker.dropConnections();
  }
  await confirmed(hut, 3_000);
  await until('all received', () => central.report().received === 3_000, 60_000);
  expect(hut.store.quarantined).toEqual([]);
  expect(central.report()).toMatchObject({ gaps: 0, violations: 0 });
}, 120_000);

test('a broker that answers PING but acknowledges nothing is left, and nothing is set aside for it', async () => {
  const broker = await brokerWith();
  const central = await centralOn(broker);
  const hut = await hutOn(broker, { confirm: 'broker' });
  await until('online', () => hut.uplink.state().state === 'online');
  broker.faults.acknowledge = false;
  await hut.scan(100);
  await until('torn down twice', () => hut.uplink.state().reconnects >= 2);
  expect(hut.uplink.state().lastError).toMatch('acknowledged nothing');
  expect(hut.store.confirmedUpTo.get('reading')).toBe(0);
  broker.faults.acknowledge = true;
  await confirmed(hut, 100);
  await until('received', () => central.report().received === 100);
  expect(central.report()).toMatchObject({ gaps: 0, violations: 0 });
  expect(hut.store.quarantined).toEqual([]);
});

test(`a centre that forgets half of its acknowledgements (seed ${seed})`, async () => {
  const broker = await brokerWith();
  const central = await centralOn(broker, { forgetAcks: 0.5, random: seededRandom(seed, 'forget') });
  const hut = await hutOn(broker, { seed });
  for (let round = 0; round < 10; round += 1) {
    await hut.scan(200);
    await confirmed(hut, (round + 1) * 200);
  }
  expect(central.report()).toMatchObject({ received: 2_000, gaps: 0, violations: 0 });
  expect(central.report().acksForgotten).toBeGreaterThan(0);
  expect(hut.store.quarantined).toEqual([]);
}, 120_000);

test.each(['central', 'broker'] as const)(
  'confirm: %s: an event that kills every connection is set aside, and explained',
  async (confirm) => {
    const broker = await brokerWith();
    const central = await centralOn(broker);
    broker.faults.closeOn = 'T0000000120';
    const hut = await hutOn(broker, { confirm });
    await hut.scan(300);
    await confirmed(hut, 300);
    await until('all but one', () => central.report().received === 299 + 1);
    expect(hut.store.quarantined).toMatchObject([{ stream: 'reading', seq: 120 }]);
    expect(central.report()).toMatchObject({ gaps: 0, violations: 0 });
    const reading = central.report().streams.find(({ stream }) => stream === 'reading');
    expect(reading).toMatchObject({ explained: 1, upTo: 300 });
  },
  60_000,
);

test('an event that the centre never takes, although it goes on answering, is set aside', async () => {
  const broker = await brokerWith();
  const hut = await hutOn(broker);
  const topic = topics(address);
  const centre = await mqtt.connectAsync(broker.url, { reconnectPeriod: 0 });
  open.push({ stop: () => centre.endAsync(true) });
  const upTo = new Map([
    ['reading', 0],
    ['audit', 0],
  ]);
  centre.on('message', (_from, payload) => {
    const batch = JSON.parse(payload.toString()) as { stream: string; seq: string; type: string }[];
    const { stream } = batch[0]!;
    for (const { seq, type } of batch) {
      if (Number(seq) === upTo.get(stream)! + 1 && !(stream === 'reading' && seq === '30'))
        upTo.set(stream, Number(seq));
      if (type.includes('event-quarantined')) upTo.set('reading', 50);
    }
    for (const [name, seq] of upTo) {
      const ack = { epoch: hut.store.epoch, stream: name, upTo: seq, serverTime: new Date().toISOString() };
      centre.publish(topic.ack, JSON.stringify(ack), { qos: 1 });
    }
  });
  await centre.subscribeAsync(topic.event('+' as never), { qos: 1 });
  await hut.scan(50);
  await confirmed(hut, 50);
  expect(hut.store.quarantined).toMatchObject([{ stream: 'reading', seq: 30 }]);
}, 60_000);

test('two poison events in one backlog: while the second is looked for, the first is explained', async () => {
  const broker = await brokerWith();
  const central = await centralOn(broker);
  broker.faults.closeOn = '00077"';
  const hut = await hutOn(broker);
  await hut.scan(1_500);
  await hut.store.append([reading('T9900000077')]);
  await hut.scan(500);
  await confirmed(hut, 2_001);
  await until('explained', () => central.report().gaps === 0 && central.report().received === 1_999 + 2);
  expect(hut.store.quarantined.map(({ seq }) => seq)).toEqual([77, 1_501]);
}, 60_000);

test('one event alone that kills every connection is set aside too', async () => {
  const broker = await brokerWith();
  const central = await centralOn(broker);
  broker.faults.closeOn = 'T0000000001';
  const hut = await hutOn(broker, { confirm: 'broker' });
  await hut.scan(1);
  await until('set aside', () => hut.store.quarantined.length === 1, 60_000);
  await hut.scan(9);
  await until('the rest', () => central.report().received === 10);
  expect(central.report().gaps).toBe(0);
});

test('a broker that refuses every event does not make the hut set aside one after the other', async () => {
  const broker = await brokerWith();
  broker.faults.closeOn = '"specversion"';
  const hut = await hutOn(broker, { confirm: 'broker' });
  await hut.scan(50);
  // Two deaths to become careful, 3 strikes, then two more and 6, then two more and 12.
  await until('many deaths', () => hut.uplink.state().reconnects >= 20, 60_000);
  expect(hut.store.quarantined.length).toBeLessThanOrEqual(2);
}, 60_000);

test('two huts with one id throw each other out, and both slow down', async () => {
  const broker = await brokerWith();
  const times = { shortSessionMs: 10_000, backoffMaxMs: 60_000 };
  const one = await hutOn(broker, { seed: 1, times });
  const two = await hutOn(broker, { seed: 2, times });
  await until('both were thrown out', () => one.uplink.state().reconnects >= 3 && two.uplink.state().reconnects >= 3);
  const waits: number[] = [];
  one.uplink.onState(({ nextTryAt }) => nextTryAt && waits.push(Date.parse(nextTryAt) - Date.now()));
  two.uplink.onState(({ nextTryAt }) => nextTryAt && waits.push(Date.parse(nextTryAt) - Date.now()));
  await until('a long wait', () => waits.some((ms) => ms > 100));
});

test('connecting to a black hole ends, and is tried again', async () => {
  const sockets: Socket[] = [];
  const hole = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
  const { port } = hole.address() as { port: number };
  open.push({ stop: () => new Promise((resolve) => hole.close(resolve)) });
  const hut = await hutOn({ url: `mqtt://127.0.0.1:${port}` }, { times: { connectWithinMs: 100 } });
  await until('three tries', () => sockets.length >= 3);
  expect(hut.uplink.state().lastError).toMatch('no answer from the broker within 100 ms');
  await hut.uplink.stop('test over');
  for (const socket of sockets) socket.destroy();
});

test('nobody listens at the address: the error says so, and the state when it is tried next', async () => {
  const broker = await brokerWith();
  await broker.stop();
  const hut = await hutOn(broker);
  await until('an error', () => hut.uplink.state().lastError);
  expect(hut.uplink.state().lastError).toMatch('ECONNREFUSED');
  await until('next try', () => hut.uplink.state().nextTryAt);
});

test('a broker that is back after a long time gets 20,000 events in order, none twice', async () => {
  const broker = await brokerWith();
  await broker.stop();
  const hut = await hutOn(broker);
  for (let i = 0; i < 20; i += 1) await hut.scan(1_000);
  await until('offline', () => hut.uplink.state().state === 'offline');
  await broker.start();
  const seqs: number[] = [];
  const central = await centralOn(broker, { onEvent: ({ seq }) => seqs.push(seq) });
  await confirmed(hut, 20_000);
  expect(seqs).toEqual(Array.from({ length: 20_000 }, (_, i) => i + 1));
  expect(central.report()).toMatchObject({ received: 20_000, gaps: 0, violations: 0 });
}, 60_000);

test('what was handed over is told to the store at each disconnect', async () => {
  const broker = await brokerWith();
  await centralOn(broker);
  const hut = await hutOn(broker);
  await hut.scan(70);
  await confirmed(hut, 70);
  await hut.uplink.stop('test over');
  expect(hut.store.sentUpTo.get('reading')).toBe(70);
});
