/**
 * Bench of the whole hut as a process: bytes on a PTY to the message at a subscriber, at 500 scans/s and as fast as it
 * goes, with tube codes (in clear) and with codes that are sealed; and its memory, idle and loaded.
 */
import { join } from 'node:path';
import mqtt from 'mqtt';
import { createPtyPort } from '../../simulators/pty.ts';
import { devicesReady, startGatewayProcess, writeHut } from '../support/gateway-process.ts';
import { memoryMb, perSecond, type Spread, spread } from './measure.ts';
import { type Bench, hutEnv } from './processes.ts';

export interface WireFigures {
  readonly startMs: number;
  readonly at500: Spread;
  readonly tubesPerSecond: number;
  readonly sealedPerSecond: number;
  readonly idleMb: number;
  readonly loadedMb: number;
}

/** Sends `count` scans through the port and waits until all are at the subscriber. `everyMs` 0: as fast as it goes. */
type Send = (prefix: string, count: number, everyMs: number) => Promise<{ timesMs: number[]; tookMs: number }>;

export async function benchWire(bench: Bench, brokerUrl: string, scale: number): Promise<WireFigures> {
  const dir = join(bench.workDir, 'wire');
  const port = await createPtyPort({ path: join(dir, 'scanner-1') });
  const hut = await writeHut({
    dir,
    brokerUrl,
    devices: [{ id: 'scanner-1', driver: 'scanner-line', at: `serial:${port.path}`, options: { baudRate: 115200 } }],
  });
  const startedMs = performance.now();
  const gateway = startGatewayProcess(hut, hutEnv(bench));
  await devicesReady(hut);
  const startMs = performance.now() - startedMs;
  const pid = gateway.child.pid!;

  const client = await mqtt.connectAsync(brokerUrl);
  await client.subscribeAsync('hut/v1/+/+/event/reading', { qos: 1 });
  let arrived: (at: number, events: { data: { text?: string } }[]) => void = () => {};
  client.on('message', (_topic, payload) => arrived(performance.now(), JSON.parse(payload.toString())));

  const send: Send = async (prefix, count, everyMs) => {
    const sentAt = new Map<string, number>();
    const timesMs: number[] = [];
    let left = count;
    const all = new Promise<void>((resolve) => {
      arrived = (at, events) => {
        for (const { data } of events) {
          const sent = data.text === undefined ? undefined : sentAt.get(data.text);
          if (sent !== undefined) timesMs.push(at - sent);
        }
        left -= events.length;
        if (left <= 0) resolve();
      };
    });
    const code = (n: number) => `${prefix}${String(n).padStart(10, '0')}`;
    const start = performance.now();
    if (everyMs === 0) {
      // The port's own back-pressure sets the pace.
      const chunk = 200;
      for (let n = 0; n < count; n += chunk) {
        const codes = Array.from({ length: Math.min(chunk, count - n) }, (_, i) => `${code(n + i)}\r`);
        await port.write(Buffer.from(codes.join('')));
      }
    } else {
      for (let n = 0; n < count; n++) {
        const waitMs = start + n * everyMs - performance.now();
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
        sentAt.set(code(n), performance.now());
        await port.write(Buffer.from(`${code(n)}\r`));
      }
    }
    await all;
    return { timesMs, tookMs: performance.now() - start };
  };

  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const idleMb = memoryMb(pid).now;
  await send('T', 1_000, 2);
  const at500 = spread((await send('T', Math.round(10_000 * scale), 2)).timesMs);
  const tubes = Math.round(100_000 * scale);
  const fast = await send('T', tubes, 0);
  const sealedScans = Math.round(10_000 * scale);
  const sealed = await send('someone-', sealedScans, 0);
  const loadedMb = memoryMb(pid).highest;
  await gateway.kill('SIGTERM');
  await client.endAsync(true);
  await port.close();
  return {
    startMs,
    at500,
    tubesPerSecond: perSecond(tubes, fast.tookMs),
    sealedPerSecond: perSecond(sealedScans, sealed.tookMs),
    idleMb,
    loadedMb,
  };
}
