/**
 * Bench, as a process of its own: how fast the uplink drains a backlog, beside MQTT.js publishing the very same payloads
 * with QoS 1 and nothing else. With 0, 100 k, 1 M more events behind the ones that are measured, and over a slow link.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import mqtt from 'mqtt';
import pino from 'pino';
import { systemClock } from '../../device-drivers/clock.ts';
import type { Store } from '../../gateway/store/store.ts';
import { batchEventsMax, batchPayloadBytesMax, windowBatchesMax } from '../../gateway/uplink/limits.ts';
import { startUplink } from '../../gateway/uplink/uplink.ts';
import { bootId, fill, openBenchStore } from './bench-store.ts';
import { startDelay } from './delay.ts';
import { memoryMb, perSecond } from './measure.ts';

const [workDir, brokerUrl, scaleText] = process.argv.slice(2);
const scale = Number(scaleText);
const dir = mkdtempSync(join(workDir!, 'drain-'));
const events = Math.round(100_000 * scale);
const repeats = 3;
const topic = 'hut/v1/test/hut-bench/event/reading';

const store = await openBenchStore(dir);
let written = 0;
async function backlogOf(count: number): Promise<void> {
  await fill(store, written, count);
  written += count;
}

/** Drains the next `count` events and stops: what is behind them stays. */
async function drain(url: string, count: number): Promise<number> {
  const first = (await store.status()).streams.find(({ stream }) => stream === 'reading')!.confirmedSeq + 1;
  const upTo = first + count - 1;
  const window = endsAt(store, upTo);
  const start = { ms: 0 };
  const uplink = await startUplink({
    hut: { region: 'test', gateway: 'hut-bench' },
    url,
    protocol: '3.1.1',
    confirm: 'broker',
    store: window.store,
    clock: systemClock,
    random: () => 0,
    bootId,
    software: 'bench',
    clockQuality: () => 'synced',
    devices: () => [],
    health: () => ({ memory: { rssBytes: 0 }, clock: { quality: 'synced' }, devices: {} }),
    commands: new Map(),
    audit: () => {},
    log: pino({ level: 'silent' }),
    times: { backoffFirstMs: 1 },
  });
  uplink.onState(({ state }) => {
    if (state === 'online') start.ms ||= performance.now();
  });
  const end = await window.confirmed;
  await uplink.stop('measured');
  return perSecond(count, end - start.ms);
}

/** The same store, as if it ended at `upTo`; and the time when all of that is confirmed. */
function endsAt(store: Store, upTo: number): { store: Store; confirmed: Promise<number> } {
  let done: (at: number) => void;
  const confirmed = new Promise<number>((resolve) => {
    done = resolve;
  });
  return {
    confirmed,
    store: {
      ...store,
      batches: (stream, afterSeq, limits) =>
        store.batches(stream, afterSeq, limits, stream === 'reading' ? upTo : undefined),
      async status() {
        const status = await store.status();
        const streams = status.streams.map((s) =>
          s.stream === 'reading' ? { ...s, lastSeq: Math.min(s.lastSeq, upTo) } : s,
        );
        return { ...status, streams };
      },
      confirm(stream, seq) {
        if (stream === 'reading' && seq >= upTo) done(performance.now());
        return store.confirm(stream, seq);
      },
    },
  };
}

/** MQTT.js alone: the same payloads, the same number on their way. */
async function raw(payloads: readonly Buffer[]): Promise<number> {
  const client = await mqtt.connectAsync(brokerUrl!, { protocolVersion: 4 });
  const start = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: windowBatchesMax }, async () => {
      while (next < payloads.length) await client.publishAsync(topic, payloads[next++]!, { qos: 1 });
    }),
  );
  const rate = perSecond(events, performance.now() - start);
  await client.endAsync();
  return rate;
}

async function payloadsOf(): Promise<Buffer[]> {
  const limits = { eventsMax: batchEventsMax, payloadBytesMax: batchPayloadBytesMax, batchesMax: 16 };
  const payloads: Buffer[] = [];
  for (let after = 0; after < events; ) {
    const batches = await store.batches('reading', after, limits, events);
    for (const { payload, last } of batches) {
      payloads.push(Buffer.from(payload));
      after = last;
    }
  }
  return payloads;
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

await backlogOf(events);
const payloads = await payloadsOf();
const rawRates: number[] = [];
const behindRates: { behind: number; rate: number }[] = [];
await raw(payloads);
await drain(brokerUrl!, events);
for (const behind of [0, 100_000, 1_000_000].map((n) => Math.round(n * scale))) {
  const rates: number[] = [];
  for (let i = 0; i < repeats; i++) {
    rawRates.push(await raw(payloads));
    const { pending } = (await store.status()).streams.find(({ stream }) => stream === 'reading')!;
    await backlogOf(Math.max(0, events + behind - pending));
    rates.push(await drain(brokerUrl!, events));
  }
  behindRates.push({ behind, rate: median(rates) });
  process.stderr.write(`  drained with ${behind} behind\n`);
}
const { hostname, port } = new URL(brokerUrl!);
const far = await startDelay({ host: hostname, port: Number(port) }, 25);
const farRate = await drain(`mqtt://127.0.0.1:${far.port}`, Math.round(20_000 * scale));
far.stop();
console.log(JSON.stringify({ raw: median(rawRates), behindRates, farRate, rssMb: memoryMb(process.pid) }));
await store.close();
rmSync(dir, { recursive: true });
process.exit(0);
