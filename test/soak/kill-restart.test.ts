/**
 * The promise of the product, tried the hard way: 10,000 distinct scans at 200/s through a PTY while the gateway is killed
 * with SIGKILL 20 times and Mosquitto restarted 20 times, at random. What the gateway announced as committed must be at a
 * subscriber exactly once after deduplication on `id`, without a gap in the sequence and byte-identical in every resend.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { startCentral } from '../../simulators/central.ts';
import { createPtyPort } from '../../simulators/pty.ts';
import { seededRandom } from '../../simulators/random.ts';
import {
  devicesReady,
  type GatewayProcess,
  getJson,
  type HutFiles,
  startGatewayProcess,
  writeHut,
} from '../support/gateway-process.ts';
import { startMosquitto, whyNoMosquitto } from '../support/mosquitto.ts';
import { until } from '../support/until.ts';

const scans = Number(process.env.SOAK_SCANS ?? 10_000);
const perSecond = 200;
const kills = Number(process.env.SOAK_KILLS ?? 20);
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000);
const tickMs = 1000 / perSecond;

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Received {
  readonly id: string;
  readonly text: string;
  readonly seq: number;
}

const drainedWithinMs = 180_000;

interface Receiver {
  readonly byId: ReadonlyMap<string, Received>;
  resends(): number;
  /** Resends that were not byte-identical, and whatever else breaks the contract. */
  wrong(): readonly unknown[];
  /** From now on every acknowledgement is sent: a backlog whose last one may be forgotten for ever is never drained. */
  calm(): void;
}

const received = (event: { id: string; seq: string; data: { text: string } }): Received => ({
  id: event.id,
  text: event.data.text,
  seq: Number(event.seq),
});

/** A plain subscriber, in a session that the broker keeps over a stop in order. */
function subscribe(url: string): Receiver {
  const byId = new Map<string, Received>();
  const digests = new Map<string, string>();
  const different: string[] = [];
  let resends = 0;
  const client = mqtt.connect(url, { clientId: 'soak-subscriber', clean: false, reconnectPeriod: 100 });
  client.on('error', () => {});
  client.on('connect', () => client.subscribe('hut/v1/+/+/event/reading', { qos: 1 }));
  client.on('message', (_topic, payload) => {
    for (const event of JSON.parse(payload.toString())) {
      const digest = createHash('sha256').update(JSON.stringify(event)).digest('hex');
      if (!byId.has(event.id)) {
        byId.set(event.id, received(event));
        digests.set(event.id, digest);
        continue;
      }
      resends += 1;
      if (digests.get(event.id) !== digest) different.push(event.id);
    }
  });
  cleanUps.push(() => client.endAsync(true));
  return { byId, resends: () => resends, wrong: () => different, calm: () => {} };
}

/**
 * The simulated centre: what it has acknowledged is all it will ever see, so it is the one who must have everything. A
 * subscriber beside it would miss what passes while a killed broker has forgotten its session.
 */
async function central(url: string, random: () => number): Promise<Receiver> {
  const byId = new Map<string, Received>();
  const centre = await startCentral({
    url,
    region: 'test',
    forgetAcks: 0.5,
    random,
    onEvent(event, bytes) {
      if (event.stream !== 'reading') return;
      const { id, ...rest } = JSON.parse(Buffer.from(bytes).toString());
      if (byId.has(id)) throw new Error('the centre took an event twice');
      byId.set(id, received({ id, ...rest }));
    },
  });
  cleanUps.push(() => centre.stop());
  return {
    byId,
    resends: () => centre.report().duplicates,
    wrong: () => centre.report().firstViolations,
    calm: () => centre.setForgetAcks(0),
  };
}

/**
 * Follows the live feed across restarts. Every `committed` message is an announcement with its text; `missed` announces
 * numbers that came too fast to be shown one by one.
 */
function followAnnouncements(hut: HutFiles) {
  const texts = new Map<string, number>();
  let upTo = 0;
  let stopped = false;
  let socket: WebSocket | undefined;
  const connect = () => {
    if (stopped) return;
    socket = new WebSocket(`ws://127.0.0.1:${hut.apiPort}/api/live`);
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      if (message.stream !== 'reading') return;
      if (message.type === 'committed') texts.set(message.summary, message.seq);
      upTo = Math.max(upTo, message.type === 'committed' ? message.seq : message.upTo);
    });
    socket.on('error', () => {});
    socket.on('close', () => setTimeout(connect, 20));
  };
  connect();
  cleanUps.push(() => {
    stopped = true;
    socket?.terminate();
  });
  return { texts, upTo: () => upTo };
}

async function soak(confirm: 'broker' | 'central') {
  console.log(`seed ${seed} (SOAK_SEED=${seed} repeats it)`);
  const random = seededRandom(seed, confirm);
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-soak-'));
  cleanUps.push(() => rmSync(dir, { recursive: true, force: true }));
  // With `confirm: broker` a PUBACK has to be worth something, so the broker is stopped in order; with `central` it is killed.
  const broker = await startMosquitto({ dir: join(dir, 'broker'), persistent: true });
  cleanUps.push(() => broker.stop());
  const port = await createPtyPort({ path: join(dir, 'scanner-1') });
  cleanUps.push(() => port.close());
  const hut = await writeHut({
    dir,
    brokerUrl: broker.url,
    confirm,
    devices: [{ id: 'scanner-1', driver: 'scanner-line', at: `serial:${port.path}` }],
  });
  const receiver = confirm === 'central' ? await central(broker.url, random) : subscribe(broker.url);
  let gateway: GatewayProcess = startGatewayProcess(hut);
  cleanUps.push(() => gateway.kill('SIGKILL'));
  const announced = followAnnouncements(hut);
  await devicesReady(hut);

  const lastTick = scans - perSecond;
  const moments = (n: number) => new Set(Array.from({ length: n }, () => Math.floor(random() * lastTick)));
  const killAt = moments(kills);
  const restartAt = moments(kills);
  // One after the other: two kills within a few milliseconds must not start two gateways on one store.
  let gatewayTurn: Promise<unknown> = Promise.resolve();
  let brokerTurn: Promise<unknown> = Promise.resolve();
  let killed = 0;
  let restarted = 0;
  const startMs = performance.now();
  for (let n = 0; n < scans; n++) {
    const waitMs = startMs + n * tickMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    // The line goes on whether or not somebody reads it; what is sent into a closed port is lost and never announced.
    void port.write(Buffer.from(`T${String(n).padStart(10, '0')}\r`)).catch(() => {});
    if (killAt.has(n)) {
      killed += 1;
      gatewayTurn = gatewayTurn.then(async () => {
        await gateway.kill('SIGKILL');
        gateway = startGatewayProcess(hut);
      });
    }
    if (restartAt.has(n)) {
      restarted += 1;
      brokerTurn = brokerTurn.then(() => broker.restart(confirm === 'central' ? 'SIGKILL' : 'SIGTERM'));
    }
  }
  await Promise.all([gatewayTurn, brokerTurn]);
  receiver.calm();

  interface Health {
    streams: { stream: string; pending: number; lastSeq: number }[];
  }
  const reading = await until(
    'the backlog is drained',
    async () => {
      const health = await getJson<Health>(hut, '/api/health');
      const stream = health?.streams.find(({ stream }) => stream === 'reading');
      return stream && stream.pending === 0 && receiver.byId.size >= stream.lastSeq ? stream : undefined;
    },
    // A forgotten acknowledgement costs 30 s, and the connection after it up to a minute.
    drainedWithinMs,
  );

  const texts = new Map<string, number>();
  for (const { text } of receiver.byId.values()) texts.set(text, (texts.get(text) ?? 0) + 1);
  const missing = [...announced.texts.keys()].filter((text) => texts.get(text) !== 1);
  const seqs = [...receiver.byId.values()].map(({ seq }) => seq).sort((a, b) => a - b);
  console.log(
    `${confirm}: ${scans} scans, gateway killed ${killed}x, broker restarted ${restarted}x; committed ${reading.lastSeq}, announced ${announced.upTo()} (${announced.texts.size} with their text), ` +
      `received ${receiver.byId.size}, resends ${receiver.resends()}, announced but not there exactly once ${missing.length}`,
  );
  expect(missing).toEqual([]);
  expect(receiver.wrong()).toEqual([]);
  expect(seqs).toEqual(Array.from({ length: reading.lastSeq }, (_, i) => i + 1));
  expect(reading.lastSeq).toBeGreaterThanOrEqual(announced.upTo());
  expect(announced.upTo()).toBeGreaterThan(scans / 4);
  expect(killed).toBeGreaterThan(kills / 2);
  expect(await gateway.kill('SIGTERM')).toBe(0);
}

const reason = whyNoMosquitto();
if (reason) console.log(`skipped: ${reason}`);

describe.skipIf(reason)('killed gateway, restarted broker', () => {
  test('confirm: broker', () => soak('broker'), 300_000);
  test('confirm: central, with a central that forgets half of its acks', () => soak('central'), 300_000);
});
