/**
 * `hutgate demo`: a whole hut on this machine, for somebody who has no device: simulated devices on PTYs, an embedded
 * broker, a simulated central system, and the real gateway between them. The one place where the gateway meets simulators.
 */
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'yaml';
import { systemClock } from '../../device-drivers/clock.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { type Broker, startBroker } from '../../simulators/broker.ts';
import { type Central, startCentral } from '../../simulators/central.ts';
import { openControl } from '../../simulators/control.ts';
import { type Rack, type RackDevice, startRack } from '../../simulators/rack.ts';
import { simulators } from '../../simulators/registry.ts';
import type { DemoControls } from '../api/view.ts';
import { createLog, logLevels } from '../log.ts';
import { startGateway } from '../main.ts';
import { generateKeys } from '../privacy/generate-keys.ts';
import { watchCrowd } from './demo-crowd.ts';
import { type DemoStaff, demoBadges, demoStaff, demoStaffFile } from './demo-staff.ts';
import { loadForStart } from './load-config.ts';

interface DemoOptions {
  readonly data: string;
  readonly port?: number;
  readonly mqttPort?: number;
  readonly peoplePerHour?: number;
  readonly log: string;
}

const region = 'demo';
const hutId = 'hut-demo';
const usualPort = 8080;
const usualMqttPort = 1883;
const stopWithinMs = 5_000;

/** Two lanes, each with a printer of another language; the printer of slips and the cold box are everybody's. */
const devices: readonly (RackDevice & { readonly gateway: object })[] = [
  ...laneDevices(1, 'printer-zpl'),
  ...laneDevices(2, 'printer-tspl'),
  { id: 'slip-1', driver: 'printer-escpos', gateway: {} },
  { id: 'box-1', driver: 'probe-modbus', gateway: { profile: 'r4dcb08', channels: 2, pollMs: 5_000 } },
];

function laneDevices(lane: number, printer: string): typeof devices {
  return [
    {
      id: `scanner-${lane}`,
      driver: 'scanner-line',
      options: { symbologyId: true },
      gateway: { symbologyId: true },
    },
    { id: `card-${lane}`, driver: 'id-sam', gateway: {} },
    { id: `printer-${lane}`, driver: printer, gateway: {} },
    { id: `lamp-${lane}`, driver: 'indicator', gateway: { use: 'ok-lamp' } },
    { id: `forehead-${lane}`, driver: 'thermometer-line', gateway: {} },
  ];
}

/** Codes as the demo panel makes them (kiosk-ui/src/demo). */
export const campaign = {
  poolSize: 10,
  codes: { tube: '^T\\d{10}$', box: '^B\\d{8}$', seal: '^S\\d{8}$', operator: '^OP\\d{6}$', courier: '^CR\\d{6}$' },
  persons: [
    {
      name: 'phone',
      pattern:
        '^QR:(?<idNumber>\\d{17}[\\dX])\\|(?<name>[^|]{1,32})\\|(?<phone>\\d{0,11})(?:\\|v(?<vaccinated>\\d{8}))?$',
    },
    { name: 'single', pattern: '^Q1:(?<idNumber>\\d{17}[\\dX])\\|(?<name>[^|]{1,32})$', class: 'single' },
    { name: 'paper', pattern: '^P:[A-Z0-9]{8,24}$', via: 'paper' },
  ],
  temperature: 'optional',
};

export function demoCommand(): Command {
  return new Command('demo')
    .description('Run a whole hut with simulated devices, broker and central system. Ctrl-C ends it.')
    .option('--data <dir>', 'where the hut keeps its store and keys; used again at the next start', '.data/demo')
    .option('--port <n>', `port of the page (default: ${usualPort}, or any free one)`, portNumber)
    .option('--mqtt-port <n>', `port of the broker (default: ${usualMqttPort}, or any free one)`, portNumber)
    .option(
      '--people-per-hour <n>',
      'let a simulated crowd walk through the lanes; exit 1 when counts differ',
      crowdRate,
    )
    .addOption(new Option('--log <level>', 'least severe level that is logged').choices(logLevels).default('warn'))
    .action(demo);
}

async function demo(options: DemoOptions): Promise<void> {
  const dir = resolve(options.data);
  const log = await createLog(options.log);
  const stops: (() => Promise<unknown>)[] = [];
  const stopAll = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  // Before the first part starts: who reads the addresses may press Ctrl-C at once.
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    void crowdAgrees().then((agrees) => finish(agrees ? 0 : 1));
  };
  let crowdAgrees = async () => true;
  const finish = async (exitCode: number) => {
    setTimeout(() => process.exit(1), stopWithinMs).unref();
    await stopAll();
    process.exit(exitCode);
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);

  try {
    await mkdir(dir, { recursive: true });
    const privateKey = await keysIn(dir);
    // First: it keeps a second demo off the devices and the configuration of this one.
    const control = await openControl(join(dir, 'devices'));
    stops.push(control.close);
    const broker = await startBroker({ port: options.mqttPort ?? (await freeOr(usualMqttPort)) });
    stops.push(broker.stop);
    const { peoplePerHour } = options;
    const print = (line: string) => process.stdout.write(`${line}\n`);
    const crowd = peoplePerHour === undefined ? undefined : await watchCrowd(privateKey, print);
    const central = await startCentral({
      url: broker.url,
      region,
      privateKey,
      ...(crowd && { onEvent: crowd.onEvent }),
    });
    stops.push(central.stop);
    // A crowd's time from scan to screen begins with the last byte of the scan: then that is at once.
    const rackDevices = devices.map(({ gateway: _, ...device }) => ({ ...device, paced: !crowd }));
    const rack = await startRack({
      devices: rackDevices,
      dir: join(dir, 'devices'),
      seed: 1,
      clock: systemClock,
      simulators,
    });
    stops.push(rack.stop);
    control.serve(rack);

    const file = join(dir, 'hut.yaml');
    const port = options.port ?? (await freeOr(usualPort));
    const staff = await demoStaff(dir);
    await writeFile(file, configOf(rack, broker, port, options.log));
    const loaded = await loadForStart(file);
    if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
    const { config, sha256, secrets } = loaded;
    const demo = controls(rack, broker, central, staff);
    const gateway = await startGateway({ config, configSha256: sha256, secrets, drivers, log, demo });
    stops.push(() => gateway.stop('the demo ended'));

    process.stdout.write(
      `${[
        '',
        `  page     ${gateway.url}`,
        `  broker   ${broker.url}  (topics: hut/v1/${region}/${hutId}/#)`,
        `  devices  ${rack.dir}`,
        `  config   ${file}`,
        `  data     ${config.gateway.dataDir}`,
        '',
        '  A whole hut with simulated devices. Open the page to work them. Ctrl-C ends it.',
        '',
      ].join('\n')}\n`,
    );
    if (!crowd || peoplePerHour === undefined || ending) return;
    crowdAgrees = () => crowd.end(central);
    await crowd.start({ gateway, act: rack.act, lanes: crowdLanes(staff.pin), peoplePerHour });
  } catch (error) {
    process.stderr.write(`the demo could not start: ${(error as Error).message}\n`);
    await finish(1);
  }
}

function configOf(rack: Rack, broker: Broker, port: number, level: string): string {
  const at = new Map(rack.devices().map((device) => [device.id, device.at]));
  return stringify({
    gateway: { id: hutId, region, site: { name: '演示采样屋', type: 'fixed' }, dataDir: 'store' },
    uplink: { url: broker.url, protocol: '3.1.1', confirm: 'central' },
    privacy: { recipient: 'registry.jwk', personRefKey: 'personref.key' },
    devices: devices.map(({ id, driver, gateway: options }) => ({ id, driver, at: at.get(id), options })),
    lanes: [1, 2].map((n) => ({
      ...{ id: `lane-${n}`, scanner: `scanner-${n}`, card: `card-${n}`, thermometer: `forehead-${n}` },
      ...{ printer: `printer-${n}`, slipPrinter: 'slip-1', lamp: `lamp-${n}` },
      boxProbe: { device: 'box-1', channel: n },
    })),
    // Whoever tries it has no minute for an excursion, and wants to see each reading.
    coldBoxes: [{ device: 'box-1', afterMs: 15_000, keepEveryMs: 0 }],
    staff: demoStaffFile,
    campaign,
    labels: { slip: 'on-person' },
    api: { listen: `127.0.0.1:${port}` },
    log: { level },
  });
}

const crowdLanes = (pin: string) =>
  demoBadges.map((badge, at) => ({
    ...{ id: `lane-${at + 1}`, scanner: `scanner-${at + 1}`, card: `card-${at + 1}` },
    ...{ thermometer: `forehead-${at + 1}`, badge, pin },
  }));

/** The demo's registry keeps its private key beside the hut, so that you can see what it opens. A real one never would. */
async function keysIn(dir: string): Promise<object> {
  const file = join(dir, 'registry-private.jwk');
  if (await exists(file)) return JSON.parse(await readFile(file, 'utf8'));
  const keys = await generateKeys();
  await writeFile(join(dir, 'registry.jwk'), JSON.stringify(keys.recipient));
  await writeFile(join(dir, 'personref.key'), keys.personRefKey, { mode: 0o600 });
  await writeFile(file, JSON.stringify(keys.privateKey), { mode: 0o600 });
  return keys.privateKey;
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

function controls(rack: Rack, broker: Broker, central: Central, staff: DemoStaff): DemoControls {
  return {
    staff,
    devices() {
      const states = new Map(rack.state().map((state) => [state.id, state]));
      return rack.devices().map(({ id, driver, actions }) => {
        const { plugged, device } = states.get(id)!;
        return {
          id,
          driver,
          plugged,
          actions: actions.map((action) => ({ ...action, args: { ...action.args } })),
          state: { ...device },
        };
      });
    },
    act: (id, action, args) => rack.act(id, action, args),
    plug: (id) => rack.plug(id),
    unplug: (id) => rack.unplug(id),
    broker: { running: () => broker.running, start: () => broker.start(), stop: () => broker.stop() },
    central: {
      online: () => central.online,
      setOnline: (online) => central.setOnline(online),
      report: () => {
        const { received, duplicates, gaps, violations } = central.report();
        return { received, duplicates, gaps, violations };
      },
    },
  };
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('must be 0 to 65535');
  return port;
}

function crowdRate(text: string): number {
  const rate = Number(text);
  if (!Number.isInteger(rate) || rate < 1 || rate > 36_000) throw new InvalidArgumentError('must be 1 to 36000');
  return rate;
}

/** The usual port where it is free, else 0: any. */
function freeOr(usual: number): Promise<number> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(0));
    server.listen(usual, '127.0.0.1', () => server.close(() => done(usual)));
  });
}
