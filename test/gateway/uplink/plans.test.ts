/** The campaign plan on its way from the centre to a hut, over the real broker. */
import mqtt, { type MqttClient } from 'mqtt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ConfigReportedMessage, PlanMessage } from '../../../gateway/contract/messages.ts';
import { topics } from '../../../gateway/contract/topics.ts';
import type { PlanHandler } from '../../../gateway/uplink/plans.ts';
import { type Broker, startBroker } from '../../../simulators/broker.ts';
import { startCentral } from '../../../simulators/central.ts';
import { until } from '../../support/until.ts';
import { address, type HutOptions, startHut } from './hut.ts';

const topic = topics(address);
let broker: Broker;
let client: MqttClient;
let reports: ConfigReportedMessage[];
const open: { stop(): unknown }[] = [];

beforeEach(async () => {
  broker = await startBroker();
  client = await mqtt.connectAsync(broker.url, { reconnectPeriod: 0 });
  reports = [];
  client.on('message', (_, payload) => reports.push(JSON.parse(payload.toString())));
  await client.subscribeAsync(topic.configReported, { qos: 1 });
});
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.stop();
  await client.endAsync(true);
  await broker.stop();
});

const tell = (plan: object | string) =>
  client.publishAsync(topic.plan, typeof plan === 'string' ? plan : JSON.stringify(plan), { qos: 1, retain: true });
const reported = (number: number) => until(`${number} reports`, () => reports.length >= number);

async function hutWith(options: Partial<HutOptions> = {}) {
  const taken: PlanMessage[] = [];
  const onPlan: PlanHandler = (plan) => {
    taken.push(plan);
    return [];
  };
  const hut = await startHut({ url: broker.url, onPlan, ...options });
  open.push({ stop: () => hut.uplink.stop('test over') });
  await until('online', () => hut.uplink.state().state === 'online');
  return { ...hut, taken };
}

describe('a plan', () => {
  test('that was told before the hut came is handed over, and reported as applied', async () => {
    const central = await startCentral({ url: broker.url, region: address.region });
    open.push(central);
    await central.publishPlan({ version: 'p1', poolSize: 20, codes: { tube: '^K\\d{9}$' } });
    const { taken } = await hutWith();
    await reported(1);
    expect(taken).toEqual([{ version: 'p1', poolSize: 20, codes: { tube: String.raw`^K\d{9}$` } }]);
    expect(reports).toMatchObject([{ version: 'p1', status: 'applied', errors: [] }]);
    expect(central.report().violations).toBe(0);
  });

  test('of the same version is handed over once, also after a reconnect, but reported again', async () => {
    const { taken, uplink } = await hutWith();
    await tell({ version: 'p1', poolSize: 20 });
    await reported(1);
    broker.dropConnections();
    await until('connected again', () => uplink.state().reconnects === 1 && uplink.state().state === 'online');
    client = await mqtt.connectAsync(broker.url, { reconnectPeriod: 0 });
    client.on('message', (_, payload) => reports.push(JSON.parse(payload.toString())));
    await client.subscribeAsync(topic.configReported, { qos: 1 });
    await tell({ version: 'p1', poolSize: 5 });
    await tell({ version: 'p2' });
    await until('p2 is reported', () => reports.at(-1)?.version === 'p2');
    expect(taken.map(({ version, poolSize }) => [version, poolSize])).toEqual([
      ['p1', 20],
      ['p2', undefined],
    ]);
    expect(new Set(reports.map(({ version, sha256 }) => `${version} ${sha256}`)).size).toBe(2);
  });

  test('that is in force from before the start is not handed over', async () => {
    const { taken } = await hutWith({ planVersion: 'p1' });
    await tell({ version: 'p1' });
    await reported(1);
    expect(taken).toEqual([]);
    expect(reports[0]).toMatchObject({ version: 'p1', status: 'applied' });
  });

  test('that breaks the contract is reported with its key, and the next one counts', async () => {
    const { taken, uplink } = await hutWith();
    await tell({ version: 'p1', poolSize: 7 });
    await reported(1);
    expect(reports[0]).toMatchObject({ version: 'p1', status: 'rejected' });
    expect(reports[0]?.errors.join()).toMatch(/^poolSize: /);
    for (const nonsense of ['', 'null', '[]', '{', '{"version":1}', 'x'.repeat(300_000)]) await tell(nonsense);
    await tell({ version: 'p1', poolSize: 5 });
    await reported(2);
    expect(taken).toEqual([{ version: 'p1', poolSize: 5 }]);
    // The empty one is none.
    expect(uplink.state().ignored).toBe(6);
    expect(uplink.state().state).not.toBe('offline');
  });

  test('that the hut refuses is reported, and tried again only when it changes', async () => {
    let asked = 0;
    const onPlan: PlanHandler = async ({ codes }) => {
      asked += 1;
      return codes?.tube === '^T$' ? [] : ['codes.tube: can take very long'];
    };
    await hutWith({ onPlan });
    await tell({ version: 'p1', codes: { tube: '^(a+)+$' } });
    await tell({ version: 'p1', codes: { tube: '^(a+)+$' } });
    await reported(2);
    expect(reports).toMatchObject([
      { status: 'rejected', errors: ['codes.tube: can take very long'] },
      { status: 'rejected' },
    ]);
    expect(asked).toBe(1);
    await tell({ version: 'p1', codes: { tube: '^T$' } });
    await reported(3);
    expect(reports[2]).toMatchObject({ version: 'p1', status: 'applied' });
  });

  test('that cannot be kept now is tried again when it comes again', async () => {
    let asked = 0;
    await hutWith({
      onPlan: () => {
        asked += 1;
        if (asked === 1) throw new Error('disk full');
        return [];
      },
    });
    await tell({ version: 'p1' });
    await until('it was tried', () => asked === 1);
    expect(reports).toEqual([]);
    await tell({ version: 'p1' });
    await reported(1);
    expect(reports).toMatchObject([{ version: 'p1', status: 'applied' }]);
  });

  test('is not asked for by a hut that has no use for it', async () => {
    const hut = await startHut({ url: broker.url });
    open.push({ stop: () => hut.uplink.stop('test over') });
    await until('online', () => hut.uplink.state().state === 'online');
    await tell({ version: 'p1', poolSize: 7 });
    await tell({ version: 'p2' });
    expect(hut.uplink.state().ignored).toBe(0);
    expect(reports).toEqual([]);
  });
});
