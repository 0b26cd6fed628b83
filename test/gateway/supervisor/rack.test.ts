/** The real drivers, the real serialport and real PTYs, with the simulated devices on their other ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../device-drivers/clock.ts';
import { drivers } from '../../../device-drivers/registry.ts';
import { isPresent, openLink } from '../../../device-drivers/transport/open.ts';
import { openSerial } from '../../../device-drivers/transport/serial.ts';
import type { DeviceConfig } from '../../../gateway/supervisor/device.ts';
import { type Supervisor, supervise } from '../../../gateway/supervisor/supervise.ts';
import { createPtyPort } from '../../../simulators/pty.ts';
import { type Rack, type RackDevice, startRack } from '../../../simulators/rack.ts';
import { simulators } from '../../../simulators/registry.ts';
import { until } from '../../support/until.ts';

const line = { baudRate: 115_200, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' } as const;

let dir: string;
let rack: Rack;
let supervisor: Supervisor | undefined;
/** `device text` of each scan, `device number` of each card, `device celsius` of each temperature. */
let readings: string[];
let states: string[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-supervisor-'));
  readings = [];
  states = [];
});
afterEach(async () => {
  await supervisor?.stop();
  supervisor = undefined;
  await rack.stop();
  rmSync(dir, { recursive: true });
});

async function plugIn(devices: readonly RackDevice[]) {
  const fast = devices.map((device) => ({ paced: false, ...device }));
  rack = await startRack({ devices: fast, dir, seed: 1, clock: systemClock, simulators });
}

function run(devices: readonly (Pick<DeviceConfig, 'id' | 'driver'> & { options?: object; at?: string })[]) {
  supervisor = supervise({
    devices: devices.map(({ id, driver, options = {}, at = id }) => ({
      ...{ id, driver, at: { scheme: 'serial', target: join(dir, at) }, line },
      options: drivers.get(driver)!.options.parse(options),
    })),
    ...{ drivers, openLink, isPresent, clock: systemClock, random: Math.random },
    events: {
      reading: (id, reading) =>
        readings.push(
          `${id} ${reading.type === 'scan' ? reading.text : reading.type === 'temperature' ? reading.celsius : reading.type}`,
        ),
      repeat() {},
      state: (id, { state, reason }) => states.push(`${id} ${state} ${reason?.code ?? ''}`.trim()),
      fault() {},
    },
  });
}

const stateOf = (id: string) => supervisor!.states().find((state) => state.id === id)!;
const inState = (id: string, state: string) => until(`${id} ${state}`, () => stateOf(id).state === state);
const scan = (id: string, text: string) => rack.act(id, 'scan', { text });

const probe = { profile: 'r4dcb08', channels: 2, pollMs: 500, replyWithinMs: 200, attempts: 1 };

test('four devices become ready; one is pulled out and put back, the others go on', async () => {
  await plugIn([
    { id: 'scanner-1', driver: 'scanner-line' },
    { id: 'card-1', driver: 'id-sam' },
    { id: 'printer-1', driver: 'printer-zpl', wire: 'pty' },
    { id: 'box-1', driver: 'probe-modbus' },
  ]);
  run([
    { id: 'scanner-1', driver: 'scanner-line' },
    { id: 'card-1', driver: 'id-sam' },
    { id: 'printer-1', driver: 'printer-zpl' },
    { id: 'box-1', driver: 'probe-modbus', options: probe },
  ]);
  for (const id of ['scanner-1', 'card-1', 'printer-1', 'box-1']) await inState(id, 'ready');
  await until('a temperature', () => readings.includes('box-1 4.2'));

  await rack.unplug('box-1');
  await inState('box-1', 'missing');
  await scan('scanner-1', 'T2211070001');
  await until('the scan', () => readings.includes('scanner-1 T2211070001'));
  readings = [];
  await rack.plug('box-1');
  await inState('box-1', 'ready');
  await until('a temperature', () => readings.includes('box-1 4.4'));
  expect(states.filter((entry) => entry.startsWith('scanner-1'))).toEqual(['scanner-1 identifying', 'scanner-1 ready']);
});

test('two identical scanners keep their places, whichever is pulled', async () => {
  await plugIn([
    { id: 'left', driver: 'scanner-line' },
    { id: 'right', driver: 'scanner-line' },
  ]);
  run([
    { id: 'left', driver: 'scanner-line' },
    { id: 'right', driver: 'scanner-line' },
  ]);
  await inState('left', 'ready');
  await inState('right', 'ready');
  await scan('right', 'R1');
  // What the kernel still holds at the moment of the unplug is lost with it.
  await until('the scan', () => readings.length === 1);
  await rack.unplug('right');
  await scan('left', 'L1');
  await inState('right', 'missing');
  await rack.plug('right');
  await inState('right', 'ready');
  await scan('right', 'R2');
  await until('all scans', () => readings.length === 3);
  expect(readings.toSorted()).toEqual(['left L1', 'right R1', 'right R2']);
});

test('a device in the wrong socket fails its identification and disturbs nobody', async () => {
  await plugIn([
    { id: 'socket-1', driver: 'probe-modbus' },
    { id: 'socket-2', driver: 'scanner-line' },
  ]);
  run([
    { id: 'card-1', driver: 'id-sam', at: 'socket-1' },
    { id: 'box-1', driver: 'probe-modbus', at: 'socket-2', options: probe },
    { id: 'scanner-1', driver: 'scanner-line', at: 'socket-3' },
  ]);
  await inState('card-1', 'fault');
  await inState('box-1', 'fault');
  await inState('scanner-1', 'missing');
  expect([stateOf('card-1').reason?.code, stateOf('box-1').reason?.code]).toEqual(['no-reply', 'no-reply']);
  expect(states).not.toContain('card-1 ready');
});

test('three units on one line: two measure, one is missing and comes; the line is pulled out and put back', async () => {
  const probes = [
    { unit: 1, celsius: [4.2] },
    { unit: 2, celsius: [-20.5] },
  ];
  await plugIn([{ id: 'bus', driver: 'probe-modbus', options: { probes } }]);
  const unit = (id: string, unit: number) => ({
    ...{ id, driver: 'probe-modbus', at: 'bus' },
    options: { ...probe, channels: 1, unit, attempts: 2 },
  });
  run([unit('box-1', 1), unit('box-2', 2), unit('box-3', 3)]);
  await inState('box-3', 'fault');
  expect(stateOf('box-3').reason).toEqual({ code: 'no-reply', detail: 'unit 3, 2 requests' });
  const bothAgain = async () => {
    readings = [];
    await until('both', () => ['box-1 4.2', 'box-2 -20.5'].every((said) => readings.includes(said)));
  };
  await bothAgain();
  expect(readings.filter((said) => !['box-1 4.2', 'box-2 -20.5'].includes(said))).toEqual([]);
  expect(supervisor!.counters('box-1').discardedBytes.size).toBe(0);

  await rack.unplug('bus');
  for (const id of ['box-1', 'box-2', 'box-3']) await inState(id, 'missing');
  await rack.plug('bus');
  for (const id of ['box-1', 'box-2']) await inState(id, 'ready');
  await bothAgain();
});

test('a busy port is told, and taken as soon as it is free', async () => {
  await plugIn([{ id: 'scanner-1', driver: 'scanner-line' }]);
  const other = await openSerial(join(dir, 'scanner-1'), line, { data() {}, closed() {} });
  run([{ id: 'scanner-1', driver: 'scanner-line' }]);
  await inState('scanner-1', 'fault');
  expect(stateOf('scanner-1').reason?.code).toBe('port-busy');
  await other.close();
  await inState('scanner-1', 'ready');
});

test('a megabyte of garbage is given up and counted to the last byte', async () => {
  await plugIn([]);
  // Noise comes from nowhere: a cable without a device.
  const pty = await createPtyPort({ path: join(dir, 'box-1') });
  run([{ id: 'box-1', driver: 'probe-modbus', options: { ...probe, attempts: 10 } }]);
  await inState('box-1', 'identifying');
  const noise = Buffer.alloc(1 << 20, 0x55);
  await pty.write(noise);
  await until('the noise', () => supervisor!.counters('box-1').bytes === noise.length);
  const discarded = () => [...supervisor!.counters('box-1').discardedBytes.values()].reduce((a, b) => a + b, 0);
  await until('it to be given up', () => discarded() === noise.length);
  await pty.close();
  await inState('box-1', 'missing');
});

test('half a code before a pulled plug never joins the next one', async () => {
  await plugIn([]);
  const path = join(dir, 'scanner-1');
  const first = await createPtyPort({ path });
  run([{ id: 'scanner-1', driver: 'scanner-line', options: { suffix: 'CR', idleEndMs: 0 } }]);
  await inState('scanner-1', 'ready');
  await first.write(Buffer.from('T22110'));
  await until('the half', () => supervisor!.counters('scanner-1').bytes === 6);
  await first.close();
  await inState('scanner-1', 'missing');
  const second = await createPtyPort({ path });
  await inState('scanner-1', 'ready');
  await second.write(Buffer.from('T2211070042\r'));
  await until('the whole', () => readings.length > 0);
  expect(readings).toEqual(['scanner-1 T2211070042']);
  expect(supervisor!.counters('scanner-1').discardedBytes.get('incomplete')).toBe(6);
  await second.close();
});

test('a printer pulled out in mid-job answers unknown, refuses until it is back, and prints nothing twice', async () => {
  const options = { behaviour: { labelMs: 60_000 } };
  await plugIn([{ id: 'printer-1', driver: 'printer-zpl', wire: 'pty', options }]);
  run([{ id: 'printer-1', driver: 'printer-zpl' }]);
  await inState('printer-1', 'ready');
  const label = `^XA^FX${'A'.repeat(10_000)}^FS^XZ`;
  const job = (jobId: string) => supervisor!.command('printer-1', 'print', { jobId, label });
  const cut = job('cut');
  const waiting = job('waiting');
  await until('the label to arrive', () => rack.state()[0]!.counters.receivedBytes > label.length);
  await rack.unplug('printer-1');
  const outcome = await cut;
  expect(outcome).toMatchObject({ status: 'done' });
  expect(['unknown', 'failed']).toContain(outcome.status === 'done' ? outcome.result.outcome : undefined);
  await expect(waiting).resolves.toEqual({ status: 'refused', why: 'link-lost' });
  await inState('printer-1', 'missing');
  await expect(job('too soon')).resolves.toEqual({ status: 'refused', why: 'not-ready' });
  await rack.act('printer-1', 'behave', { labelMs: 0 });
  await rack.plug('printer-1');
  await inState('printer-1', 'ready');
  await expect(job('after')).resolves.toMatchObject({ status: 'done', result: { outcome: 'done' } });
  expect(rack.state()[0]!.device.printedTotal).toBe(1);
});

test('stop is quick with a printer that takes nothing and a port that is open', async () => {
  await plugIn([{ id: 'printer-1', driver: 'printer-zpl', wire: 'pty' }]);
  const pty = await createPtyPort({ path: join(dir, 'scanner-1') });
  run([
    { id: 'printer-1', driver: 'printer-zpl' },
    { id: 'scanner-1', driver: 'scanner-line' },
  ]);
  await inState('printer-1', 'ready');
  await inState('scanner-1', 'ready');
  await rack.faults('printer-1', { direction: 'to-device', stall: 1, stallMs: 60_000 });
  void supervisor!.command('printer-1', 'print', { jobId: 'j', label: `^XA^FX${'A'.repeat(50_000)}^FS^XZ` });
  await supervisor!.stop();
  await pty.close();
});
