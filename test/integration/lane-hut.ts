/**
 * A hut with two lanes for a test, as the composition root builds it: simulated devices on real PTYs, the real store,
 * broker and sign-in, the central system, and a tap on the wire between. Tests work it from outside, as a sampler does:
 * they scan, lay cards on readers, tap, and look at what the lane shows. The clock can be moved on; NTP cannot exist here,
 * so `timedatectl` is a script that says what the test wants.
 */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import pino from 'pino';
import { expect, onTestFailed, onTestFinished, vi } from 'vitest';
import { stringify } from 'yaml';
import { systemClock } from '../../device-drivers/clock.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { loadForStart } from '../../gateway/cli/load-config.ts';
import type { EventEnvelope } from '../../gateway/contract/envelope.ts';
import type { HutSampling, LaneAction, LanesView, LaneView, Said } from '../../gateway/contract/lane.ts';
import { type Gateway, startGateway } from '../../gateway/main.ts';
import { type Broker, startBroker } from '../../simulators/broker.ts';
import { type Central, startCentral } from '../../simulators/central.ts';
import type { RackClient } from '../../simulators/client.ts';
import { crowdPerson } from '../../simulators/people.ts';
import { type Rack, type RackDevice, startRack } from '../../simulators/rack.ts';
import { simulators } from '../../simulators/registry.ts';
import { getJson, type HutFiles, logOf, writeHut } from '../support/gateway-process.ts';
import { type PassingClock, passingClock } from '../support/passing-clock.ts';
import { otherPin, pin, testStaff } from '../support/staff.ts';
import { until } from '../support/until.ts';
import { startTap, type Tap } from './tap.ts';
import { address, temporaryDir, type WholeDevice, wholeHut } from './whole-hut.ts';

/** Only for what hangs: a busy machine takes its own time. */
vi.setConfig({ testTimeout: 60_000 });

/** A device on both ends: `options` are the driver's, `simulator` the rack's. */
export interface LaneDevice {
  readonly id: string;
  readonly driver: string;
  readonly options?: object;
  readonly simulator?: Omit<RackDevice, 'id' | 'driver'>;
}

const scanner = (id: string): LaneDevice => ({
  ...{ id, driver: 'scanner-line', options: { symbologyId: true } },
  simulator: { options: { symbologyId: true } },
});
/** Every hut with lanes has them here. */
const scanners: readonly LaneDevice[] = [scanner('scanner-1'), scanner('scanner-2')];

/** What lane-1 may have beside its scanner: the key of the lane, and the device. */
export const card: LaneDevice = {
  ...{ id: 'card-1', driver: 'id-sam', options: { pollMs: 100 } },
  simulator: { options: { findMs: [0, 0], readMs: [0, 0], otherMs: [0, 0] } },
};
export const thermometer: LaneDevice = { id: 'thermometer-1', driver: 'thermometer-line' };
export const printer: LaneDevice = {
  ...{ id: 'printer-1', driver: 'printer-zpl', options: { statusEveryMs: 500 } },
  simulator: { options: { behaviour: { labelMs: 0 } } },
};
export const slipPrinter: LaneDevice = {
  ...{ id: 'slip-1', driver: 'printer-escpos' },
  simulator: { options: { behaviour: { labelMs: 50 } } },
};
export const lamp: LaneDevice = {
  ...{ id: 'lamp-1', driver: 'indicator', options: { use: 'ok-lamp' } },
};
/** Wants a line of `coldBoxes` too. */
export const boxProbe: LaneDevice = {
  ...{ id: 'box-1', driver: 'probe-w1', options: { pollMs: 1_000 } },
  simulator: { options: { resolutionBits: 9 } },
};
export const extraScanner = scanner('scanner-3');

/** The key of the lane that a device of lane-1 stands under. */
const keys: ReadonlyMap<string, (id: string) => object> = new Map<string, (id: string) => object>([
  ['id-sam', (id) => ({ card: id })],
  ['thermometer-line', (id) => ({ thermometer: id })],
  ['printer-zpl', (id) => ({ printer: id })],
  ['printer-escpos', (id) => ({ slipPrinter: id })],
  ['indicator', (id) => ({ lamp: id })],
  ['probe-w1', (id) => ({ boxProbe: { device: id } })],
  ['scanner-line', (id) => ({ extraScanners: [id] })],
]);

export const codes = {
  tube: '^T\\d{10}$',
  box: '^B\\d{8}$',
  seal: '^S\\d{8}$',
  operator: '^OP\\d{6}$',
  courier: '^CR\\d{6}$',
};
/** As the demo's. */
export const persons = [
  {
    name: 'phone',
    pattern:
      '^QR:(?<idNumber>\\d{17}[\\dX])\\|(?<name>[^|]{1,32})\\|(?<phone>\\d{0,11})(?:\\|v(?<vaccinated>\\d{8}))?$',
  },
  {
    name: 'isolation',
    pattern: '^Q1:(?<idNumber>\\d{17}[\\dX])\\|(?<name>[^|]{1,32})$',
    class: 'single',
  },
  { name: 'paper', pattern: '^P:[A-Z0-9]{8,24}$', via: 'paper' },
];

export const tube = (n: number) => `T${String(n).padStart(10, '0')}`;
export const box = (n: number) => `B${String(n).padStart(8, '0')}`;
export const seal = (n: number) => `S${String(n).padStart(8, '0')}`;
export const courier = 'CR000001';
/** 100…: of no network. */
export const phoneOf = (n: number) => `100${41_990_000 + n}`;
/** The code on the phone of the n-th person of the crowd. */
export function phone(n: number, more = ''): string {
  const { idNumber, name } = crowdPerson(n);
  return `QR:${idNumber}|${name}|${phoneOf(n)}${more}`;
}
/** Of somebody who has to be alone in a tube. */
export function single(n: number): string {
  const { idNumber, name } = crowdPerson(n);
  return `Q1:${idNumber}|${name}`;
}

export const operators = [
  { badge: 'OP000001', pin, id: 'op-001' },
  { badge: 'OP000002', pin: otherPin, id: 'op-002' },
] as const;
export type Operator = (typeof operators)[number];

/** What a hut with lanes has in its configuration file besides its devices. */
export const laneConfig = (more: readonly LaneDevice[], campaign: object) => ({
  lanes: [
    {
      id: 'lane-1',
      scanner: 'scanner-1',
      ...Object.assign({}, ...more.map(({ driver, id }) => keys.get(driver)!(id))),
    },
    { id: 'lane-2', scanner: 'scanner-2' },
  ],
  staff: 'staff.yaml',
  campaign: { poolSize: 5, codes, persons, ...campaign },
});

let members: Promise<object> | undefined;
export async function writeStaff(dir: string): Promise<void> {
  members ??= testStaff().then(({ members }) => members);
  writeFileSync(join(dir, 'staff.yaml'), stringify({ staff: await members }), { mode: 0o600 });
}

/** Somebody at a lane. All of it resolves with what the lane says to it. */
export interface Sampler {
  view(): Promise<LaneView>;
  signIn(operator?: Operator): Promise<Said>;
  scan(text: string, symbology?: string): Promise<Said>;
  /** With another of its scanners. */
  scanWith(device: string, text: string): Promise<Said>;
  /** Scans all of them, one after the other; the last one's answer. */
  scanAll(...texts: readonly string[]): Promise<Said>;
  /** Lays a card on the reader of this lane, and takes it away. */
  lay(person: string): Promise<Said>;
  measure(celsius: number): Promise<Said>;
  tap(action: LaneAction | LaneAction['action']): Promise<Said>;
  /** Of whoever signed in here last. */
  cookie(): string;
  /** What was said once the lane shows something. */
  until(what: string, fits: (view: LaneView) => boolean): Promise<LaneView>;
}

/** A rack in this process or in another. */
export type Devices = Pick<RackClient, 'act' | 'state'>;

/** `files`: of a gateway that runs, in whatever process. */
export function samplerAt(lane: string, files: HutFiles, { act, state }: Devices): Sampler {
  let cookie = '';
  const scannerOfLane = lane.replace('lane', 'scanner');
  const view = () =>
    until(`the view of ${lane}`, async () =>
      (await getJson<LanesView>(files, '/api/lanes'))?.lanes.find(({ id }) => id === lane),
    );
  const saidTo = async (does: () => Promise<unknown>): Promise<Said> => {
    const before = (await view()).said?.id ?? 0;
    await does();
    return until(`an answer of ${lane}`, async () => {
      const { said } = await view();
      return said !== undefined && said.id > before ? said : undefined;
    });
  };
  const post = (path: string, body: object) =>
    fetch(`http://127.0.0.1:${files.apiPort}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify(body),
    });
  const scanWith = (device: string, text: string, symbology = ']Q1') =>
    saidTo(() => act(device, 'scan', { text, symbology }));

  const sampler: Sampler = {
    view,
    async signIn(operator = operators[0]) {
      expect(await scanWith(scannerOfLane, operator.badge)).toMatchObject({ tone: 'question', code: 'pin' });
      return saidTo(async () => {
        const answer = await post('/api/sign-in', { lane, pin: operator.pin });
        expect(answer.status).toBe(200);
        cookie = answer.headers.get('set-cookie')!.split(';')[0]!;
      });
    },
    scan: (text, symbology) => scanWith(scannerOfLane, text, symbology),
    scanWith,
    async scanAll(...texts) {
      let last: Said | undefined;
      for (const text of texts) last = await scanWith(scannerOfLane, text);
      return last!;
    },
    async lay(person) {
      const reader = lane.replace('lane', 'card');
      const said = await saidTo(() => act(reader, 'present', { person }));
      await act(reader, 'lift');
      // The reader has to see that it is gone, or the next card is this one still.
      const received = async () => (await state()).find(({ id }) => id === reader)!.counters.receivedBytes;
      const before = await received();
      const findBytes = 10;
      await until('the reader to look', async () => (await received()) >= before + 4 * findBytes);
      return said;
    },
    measure: (celsius) => saidTo(() => act(lane.replace('lane', 'thermometer'), 'measure', { celsius })),
    cookie: () => cookie,
    async tap(action) {
      const answer = await post(`/api/lanes/${lane}/actions`, typeof action === 'string' ? { action } : action);
      const body = await answer.json();
      if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
      return body as Said;
    },
    until: (what, fits) =>
      until(`${lane}: ${what}`, async () => {
        const now = await view();
        return fits(now) ? now : undefined;
      }),
  };
  return sampler;
}

export interface LaneHut {
  readonly files: HutFiles;
  readonly dataDir: string;
  readonly rack: Rack;
  readonly broker: Broker;
  readonly tap: Tap;
  readonly central: Central;
  /** What the central system accepted, each event once, in the order of arrival. */
  readonly received: readonly EventEnvelope[];
  readonly clock: PassingClock;
  readonly one: Sampler;
  readonly two: Sampler;
  /** The gateway that runs now. */
  gateway(): Gateway;
  setNtp(isSynced: boolean): void;
  /** Looked at every 30 s: that much time passes. */
  clockSeen(): Promise<void>;
  /** Starts the broker again with the centre, and passes the time until the hut tries it. */
  brokerBack(): Promise<void>;
  /** Stops the gateway, changes its files perhaps, and starts it again. */
  restart(between?: () => void | Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

export interface LaneHutSetup {
  /** Of lane-1, besides its scanner. */
  readonly devices?: readonly LaneDevice[];
  readonly campaign?: object;
  readonly more?: object;
  /** What the wall clock says at first. */
  readonly wallMs?: number;
  readonly isSynced?: boolean;
}

export async function laneHut(setup: LaneHutSetup = {}): Promise<LaneHut> {
  const { devices: own = [], campaign = {}, more = {}, wallMs, isSynced = true } = setup;
  const dir = temporaryDir();
  const devices = [...scanners, ...own];
  const rack = await startRack({
    devices: devices.map(({ id, driver, simulator }) => ({ id, driver, paced: false, ...simulator })),
    ...{ dir: join(dir, 'rack'), seed: 7, clock: systemClock, simulators },
  });
  onTestFinished(() => rack.stop());
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const tap = await startTap(broker.port);
  onTestFinished(() => tap.stop());
  const ats = new Map(rack.devices().map(({ id, at }) => [id, at]));
  const files = await writeHut({
    ...{ dir, brokerUrl: tap.url, confirm: 'central' },
    devices: devices.map(({ id, driver, options = {} }) => ({ id, driver, at: ats.get(id)!, options })),
    more: { ...laneConfig(own, campaign), log: { level: 'trace' }, ...more },
  });
  await writeStaff(dir);
  const received: EventEnvelope[] = [];
  const central = await startCentral({
    ...{ url: broker.url, region: address.region, privateKey: files.privateKey },
    onEvent: (_event, bytes) => received.push(JSON.parse(Buffer.from(bytes).toString('utf8'))),
  });
  onTestFinished(() => central.stop());
  onTestFailed(() => {
    if (existsSync(files.logFile)) console.error(logOf(files).split('\n').slice(-25).join('\n'));
  });

  const setNtp = fakeNtp(dir);
  setNtp(isSynced);
  const clock = passingClock(wallMs);
  const log = pino(
    { level: 'trace', base: null },
    { write: (line: string) => writeFileSync(files.logFile, line, { flag: 'a' }) },
  );
  let gateway: Gateway | undefined;
  const start = async () => {
    const loaded = await loadForStart(files.configFile);
    if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
    const { config, sha256, secrets } = loaded;
    gateway = await startGateway({ config, configSha256: sha256, secrets, drivers, log, clock });
    const expected = config.devices.length;
    await until('all devices ready', () => {
      const states = gateway!.view.devices();
      return states.length === expected && states.every(({ state }) => state === 'ready' || state === 'degraded');
    });
  };
  const stop = async () => {
    await gateway?.stop('the test ended');
    gateway = undefined;
  };
  onTestFinished(stop);
  await start();
  const devicesHere: Devices = { act: rack.act, state: async () => rack.state() };
  return {
    ...{ files, dataDir: join(dir, 'data'), rack, broker, tap, central, received, clock, setNtp, stop },
    one: samplerAt('lane-1', files, devicesHere),
    two: samplerAt('lane-2', files, devicesHere),
    gateway: () => gateway!,
    async clockSeen() {
      const quality = () => gateway!.view.clockQuality();
      const before = quality();
      clock.pass(31_000);
      await until('another quality of the clock', () => quality() !== before);
    },
    async brokerBack() {
      await broker.start();
      // What a hut sends before the centre listens again is sent once more, but only half a minute later.
      await central.setOnline(false);
      await central.setOnline(true);
      const reconnectWithinMs = 60_000;
      clock.pass(reconnectWithinMs);
    },
    async restart(between = () => {}) {
      await stop();
      await between();
      await start();
    },
  };
}

/** The same hut with its gateway and its rack as processes of their own: what can be killed, and read its configuration again. */
export async function laneProcessHut({ devices = [], campaign = {}, more = {} }: LaneHutSetup = {}) {
  const hut = await wholeHut({
    devices: [...scanners, ...devices] as readonly WholeDevice[],
    more: { ...laneConfig(devices, campaign), ...more },
  });
  await writeStaff(hut.files.dir);
  return { ...hut, one: samplerAt('lane-1', hut.files, hut.rack), two: samplerAt('lane-2', hut.files, hut.rack) };
}

/** A `timedatectl` of this process alone, ahead of the machine's. */
function fakeNtp(dir: string): (isSynced: boolean) => void {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  const says = join(bin, 'says');
  writeFileSync(join(bin, 'timedatectl'), `#!/bin/sh\nexec cat ${says}\n`);
  chmodSync(join(bin, 'timedatectl'), 0o755);
  const before = process.env.PATH;
  process.env.PATH = `${bin}${delimiter}${before}`;
  onTestFinished(() => {
    process.env.PATH = before;
  });
  return (isSynced) => writeFileSync(says, isSynced ? 'yes\n' : 'no\n');
}

/** Everything in the store is at the centre: each number once, none missing, nothing against the contract. */
export async function arrived(hut: Pick<LaneHut, 'files' | 'received' | 'central'>): Promise<void> {
  interface Stream {
    readonly stream: string;
    readonly lastSeq: number;
    readonly pending: number;
  }
  const all = async () => {
    const streams = (await getJson<{ streams: readonly Stream[] }>(hut.files, '/api/health'))?.streams;
    return streams?.every(({ pending }) => pending === 0) ? streams : undefined;
  };
  const streams = await until('everything confirmed', all, 45_000);
  for (const { stream, lastSeq } of streams) {
    const seqs = hut.received.filter((event) => event.stream === stream).map(({ seq }) => Number(seq));
    expect([...new Set(seqs)].sort((a, b) => a - b)).toEqual(Array.from({ length: lastSeq }, (_, n) => n + 1));
  }
  expect(hut.central.report()).toMatchObject({ gaps: 0, violations: 0 });
}

/** Short types of the sampling events so far, in their order. */
export const samplingTypes = ({ received }: Pick<LaneHut, 'received'>): string[] =>
  received
    .filter(({ stream }) => stream === 'sampling')
    .sort((a, b) => Number(a.seq) - Number(b.seq))
    .map(({ type }) => type.replace(/^org\.hutgate\.(?:sampling\.)?(.*)\.v1$/, '$1'));

/** `data` of the sampling events of a short type, in their order. */
export const dataOf = ({ received }: Pick<LaneHut, 'received'>, type: string): Record<string, unknown>[] =>
  received
    .filter((event) => event.type === `org.hutgate.sampling.${type}.v1`)
    .sort((a, b) => Number(a.seq) - Number(b.seq))
    .map(({ data }) => data as Record<string, unknown>);

export const overview = async ({ files }: Pick<LaneHut, 'files'>): Promise<HutSampling> =>
  (await getJson<LanesView>(files, '/api/lanes'))!.sampling!;
