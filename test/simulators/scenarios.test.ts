/** The example scenarios, played on the default rack with a supervisor on its real paths. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../device-drivers/clock.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { isPresent, openLink } from '../../device-drivers/transport/open.ts';
import { readScenarioFile } from '../../gateway/cli/scenario-file.ts';
import { defaultDevices } from '../../gateway/cli/simulate.ts';
import { type Supervisor, supervise } from '../../gateway/supervisor/supervise.ts';
import { type Rack, type RackEvent, startRack } from '../../simulators/rack.ts';
import { seededRandom } from '../../simulators/random.ts';
import { simulators } from '../../simulators/registry.ts';
import { playScenario } from '../../simulators/scenario.ts';
import { until } from '../support/until.ts';

const examples = new URL('../../simulators/scenarios/', import.meta.url);
const line = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' } as const;

let dir: string;
let rack: Rack;
let supervisor: Supervisor;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-scenarios-'));
  rack = await startRack({ devices: defaultDevices, dir, seed: 1, clock: systemClock, simulators });
  const options = new Map([['probe-modbus', { profile: 'r4dcb08' }]]);
  supervisor = supervise({
    devices: defaultDevices.map(({ id, driver }) => ({
      ...{ id, driver, at: { scheme: 'serial', target: join(dir, id) }, line },
      options: drivers.get(driver)!.options.parse(options.get(driver) ?? {}),
    })),
    ...{ drivers, openLink, isPresent, clock: systemClock, random: () => 0 },
    events: { reading() {}, repeat() {}, state() {}, fault() {} },
  });
  await until('all devices ready', () => supervisor.states().every(({ state }) => state === 'ready'), 30_000);
});
afterEach(async () => {
  await supervisor.stop();
  await rack.stop();
  rmSync(dir, { recursive: true, force: true });
});

test.each(readdirSync(examples))(
  '%s',
  async (name) => {
    const file = readScenarioFile(readFileSync(new URL(name, examples), 'utf8'), name, rack.devices());
    const played = await playScenario({
      ...{ steps: file.problems ? [] : file.steps, clock: systemClock, random: seededRandom(1, name) },
      rack: { ...rack, watch: (listener: (event: RackEvent) => void) => rack.subscribe(listener) },
      ...{ told() {}, signal: new AbortController().signal },
    });
    expect([file.problems, played]).toEqual([undefined, {}]);
  },
  90_000,
);
