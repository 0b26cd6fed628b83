/**
 * Two scanners that only their sockets tell apart, and two card readers that say who they are, pulled and put back: real
 * PTYs with simulated devices on their other ends, hung into the sockets of a `/sys` and a `/dev` made for the test.
 */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../device-drivers/clock.ts';
import { adaptersAt } from '../../../device-drivers/discovery/adapter.ts';
import { identifyCode } from '../../../device-drivers/identify-code.ts';
import { drivers } from '../../../device-drivers/registry.ts';
import { isPresent, openLink } from '../../../device-drivers/transport/open.ts';
import type { DeviceConfig } from '../../../gateway/supervisor/device.ts';
import { type Supervisor, supervise } from '../../../gateway/supervisor/supervise.ts';
import { type Rack, type RackDevice, startRack } from '../../../simulators/rack.ts';
import { simulators } from '../../../simulators/registry.ts';
import { type SysTree, sysTree } from '../../support/sys-tree.ts';
import { until } from '../../support/until.ts';

const line = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' } as const;

let tree: SysTree;
let dir: string;
let rack: Rack;
let supervisor: Supervisor;
/** What a store would keep over a restart. */
let saved: Map<string, string>;
/** `device text`, `device NOT recorded`, `device identify right`. */
let told: string[];
/** How often the adapters were looked at: before that nobody knows what hangs on what. */
let looks: number;

beforeEach(() => {
  tree = sysTree();
  dir = mkdtempSync(join(tmpdir(), 'hutgate-units-'));
  saved = new Map();
  told = [];
  looks = 0;
});
afterEach(async () => {
  await supervisor.stop();
  await rack.stop();
  tree.remove();
  rmSync(dir, { recursive: true });
});

const units = async (...devices: RackDevice[]) => {
  const fast = devices.map((device) => ({ paced: false, ...device }));
  rack = await startRack({ devices: fast, dir, seed: 1, clock: systemClock, simulators });
};

const socketNames = (socket: number) => ({
  node: `ttyUSB${socket}`,
  byPath: `serial/by-path/pci-0000:00:14.0-usb-0:${socket}:1.0-port0`,
});
/** A CH340: no serial number. */
function put(unit: string, socket: number, more: { vendor?: number; serial?: string } = {}) {
  const { node, byPath } = socketNames(socket);
  tree.adapter(node, 'ch341-uart', { socket: `1-${socket}`, vendor: 0x1a86, product: 0x7523, ...more }, byPath);
  rmSync(join(tree.devDir, node));
  symlinkSync(join(dir, unit), join(tree.devDir, node));
}
async function pull(unit: string, socket: number) {
  const { node, byPath } = socketNames(socket);
  tree.unplug(node, `1-${socket}`, byPath);
  await rack.unplug(unit);
}
async function plug(unit: string, socket: number) {
  await rack.plug(unit);
  put(unit, socket);
}

const configOf = (id: string, driver: string, socket: number, options = {}): DeviceConfig => ({
  ...{ id, driver, at: { scheme: 'serial', target: join(tree.devDir, socketNames(socket).byPath) }, line },
  options: drivers.get(driver)!.options.parse(options),
});
const scanners = () => [configOf('scanner-1', 'scanner-line', 1), configOf('scanner-2', 'scanner-line', 2)];

function run(devices: readonly DeviceConfig[]) {
  supervisor = supervise({
    ...{ devices, drivers, openLink, isPresent, clock: systemClock, random: Math.random, saved },
    async adaptersAt(addresses) {
      const adapters = await adaptersAt(addresses, tree);
      looks += 1;
      return adapters;
    },
    events: {
      reading: (id, reading) => told.push(`${id} ${reading.type === 'scan' ? reading.text : reading.type}`),
      repeat() {},
      state() {},
      fault() {},
      unrecorded: (id, { code }) => told.push(`${id} NOT recorded: ${code}`),
      identify: (id, scan) => told.push(`${id} identify ${scan}`),
      remember(id, text) {
        if (text === null) saved.delete(id);
        else saved.set(id, text);
      },
    },
  });
}

const stateOf = (id: string) => supervisor.states().find((state) => state.id === id)!;
const inState = (id: string, state: string) => until(`${id} ${state}`, () => stateOf(id).state === state);
const asked = (id: string, code: string) => until(`${id} ${code}`, () => stateOf(id).reason?.code === code);
const says = (what: string) => until(what, () => told.includes(what));
const scan = (unit: string, text: string) => rack.act(unit, 'scan', { text });

async function twoScanners() {
  await units({ id: 'left', driver: 'scanner-line' }, { id: 'right', driver: 'scanner-line' });
  put('left', 1);
  put('right', 2);
  run(scanners());
  await bothReady();
}
async function bothReady() {
  const before = looks;
  await inState('scanner-1', 'ready');
  await inState('scanner-2', 'ready');
  // The look that began after the last of them.
  await until('the adapters are known', () => looks > before + (before === 0 ? 1 : 0));
}
async function pulledAndPut(left: number, right: number) {
  await pull('left', 1);
  await pull('right', 2);
  await inState('scanner-1', 'missing');
  await inState('scanner-2', 'missing');
  await plug('left', left);
  await plug('right', right);
  await asked('scanner-1', 'pair-unconfirmed');
  await asked('scanner-2', 'pair-unconfirmed');
}

describe('two scanners alike, out at the same time', () => {
  test('nothing is taken from them until one is confirmed by its code; then both are', async () => {
    await twoScanners();
    await pulledAndPut(1, 2);
    expect(stateOf('scanner-1')).toMatchObject({
      state: 'fault',
      reason: { code: 'pair-unconfirmed', detail: 'scanner-2 and it were unplugged at the same time' },
    });
    await scan('left', 'T2211070001');
    await says('scanner-1 NOT recorded: pair-unconfirmed');
    expect(await supervisor.command('scanner-1', 'beep', {})).toEqual({ status: 'refused', why: 'not-ready' });
    await scan('left', identifyCode('scanner-1'));
    await inState('scanner-1', 'ready');
    await inState('scanner-2', 'ready');
    await scan('left', 'T2211070002');
    await scan('right', 'T2211070003');
    await says('scanner-1 T2211070002');
    await says('scanner-2 T2211070003');
    expect(told).not.toContain('scanner-1 T2211070001');
  });

  test('a swap shows itself by the code, and is mended by the sockets', async () => {
    await twoScanners();
    await pulledAndPut(2, 1);
    await scan('left', identifyCode('scanner-1'));
    await says('scanner-2 identify other');
    expect(stateOf('scanner-2').reason?.detail).toBe(
      'swapped: put scanner-1 into the other socket, or change at: in the configuration',
    );
    expect(stateOf('scanner-1').reason?.detail).toBe(
      'swapped: put scanner-2 into the other socket, or change at: in the configuration',
    );
    await pull('left', 2);
    await pull('right', 1);
    await inState('scanner-1', 'missing');
    await inState('scanner-2', 'missing');
    await plug('left', 1);
    await plug('right', 2);
    await asked('scanner-1', 'pair-unconfirmed');
    await scan('left', identifyCode('scanner-1'));
    await inState('scanner-1', 'ready');
    await inState('scanner-2', 'ready');
    expect(told).toEqual(['scanner-2 identify other', 'scanner-1 identify right']);
  });

  test('or by the configuration, in which both get the address of the other', async () => {
    await twoScanners();
    await pulledAndPut(2, 1);
    await supervisor.configure([configOf('scanner-1', 'scanner-line', 2), configOf('scanner-2', 'scanner-line', 1)]);
    await inState('scanner-1', 'ready');
    await inState('scanner-2', 'ready');
    await scan('left', 'T2211070001');
    await says('scanner-1 T2211070001');
    expect(saved).toEqual(new Map());
  });

  test('the question outlives a restart; a technician may answer it', async () => {
    await twoScanners();
    await pulledAndPut(1, 2);
    await supervisor.stop();
    run(scanners());
    await asked('scanner-1', 'pair-unconfirmed');
    await asked('scanner-2', 'pair-unconfirmed');
    expect(supervisor.confirm('scanner-2')).toBe(true);
    await inState('scanner-1', 'ready');
    await inState('scanner-2', 'ready');
    expect(supervisor.confirm('scanner-2')).toBe(false);
    expect(supervisor.confirm('nobody')).toBe(false);
    await supervisor.stop();
    run(scanners());
    await inState('scanner-1', 'ready');
    await inState('scanner-2', 'ready');
  });

  test('quicker than any look at their sockets', async () => {
    await twoScanners();
    await pull('left', 1);
    await pull('right', 2);
    await plug('left', 2);
    await plug('right', 1);
    await asked('scanner-1', 'pair-unconfirmed');
    await asked('scanner-2', 'pair-unconfirmed');
    await scan('left', 'T2211070001');
    await says('scanner-2 NOT recorded: pair-unconfirmed');
  });

  test('one after the other is no question', async () => {
    await twoScanners();
    await pull('left', 1);
    await inState('scanner-1', 'missing');
    await plug('left', 1);
    await inState('scanner-1', 'ready');
    await pull('right', 2);
    await inState('scanner-2', 'missing');
    await plug('right', 2);
    await inState('scanner-2', 'ready');
    expect(told).toEqual([]);
  });

  test('nor are two whose adapters have serial numbers of their own', async () => {
    await units({ id: 'left', driver: 'scanner-line' }, { id: 'right', driver: 'scanner-line' });
    const own = (unit: string, socket: number) => put(unit, socket, { serial: `A50285B${socket}` });
    own('left', 1);
    own('right', 2);
    run(scanners());
    await bothReady();
    await pull('left', 1);
    await pull('right', 2);
    await inState('scanner-1', 'missing');
    await inState('scanner-2', 'missing');
    await rack.plug('left');
    await rack.plug('right');
    own('left', 1);
    own('right', 2);
    await inState('scanner-1', 'ready');
    await inState('scanner-2', 'ready');
  });
});

describe('an identify code', () => {
  test('is never a reading, and a scanner that is in no doubt comes into none by it', async () => {
    await twoScanners();
    for (const named of ['scanner-1', 'scanner-2', 'scanner-9']) await scan('left', identifyCode(named));
    await scan('left', `${identifyCode('scanner-1')}\u5f20`);
    await until('four scans', () => told.length === 4);
    expect(told.slice(0, 3)).toEqual([
      'scanner-1 identify right',
      'scanner-1 identify other',
      'scanner-1 identify unknown',
    ]);
    expect(told[3]).toBe(`scanner-1 ${identifyCode('scanner-1')}\u5f20`);
    expect(stateOf('scanner-1').state).toBe('ready');
  });

  test('that names no device of the hut confirms nothing and stands in no fault', async () => {
    await twoScanners();
    await pulledAndPut(1, 2);
    await scan('left', identifyCode('410199190001010018'));
    await says('scanner-1 identify unknown');
    expect(stateOf('scanner-1').reason?.detail).toBe('scanner-2 and it were unplugged at the same time');
  });
});

describe('card readers that say who they are', () => {
  const samId = (last: string) => `05000100fb02330187d61200b168de${last}`;
  const readers = () => [configOf('card-1', 'id-sam', 1), configOf('card-2', 'id-sam', 2)];
  async function twoReaders() {
    await units(
      { id: 'left', driver: 'id-sam', options: { samId: samId('01') } },
      { id: 'right', driver: 'id-sam', options: { samId: samId('02') } },
    );
    put('left', 1);
    put('right', 2);
    run(readers());
    await inState('card-1', 'ready');
    await inState('card-2', 'ready');
  }

  test('are told when they are swapped, also while the gateway was off, and are back when they are put right', async () => {
    await twoReaders();
    await supervisor.stop();
    await pull('left', 1);
    await pull('right', 2);
    await plug('left', 2);
    await plug('right', 1);
    run(readers());
    await asked('card-1', 'other-unit');
    await asked('card-2', 'other-unit');
    const { detail } = stateOf('card-1').reason!;
    expect(detail).toMatch(/^expected serial number \S+, found serial number \S+, which is the unit of card-2$/);
    await rack.act('right', 'present', {});
    expect(await supervisor.command('card-1', 'any', {})).toEqual({ status: 'refused', why: 'not-ready' });
    await pull('left', 2);
    await pull('right', 1);
    await plug('left', 1);
    await plug('right', 2);
    await inState('card-1', 'ready');
    await inState('card-2', 'ready');
    // Never asked about as a pair: each is known.
    expect(told.filter((said) => said.includes('NOT'))).toEqual([]);
  });

  test('one is replaced for good: a technician confirms it once', async () => {
    await twoReaders();
    await pull('left', 1);
    await inState('card-1', 'missing');
    await rack.stop();
    await units({ id: 'left', driver: 'id-sam', options: { samId: samId('03') } });
    put('left', 1);
    await asked('card-1', 'other-unit');
    expect(supervisor.confirm('card-1')).toBe(true);
    await inState('card-1', 'ready');
    await supervisor.stop();
    run([configOf('card-1', 'id-sam', 1)]);
    await inState('card-1', 'ready');
    expect(supervisor.confirm('card-1')).toBe(false);
  });

  test('a reader that is configured at another address begins anew', async () => {
    await twoReaders();
    await supervisor.configure([configOf('card-1', 'id-sam', 2), configOf('card-2', 'id-sam', 1)]);
    await inState('card-1', 'ready');
    await inState('card-2', 'ready');
  });
});
