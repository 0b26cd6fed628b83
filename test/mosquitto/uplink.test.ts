/** The uplink against a real Mosquitto 2 with user, password and the project's ACL, on MQTT 3.1.1 and 5. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import { topics } from '../../gateway/contract/topics.ts';
import { type Central, type CentralOptions, startCentral } from '../../simulators/central.ts';
import { seededRandom } from '../../simulators/random.ts';
import { address, type Hut, type HutOptions, startHut } from '../gateway/uplink/hut.ts';
import { whyNoMosquitto } from '../support/mosquitto.ts';
import { until } from '../support/until.ts';
import { credentials, type Mosquitto, startMosquitto } from './mosquitto.ts';

const missing = whyNoMosquitto();
if (missing) console.warn(`skipped: ${missing}`);

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.stop();
});

async function brokerWith(...extra: string[]): Promise<Mosquitto> {
  const broker = await startMosquitto(extra);
  open.push(broker);
  return broker;
}
async function centralOn(broker: Mosquitto, options: Partial<CentralOptions> = {}): Promise<Central> {
  const central = await startCentral({
    url: broker.url,
    region: address.region,
    credentials: credentials('central'),
    fromStart: true,
    askAfterMs: 100,
    ...options,
  });
  open.push(central);
  return central;
}
async function hutOn(broker: Mosquitto, options: Partial<HutOptions> = {}): Promise<Hut> {
  const hut = await startHut({ url: broker.url, credentials: credentials(address.gateway), ...options });
  open.push({ stop: () => hut.uplink.stop('test over') });
  return hut;
}
const confirmed = (hut: Hut, seq: number) =>
  until(`confirmed up to ${seq}`, () => hut.store.confirmedUpTo.get('reading') === seq, 60_000);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

describe.skipIf(missing !== undefined).each(['3.1.1', '5'] as const)(`MQTT %s (seed ${seed})`, (protocol) => {
  test.each(['central', 'broker'] as const)(
    'confirm: %s: the broker is killed at random moments, the centre forgets half',
    async (confirm) => {
      const broker = await brokerWith();
      const central = await centralOn(broker, {
        protocolVersion: protocol === '5' ? 5 : 4,
        forgetAcks: 0.5,
        random: seededRandom(seed, 'forget'),
      });
      const hut = await hutOn(broker, { confirm, protocol, seed });
      const random = seededRandom(seed, `kill/${confirm}`);
      let total = 0;
      for (let kill = 0; kill < 5; kill += 1) {
        const more = Math.floor(random() * 400);
        await hut.scan(more);
        total += more;
        await pause(random() * 80);
        await broker.kill();
        await broker.start();
      }
      await confirmed(hut, total);
      await until('all received', () => central.report().received === total, 60_000);
      expect(central.report()).toMatchObject({ gaps: 0, firstViolations: [] });
      expect(hut.store.quarantined).toEqual([]);
    },
    120_000,
  );

  test('what the ACL forbids is not said, and what it allows arrives', async () => {
    const broker = await brokerWith();
    const stranger = await mqtt.connectAsync(broker.url, { ...credentials('hut-0418'), reconnectPeriod: 0 });
    open.push({ stop: () => stranger.endAsync(true) });
    const heard: string[] = [];
    stranger.on('message', (from) => heard.push(from));
    await stranger.subscribeAsync(['hut/v1/#', 'hut/v1/+/_all/#'], { qos: 1 }).catch(() => {});
    const central = await centralOn(broker);
    const hut = await hutOn(broker, { protocol });
    await hut.scan(10);
    await confirmed(hut, 10);
    await stranger.publishAsync(topics(address).command, '{}', { qos: 1 });
    await stranger.publishAsync(topics({ ...address, gateway: 'hut-0418' }).state, '', { qos: 1, retain: true });
    expect(heard.filter((from) => from.includes(address.gateway))).toEqual([]);
    expect(central.report()).toMatchObject({ received: 10, gaps: 0 });
    expect(hut.uplink.state().ignored).toBe(0);
  });

  test('a wrong password is an error that says so, and costs nothing', async () => {
    const broker = await brokerWith();
    const hut = await hutOn(broker, { protocol, credentials: { username: address.gateway, password: 'wrong' } });
    await until('an error', () => hut.uplink.state().lastError);
    expect(hut.uplink.state().lastError).toMatch(/not authorized|bad user/i);
    await hut.scan(1);
    expect(hut.store.quarantined).toEqual([]);
  });
});

describe.skipIf(missing !== undefined)('MQTT 5 and what only it can say', () => {
  test('auto takes MQTT 5 where the broker speaks it', async () => {
    const broker = await brokerWith('max_inflight_messages 3');
    const central = await centralOn(broker);
    const hut = await hutOn(broker);
    // More batches than the Receive Maximum of 3: exceeding it would end the connection.
    await hut.scan(2_000);
    await confirmed(hut, 2_000);
    expect(hut.uplink.state().reconnects).toBe(0);
    expect(central.report()).toMatchObject({ received: 2_000, violations: 0 });
  });

  test('a hut without rights is told so, and blames no event for it', async () => {
    const broker = await brokerWith();
    const hut = await hutOn(broker, { confirm: 'broker', credentials: credentials('hut-0418') });
    await hut.scan(1);
    await until('several tries', () => hut.uplink.state().reconnects >= 8);
    expect(hut.uplink.state().lastError).toBe('the broker refuses the birth with reason 135');
    expect(hut.store.quarantined).toEqual([]);
  });

  test('an event larger than the broker takes is set aside, and the rest flows', async () => {
    const broker = await brokerWith('max_packet_size 40000');
    const central = await centralOn(broker);
    const hut = await hutOn(broker, { confirm: 'broker' });
    await hut.scan(60);
    await hut.store.append([bulky(50_000)]);
    await hut.scan(60);
    await confirmed(hut, 121);
    await until('the rest', () => central.report().received === 120 + 1);
    expect(hut.store.quarantined).toMatchObject([{ seq: 61 }]);
    expect(central.report()).toMatchObject({ gaps: 0 });
  }, 60_000);
});

describe.skipIf(missing !== undefined)('TLS with client certificates', () => {
  test('the CN is the user; a hut without the right authority does not connect and says why', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hutgate-tls-'));
    open.push({ stop: () => rm(dir, { recursive: true, force: true }) });
    const pem = makeCertificates(dir, [address.gateway, 'central', 'localhost']);
    const broker = await startMosquitto([
      `cafile ${join(dir, 'ca.pem')}`,
      `certfile ${join(dir, 'localhost.pem')}`,
      `keyfile ${join(dir, 'localhost.key')}`,
      'require_certificate true',
      'use_identity_as_username true',
    ]);
    open.push(broker);
    const url = broker.url.replace('mqtt://127.0.0.1', 'mqtts://localhost');
    const central = await centralOn(broker, { url, credentials: {}, tls: pem('central') });
    const hut = await hutOn(broker, { url, credentials: {}, tls: pem(address.gateway) });
    await hut.scan(100);
    await confirmed(hut, 100);
    expect(central.report()).toMatchObject({ received: 100, violations: 0 });

    const { ca: _unknown, ...certificate } = pem(address.gateway);
    const lost = await hutOn(broker, { url, credentials: {}, tls: certificate });
    await until('an error', () => lost.uplink.state().lastError);
    expect(lost.uplink.state().lastError).toMatch(/certificate/);
  });
});

/** An authority and one certificate per name, made anew: no key is kept in the project. */
function makeCertificates(dir: string, names: readonly string[]) {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test authority', '-days', '2');
  for (const name of names) {
    const san = `subjectAltName=DNS:${name}`;
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`, '-addext', san);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy', '-days', '2'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`);
  }
  const read = (file: string) => readFileSync(join(dir, file));
  return (name: string) => ({ ca: read('ca.pem'), cert: read(`${name}.pem`), key: read(`${name}.key`) });
}

const bulky = (bytes: number) => ({
  stream: 'reading' as const,
  type: 'reading.scanned',
  time: '2022-11-07T07:13:08.412+08:00',
  monoMs: 1,
  clockQuality: 'synced' as const,
  data: JSON.stringify({ device: 'scanner-1', text: 'x'.repeat(bytes) }),
});
