/**
 * `hutgate simulate`: simulated devices behind stable paths, and a shell's way to work them. What it prints is YAML for
 * the gateway's configuration.
 */
import { randomInt } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import { formatProblem } from '../../config/problem.ts';
import { systemClock } from '../../device-drivers/clock.ts';
import { connectRack, type RackClient } from '../../simulators/client.ts';
import { openControl } from '../../simulators/control.ts';
import { type RackDevice, RackError, startRack } from '../../simulators/rack.ts';
import { seededRandom } from '../../simulators/random.ts';
import { simulators } from '../../simulators/registry.ts';
import { playScenario, type ScenarioRack } from '../../simulators/scenario.ts';
import type { DeviceInfo } from '../../simulators/slot.ts';
import { readNamed } from '../file-trouble.ts';
import { endAsked } from './end-asked.ts';
import { readRackFile } from './rack-file.ts';
import { readScenarioFile } from './scenario-file.ts';

const problemFound = 1;
const wrongUsage = 2;

export const defaultDevices: readonly RackDevice[] = [
  { id: 'scanner-1', driver: 'scanner-line' },
  { id: 'card-1', driver: 'id-sam' },
  { id: 'printer-1', driver: 'printer-zpl' },
  { id: 'box-1', driver: 'probe-modbus', options: { probes: [{ profile: 'r4dcb08', unit: 1 }] } },
];
/** What a driver has to be told about its device in the default rack. */
const driverOptions: ReadonlyMap<string, string> = new Map([['probe-modbus', '{ profile: r4dcb08, unit: 1 }']]);

interface Options {
  dir?: string;
  json?: true;
}
interface SeedOptions extends Options {
  seed?: number;
}
interface StartOptions extends SeedOptions {
  rack?: string;
  scenario?: string;
}

export function simulateCommand(): Command {
  const simulate = new Command('simulate')
    .description('simulated devices behind stable paths, with a control socket to work them')
    .enablePositionalOptions()
    .exitOverride()
    .argument('[action]', 'of a device of a running rack, for short; without it a rack is started')
    .argument('[device]')
    .argument('[value...]', 'of its arguments, in the order shown by: hutgate simulate list')
    .addHelpText('after', '\nExample, with a rack running:\n  hutgate simulate scan scanner-1 T0000000001')
    .option('--rack <file>', 'YAML file with the devices; without it one of each kind')
    .option('--scenario <file>', 'play this scenario, then end: 0 when all of it came true, 1 when not')
    .option('--dir <dir>', `where the paths and the control socket are made (default: ${defaultDir()})`)
    .option('--seed <n>', 'for everything random; without it a new one, which is printed', wholeNumber)
    .option('--json', 'print JSON')
    .action((action: string | undefined, device: string | undefined, values: string[], options: StartOptions) =>
      report(() => {
        if (action === undefined) return start(options);
        if (device === undefined)
          throw new RackError('bad-request', `${action}: no such command; of a device: simulate ${action} DEVICE`);
        return withRack(dirOf(options), (rack) => act(rack, device, action, values, inOrder, options));
      }),
    );
  const dirOf = ({ dir }: Options) => resolve(dir ?? simulate.opts<Options>().dir ?? defaultDir());

  simulate
    .command('do')
    .description('do something with a device of a running rack')
    .argument('<device>')
    .argument('<action>')
    .argument('[key=value...]', 'as shown by: hutgate simulate list')
    .addHelpText('after', '\nExample:\n  hutgate simulate do scanner-1 scan text=T0000000001')
    .option('--dir <dir>', 'of the running rack')
    .option('--json', 'print JSON')
    .action((device: string, action: string, pairs: string[], options: Options) =>
      report(() => withRack(dirOf(options), (rack) => act(rack, device, action, pairs, argumentsOf, options))),
    );

  simulate
    .command('play')
    .description('play a scenario on a running rack')
    .argument('<file>', 'YAML file with the steps')
    .option('--dir <dir>', 'of the running rack')
    .option('--seed <n>', 'for waits between two times; without it a new one, which is printed', wholeNumber)
    .action((file: string, options: SeedOptions) =>
      report(() =>
        withRack(dirOf(options), async (rack) => {
          const seed = options.seed ?? simulate.opts<SeedOptions>().seed ?? randomInt(2 ** 32);
          const asked = new AbortController();
          void endAsked().then(() => asked.abort());
          const text = await readNamed(file);
          await play(text, file, rack, await rack.devices(), seed, asked.signal);
        }),
      ),
    );

  simulate
    .command('state')
    .description('what a person would see looking at the devices of a running rack')
    .argument('[device]')
    .option('--dir <dir>', 'of the running rack')
    .option('--json', 'print JSON')
    .action((device: string | undefined, options: Options) =>
      report(() =>
        withRack(dirOf(options), async (rack) => {
          const all = await rack.state();
          const states = device === undefined ? all : all.filter(({ id }) => id === device);
          if (states.length === 0) throw new RackError('bad-request', `there is no device ${device}`);
          print(options.json ? JSON.stringify(states) : stringify(states, { aliasDuplicateObjects: false }).trimEnd());
        }),
      ),
    );

  simulate
    .command('list')
    .description('devices of a running rack, with their actions and arguments')
    .option('--dir <dir>', 'of the running rack')
    .option('--json', 'print JSON')
    .action((options: Options) =>
      report(() =>
        withRack(dirOf(options), async (rack) => {
          const devices = await rack.devices();
          print(options.json ? JSON.stringify(devices) : describeDevices(devices));
        }),
      ),
    );
  return simulate;
}

async function start(options: StartOptions): Promise<void> {
  const dir = resolve(options.dir ?? defaultDir());
  const file = options.rack === undefined ? undefined : await readRack(options.rack);
  const seed = options.seed ?? file?.seed ?? randomInt(2 ** 32);
  const scenario = options.scenario === undefined ? undefined : await readNamed(options.scenario);
  const asked = new AbortController();
  const end = endAsked().then(() => asked.abort());
  const control = await openControl(dir);
  try {
    const devices = file?.devices ?? defaultDevices;
    const rack = await startRack({ devices, dir, seed, clock: systemClock, simulators });
    try {
      rack.subscribe(({ id, type, ...more }) => log([id, type, ...Object.values(more)].join(' ')));
      control.serve(rack);
      const infos = rack.devices();
      if (options.json)
        print(JSON.stringify({ dir, seed, devices: infos.map(({ id, driver, at }) => ({ id, driver, at })) }));
      else print(configuration(dir, seed, infos, file === undefined));
      if (scenario === undefined) await end;
      else {
        const watch = (listener: Parameters<typeof rack.subscribe>[0]) => rack.subscribe(listener);
        await play(scenario, options.scenario!, { ...rack, watch }, infos, seed, asked.signal);
      }
    } finally {
      await rack.stop();
    }
  } finally {
    await control.close();
  }
}

/** Says each step on stderr. Rejects with what is wrong with the file, or with the step that did not come true. */
async function play(
  text: string,
  fileName: string,
  rack: ScenarioRack,
  devices: readonly DeviceInfo[],
  seed: number,
  signal: AbortSignal,
): Promise<void> {
  const file = readScenarioFile(text, fileName, devices);
  if (file.problems) throw new Error(file.problems.map(formatProblem).join('\n'));
  log(`${fileName}: seed ${seed}`);
  const random = seededRandom(seed, 'scenario');
  const { failed } = await playScenario({ steps: file.steps, rack, clock: systemClock, random, told: log, signal });
  if (failed) throw new Error(formatProblem(file.problemAt(failed.path, failed.why)));
  if (signal.aborted) throw new Error(`${fileName}: ended before its last step`);
}

async function readRack(name: string) {
  const rack = readRackFile(await readNamed(name), name, simulators);
  if (rack.problems) throw new Error(rack.problems.map(formatProblem).join('\n'));
  return rack;
}

function configuration(dir: string, seed: number, devices: readonly DeviceInfo[], isDefault: boolean): string {
  return [
    `# Simulated devices in ${dir}, seed ${seed}. In another shell: hutgate simulate list`,
    'devices:',
    ...devices.map(({ id, driver, at }) => {
      const options = isDefault ? driverOptions.get(driver) : undefined;
      return `  - { id: ${id}, driver: ${driver}, at: ${JSON.stringify(at)}${options ? `, options: ${options}` : ''} }`;
    }),
  ].join('\n');
}

async function act(
  rack: RackClient,
  id: string,
  action: string,
  words: readonly string[],
  read: typeof argumentsOf,
  options: Options,
) {
  const device = (await rack.devices()).find((known) => known.id === id);
  const schema = device?.actions.find(({ name }) => name === action)?.args;
  const result = await rack.act(id, action, schema ? read(words, schema) : {});
  if (options.json || result !== null) print(JSON.stringify(result));
}

async function withRack(dir: string, work: (rack: RackClient) => Promise<void>): Promise<void> {
  const rack = await connectRack(dir);
  try {
    await work(rack);
  } finally {
    rack.close();
  }
}

/** The part of a JSON Schema that says how to write an argument in a shell. */
interface ArgumentSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
}
interface ArgumentsSchema {
  readonly properties?: Readonly<Record<string, ArgumentSchema>>;
  readonly required?: readonly string[];
}

/** Each value is read as its schema's type says: text stays text, anything else is JSON where it can be. */
export function argumentsOf(pairs: readonly string[], schema: ArgumentsSchema): Record<string, unknown> {
  const properties = new Map(Object.entries(schema.properties ?? {}));
  const entries = pairs.map((pair): [string, unknown] => {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new RackError('bad-request', `${pair}: give arguments as key=value`);
    const key = pair.slice(0, equals);
    const text = pair.slice(equals + 1);
    const property = properties.get(key);
    return [key, property === undefined || property.type === 'string' ? text : jsonOrText(text)];
  });
  return Object.fromEntries(entries);
}

/** As `argumentsOf`, but a value alone is that of the next argument not given yet. */
export function inOrder(words: readonly string[], schema: ArgumentsSchema): Record<string, unknown> {
  const names = Object.keys(schema.properties ?? {});
  const keyOf = (word: string) => names.find((name) => word.startsWith(`${name}=`));
  const given = new Set(words.map(keyOf));
  const free = names.filter((name) => !given.has(name));
  const pairs = words.map((word) => {
    if (keyOf(word) !== undefined) return word;
    const name = free.shift();
    if (name === undefined) throw new RackError('bad-request', `too many values, it takes ${names.length}`);
    return `${name}=${word}`;
  });
  return argumentsOf(pairs, schema);
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function describeDevices(devices: readonly DeviceInfo[]): string {
  const own = devices.map(({ id, driver, at, actions }) =>
    [`${id}  ${driver}  ${at}`, ...actions.filter((action) => action.of === 'device').map(describeAction)].join('\n'),
  );
  const cable = devices[0]?.actions.filter((action) => action.of === 'cable') ?? [];
  return [...own, ['every device', ...cable.map(describeAction)].join('\n')].join('\n\n');
}

function describeAction({ name, describe, args }: DeviceInfo['actions'][number]): string {
  const { properties = {}, required = [] } = args as ArgumentsSchema;
  const words = Object.entries(properties).map(([key, property]) => {
    const word = `${key}=${placeholder(property)}`;
    return required.includes(key) ? word : `[${word}]`;
  });
  return `  ${[name, ...words].join(' ')}\n      ${describe}`;
}

function placeholder({ type, enum: values }: ArgumentSchema): string {
  if (values) return values.join('|');
  if (type === 'boolean') return 'true|false';
  if (type === 'string') return 'TEXT';
  return type === 'number' || type === 'integer' ? 'NUMBER' : 'JSON';
}

/** Problems go to stderr and make the exit code. */
async function report(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log((error as Error).message);
    process.exitCode = error instanceof RackError && error.code === 'bad-request' ? wrongUsage : problemFound;
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}

const defaultDir = () => join(process.env.XDG_RUNTIME_DIR || tmpdir(), 'hutgate-rack');
const print = (text: string) => process.stdout.write(`${text}\n`);
const log = (text: string) => process.stderr.write(`${text}\n`);
