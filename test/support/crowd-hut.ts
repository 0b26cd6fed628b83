/**
 * A hut for a crowd: simulated devices of two lanes in a process of their own, `hutgate run` in another, and here the broker
 * and the centre with its ledger of the sampling stream. Of no test framework: the bench works it too.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stringify } from 'yaml';
import { campaign } from '../../gateway/cli/demo.ts';
import { hashSecret } from '../../gateway/sign-in/secret-hash.ts';
import { startBroker } from '../../simulators/broker.ts';
import { type Central, startCentral } from '../../simulators/central.ts';
import { createSamplingLedger, type SamplingLedger } from '../../simulators/central-sampling-ledger.ts';
import { connectRack, type RackClient } from '../../simulators/client.ts';
import type { CrowdLane } from '../../simulators/crowd/sampler.ts';
import { createOpener, type Opener } from '../../simulators/crowd/sealed.ts';
import {
  devicesReady,
  type GatewayProcess,
  getJson,
  type HutFiles,
  hutgateBin,
  startGatewayProcess,
  writeHut,
} from './gateway-process.ts';
import { until } from './until.ts';

export interface SampledEvent {
  readonly epoch: string;
  readonly seq: number;
  /** Short: `sampling.person-added`. */
  readonly type: string;
}

export interface CrowdHut {
  readonly files: HutFiles;
  readonly url: string;
  readonly lanes: readonly CrowdLane[];
  readonly rack: RackClient;
  readonly central: Central;
  readonly ledger: SamplingLedger;
  readonly opener: Opener;
  /** Events of the sampling stream at the centre, by epoch and number. */
  readonly sampled: ReadonlyMap<string, SampledEvent>;
  gateway(): GatewayProcess;
  start(): void;
  /** Resolves when the centre has confirmed all that the hut has. Resolves with the number of sampling events. */
  confirmed(): Promise<number>;
  /** What `hutgate store verify` says. */
  verify(): Promise<{ code: number | null; stdout: string }>;
  stop(): Promise<void>;
}

const pin = '2468';
const laneNumbers = [1, 2];

interface Fitting {
  readonly id: string;
  readonly driver: string;
  readonly simulator?: object;
  readonly options?: object;
}

/** `dir`: empty. `env`: of the gateway's processes. `cardMs`: shortest and longest time a card takes to be found and read. */
export async function startCrowdHut(
  dir: string,
  { env = {}, cardMs }: { env?: NodeJS.ProcessEnv; cardMs?: readonly [number, number] } = {},
): Promise<CrowdHut> {
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  const card = cardMs && { options: { findMs: cardMs, readMs: cardMs } };
  const fittings: Fitting[] = laneNumbers.flatMap((n) => [
    {
      ...{ id: `scanner-${n}`, driver: 'scanner-line' },
      ...{ simulator: { options: { symbologyId: true } }, options: { symbologyId: true } },
    },
    { id: `card-${n}`, driver: 'id-sam', ...(card && { simulator: card }), options: { pollMs: 100 } },
    { id: `forehead-${n}`, driver: 'thermometer-line' },
    { id: `printer-${n}`, driver: 'printer-zpl' },
  ]);
  fittings.push({ id: 'slip-1', driver: 'printer-escpos' });

  const rackDir = join(dir, 'rack');
  const rackFile = join(dir, 'rack.yaml');
  const racked = fittings.map(({ id, driver, simulator }) => ({ id, driver, paced: false, ...simulator }));
  writeFileSync(rackFile, stringify({ seed: 1, devices: racked }));
  const rackProcess = spawn(hutgateBin, ['simulate', '--rack', rackFile, '--dir', rackDir], { stdio: 'ignore' });
  const rackEnded = new Promise((resolve) => rackProcess.once('exit', resolve));
  stops.push(async () => {
    rackProcess.kill('SIGKILL');
    await rackEnded;
  });
  const rack = await until('the rack', () => connectRack(rackDir).catch(() => undefined));
  stops.push(() => rack.close());
  const addresses = new Map((await rack.devices()).map(({ id, at }) => [id, at]));

  const broker = await startBroker();
  stops.push(() => broker.stop());
  const hash = await hashSecret(pin);
  const staff = laneNumbers.map((n) => ({ id: `sampler-${n}`, badge: `OP00000${n}`, role: 'sampler', hash }));
  const files = await writeHut({
    ...{ dir, brokerUrl: broker.url, confirm: 'central' },
    devices: fittings.map(({ id, driver, options = {} }) => ({ id, driver, at: addresses.get(id)!, options })),
    more: {
      ...{ campaign, staff: 'staff.yaml', labels: { slip: 'on-person' }, log: { level: 'warn' } },
      lanes: laneNumbers.map((n) => ({
        ...{ id: `lane-${n}`, scanner: `scanner-${n}`, card: `card-${n}`, thermometer: `forehead-${n}` },
        ...{ printer: `printer-${n}`, slipPrinter: 'slip-1' },
      })),
    },
  });
  writeFileSync(join(dir, 'staff.yaml'), stringify({ staff }), { mode: 0o600 });

  const ledger = createSamplingLedger();
  const opener = await createOpener(files.privateKey);
  const sampled = new Map<string, SampledEvent>();
  const central = await startCentral({
    ...{ url: broker.url, region: 'test', fromStart: true },
    onEvent({ stream, epoch, seq, type }, bytes) {
      if (stream !== 'sampling') return;
      const { data } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { data: Record<string, unknown> };
      ledger.note({ epoch, seq, type, data });
      opener.note(data);
      sampled.set(`${epoch}/${seq}`, { epoch, seq, type: type.slice('org.hutgate.'.length, -'.v1'.length) });
    },
  });
  stops.push(() => central.stop());

  let gateway = startGatewayProcess(files, env);
  stops.push(() => gateway.kill('SIGKILL'));
  await devicesReady(files, 60_000);

  const verify = async () => {
    const child = spawn(hutgateBin, ['store', 'verify', '--config', files.configFile]);
    const [stdout, code] = await Promise.all([
      text(child.stdout),
      new Promise<number | null>((resolve) => child.once('exit', resolve)),
    ]);
    return { code, stdout };
  };

  return {
    ...{ files, url: `http://127.0.0.1:${files.apiPort}`, rack, central, ledger, opener, sampled, verify, stop },
    lanes: laneNumbers.map((n) => ({
      ...{ id: `lane-${n}`, scanner: `scanner-${n}`, card: `card-${n}`, thermometer: `forehead-${n}` },
      ...{ badge: `OP00000${n}`, pin },
    })),
    gateway: () => gateway,
    start() {
      gateway = startGatewayProcess(files, env);
    },
    async confirmed() {
      interface Health {
        readonly streams: readonly { stream: string; pending: number; lastSeq: number }[];
      }
      return until(
        'everything is confirmed by the centre',
        async () => {
          const health = await getJson<Health>(files, '/api/health');
          const last = health?.streams.find(({ stream }) => stream === 'sampling')?.lastSeq;
          return health?.streams.every(({ pending }) => pending === 0) && sampled.size === last ? last : undefined;
        },
        60_000,
      );
    },
  };
}
