/**
 * A whole hut for a test: simulated devices in a process of their own, `hutgate run` in another, and here the broker, the
 * central system and a tap on the wire between. All of it is gone when the test is over; when it failed, the gateway's
 * last words are printed.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFailed, onTestFinished, vi } from 'vitest';
import type { EventEnvelope } from '../../gateway/contract/envelope.ts';
import { type Broker, startBroker } from '../../simulators/broker.ts';
import { type Central, startCentral } from '../../simulators/central.ts';
import { connectRack, type RackClient } from '../../simulators/client.ts';
import type { RackDevice } from '../../simulators/rack.ts';
import {
  devicesReady,
  type GatewayProcess,
  getJson,
  type HutFiles,
  hutgateBin,
  logOf,
  startGatewayProcess,
  writeHut,
} from '../support/gateway-process.ts';
import { until } from '../support/until.ts';
import { startTap, type Tap } from './tap.ts';

/** Only for what hangs: nothing here is judged by its time, and a busy machine takes its own. */
const hangsAfterMs = 60_000;
vi.setConfig({ testTimeout: hangsAfterMs });

export const address = { region: 'test', gateway: 'hut-1' } as const;

/** A device on both ends: `options` are the driver's, `simulator` is what the rack is told. */
export interface WholeDevice {
  readonly id: string;
  readonly driver: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly simulator?: Omit<RackDevice, 'id' | 'driver'>;
}

export interface WholeHut {
  readonly files: HutFiles;
  readonly dataDir: string;
  readonly rack: RackClient;
  readonly broker: Broker;
  readonly tap: Tap;
  readonly central: Central;
  /** What the central system accepted, each event once, in the order of arrival. */
  readonly received: readonly EventEnvelope[];
  /** Starts the gateway; after the first one has ended, starts it again with the same files. */
  start(env?: NodeJS.ProcessEnv): GatewayProcess;
  /** Address of a device, for another configuration. */
  at(deviceId: string): string;
}

export interface WholeHutSetup {
  readonly devices: readonly WholeDevice[];
  readonly confirm?: 'central' | 'broker';
  /** Devices of the rack that the configuration leaves out. */
  readonly unconfigured?: readonly string[];
  readonly more?: object;
}

export const temporaryDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-whole-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

/** The rack is a process: a gateway started from the one that holds the PTYs would inherit them, and no cable could be pulled. */
async function startRackProcess(dir: string, devices: readonly RackDevice[]): Promise<RackClient> {
  const file = join(dir, 'rack.yaml');
  const racked = devices.map((device) => ({ paced: false, ...device }));
  writeFileSync(file, JSON.stringify({ seed: 7, devices: racked }));
  const rackDir = join(dir, 'rack');
  const child = spawn(hutgateBin, ['simulate', '--rack', file, '--dir', rackDir], { stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const rack = await until('the rack', () => {
    if (child.exitCode !== null) throw new Error(`the rack ended with ${child.exitCode}`);
    return connectRack(rackDir).catch(() => undefined);
  });
  onTestFinished(() => rack.close());
  // Answered once the devices are there.
  await rack.devices();
  return rack;
}

export async function wholeHut({ devices, confirm = 'central', unconfigured = [], more = {} }: WholeHutSetup) {
  const dir = temporaryDir();
  const rack = await startRackProcess(
    dir,
    devices.map(({ id, driver, simulator }) => ({ id, driver, ...simulator })),
  );
  const addresses = new Map((await rack.devices()).map(({ id, at }) => [id, at]));
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const tap = await startTap(broker.port);
  onTestFinished(() => tap.stop());
  const files = await writeHut({
    dir,
    brokerUrl: tap.url,
    confirm,
    devices: devices
      .filter(({ id }) => !unconfigured.includes(id))
      .map(({ id, driver, options = {} }) => ({ id, driver, at: addresses.get(id)!, options })),
    more,
  });
  const received: EventEnvelope[] = [];
  const central = await startCentral({
    url: broker.url,
    region: address.region,
    onEvent: (_event, bytes) => received.push(JSON.parse(Buffer.from(bytes).toString('utf8'))),
  });
  onTestFinished(() => central.stop());
  onTestFailed(() => {
    if (existsSync(files.logFile)) console.error(logOf(files).split('\n').slice(-25).join('\n'));
  });
  const hut: WholeHut = {
    ...{ files, rack, broker, tap, central, received },
    dataDir: join(dir, 'data'),
    start(env) {
      const gateway = startGatewayProcess(files, env);
      onTestFinished(async () => void (await gateway.kill('SIGKILL')));
      return gateway;
    },
    at: (deviceId) => addresses.get(deviceId)!,
  };
  return hut;
}

/** Runs a command to its end; the broker and the taps of this process go on meanwhile. */
export async function hutgate(...args: string[]) {
  const child = spawn(hutgateBin, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ]);
  return { code, stdout, stderr };
}

/** The data of all received events of a short type such as `reading.scanned`. */
export const dataOf = ({ received }: Pick<WholeHut, 'received'>, type: string) =>
  received
    .filter((event) => event.type === `org.hutgate.${type}.v1`)
    .map(({ data }) => data as Record<string, unknown>);

export interface DeviceAnswer {
  readonly id: string;
  readonly state: string;
  readonly reason?: { readonly code: string };
  readonly counters: {
    readonly frames: number;
    readonly readings: number;
    readonly discardedBytes: Readonly<Record<string, number>>;
    readonly faults: Readonly<Record<string, number>>;
  };
}

export async function deviceOf({ files }: WholeHut, id: string): Promise<DeviceAnswer | undefined> {
  const devices = await getJson<readonly DeviceAnswer[]>(files, '/api/devices');
  return devices?.find((device) => device.id === id);
}

export const deviceInState = (hut: WholeHut, id: string, state: string) =>
  until(`${id} ${state}`, async () => (await deviceOf(hut, id))?.state === state);

export interface StreamAnswer {
  readonly stream: string;
  readonly lastSeq: number;
  readonly pending: number;
}
export interface HealthAnswer {
  readonly gateway: { readonly epoch: string };
  readonly streams: readonly StreamAnswer[];
}

export const health = ({ files }: Pick<WholeHut, 'files'>) => getJson<HealthAnswer>(files, '/api/health');

/** Waits until the store holds `readings` or more and all of it is confirmed. Resolves with how many there are. */
export const drained = (hut: WholeHut, readings: number) =>
  until(
    'everything confirmed',
    async () => {
      const streams = (await health(hut))?.streams;
      const last = streams?.find(({ stream }) => stream === 'reading')?.lastSeq ?? 0;
      return last >= readings && streams!.every(({ pending }) => pending === 0) ? { last } : undefined;
    },
    hangsAfterMs,
  );

/** All devices are ready, and the centre knows that the hut is there. */
export async function ready(hut: WholeHut): Promise<void> {
  await devicesReady(hut.files);
  await until('the hut at the centre', () => hut.central.report().huts.some(({ online }) => online));
}

/** What the rack's device looks like to a person. */
export async function lookAt({ rack }: WholeHut, id: string): Promise<Readonly<Record<string, unknown>>> {
  return (await rack.state()).find((state) => state.id === id)!.device;
}

/** Bytes onto a device's line, as the rack takes them: in pieces, each waiting for the host. */
export async function inject({ rack }: Pick<WholeHut, 'rack'>, id: string, bytes: Uint8Array): Promise<void> {
  const pieceBytes = 512 * 1024;
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const base64 = Buffer.from(bytes.subarray(at, at + pieceBytes)).toString('base64');
    await rack.act(id, 'inject', { base64 });
  }
}

/** A scanner that never rests: distinct tube codes from `T0000000000` on, as fast as the line takes them. */
export function flood(hut: Pick<WholeHut, 'rack'>, id: string): { stop(): void } {
  const codesAtOnce = 200;
  let flooding = true;
  const run = async () => {
    for (let first = 0; flooding; first += codesAtOnce) {
      const codes = Array.from({ length: codesAtOnce }, (_, n) => `T${String(first + n).padStart(10, '0')}\r`);
      await inject(hut, id, Buffer.from(codes.join('')));
    }
  };
  // Ends with the rack at the latest.
  run().catch(() => {});
  return {
    stop: () => {
      flooding = false;
    },
  };
}

export const readingsIn = async (hut: WholeHut) =>
  (await health(hut))?.streams.find(({ stream }) => stream === 'reading')?.lastSeq ?? 0;

/** Everything in the store, `readings` or more, is at the centre: each number once, none missing. Resolves with how many there are. */
export async function allAtTheCentre(hut: WholeHut, readings: number): Promise<number> {
  const { last } = await drained(hut, readings);
  const seqs = hut.received.filter(({ stream }) => stream === 'reading').map(({ seq }) => Number(seq));
  expect(seqs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: last }, (_, n) => n + 1));
  expect(hut.central.report()).toMatchObject({ gaps: 0, violations: 0 });
  return last;
}

/** `hutgate store verify` finds nothing wrong. */
export async function verified(hut: WholeHut) {
  const { code, stdout } = await hutgate('store', 'verify', '--config', hut.files.configFile);
  expect(stdout).toMatch(/^sound: /);
  expect(code).toBe(0);
}
