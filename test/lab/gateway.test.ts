/** A whole gateway on real kernel drivers: each device is pulled in turn, and the others never miss a reading. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { cp2112, type GpioChip } from '../../simulators/lab/gpio-chip.ts';
import { hidSocket } from '../../simulators/lab/hid-socket.ts';
import { plugUhid } from '../../simulators/lab/uhid.ts';
import { plugUsbHid } from '../../simulators/lab/usb-hid.ts';
import { simulators } from '../../simulators/registry.ts';
import { getJson, type HutFiles, logOf, startGatewayProcess, writeHut } from '../support/gateway-process.ts';
import { serialRack, socketOf, until } from './lab.ts';
import { cardReader, labelPrinter, printerNode } from './usb-devices.ts';

interface Device {
  readonly id: string;
  readonly driver: string;
  readonly at: string;
  readonly options?: object;
  pull(): unknown;
  plug(): unknown;
  /** Makes one reading; undefined for what reads by itself, or never. */
  readonly use?: (n: number) => unknown;
  /** libusb keeps 30 reports: a second code has to wait until the first has been read. */
  readonly isOneByOne?: true;
}

const rack = serialRack();
const code = (n: number) => `T${String(n).padStart(10, '0')}`;
const onSerial = (id: string) => ({
  ...{ id, at: `serial:${socketOf.get(id)}` },
  pull: () => rack.unplug(id),
  plug: () => rack.plug(id),
});
const pos = hidSocket({
  simulator: simulators.get('scanner-hid-pos')!,
  plug: (device, onReport) => plugUhid({ device, phys: 'usb-lab-9/input0', onReport }),
});
const keyboard = hidSocket({
  simulator: simulators.get('scanner-hid-keyboard')!,
  options: { serial: 'KB9' },
  plug: (device, onReport) => plugUsbHid({ name: 'keyboard', device, bootProtocol: 1, reportBytes: 8, onReport }),
});
const printer = labelPrinter();
const reader = await cardReader();
const bridge = () => cp2112(join(process.cwd(), 'dist/simulators/lab/cp2112-process.js'));
let chip: GpioChip = bridge();
const devices: readonly Device[] = [
  ...['scanner-1', 'scanner-2'].map((id) => ({
    ...onSerial(id),
    ...{ driver: 'scanner-line', options: { suffix: 'CR', repeatWindowMs: 0 } },
    use: (n: number) => rack.act(id, 'scan', { text: code(n) }),
  })),
  { ...onSerial('card-1'), driver: 'id-sam' },
  { ...onSerial('box-1'), driver: 'probe-modbus', options: { profile: 'r4dcb08', pollMs: 500 } },
  { ...onSerial('printer-1'), driver: 'printer-zpl' },
  {
    ...{ id: 'pos-1', driver: 'scanner-hid-pos', at: 'hid:0c2e:0b81' },
    pull: pos.unplug,
    plug: pos.plug,
    use: (n) => pos.act('scan', { text: code(n) }),
  },
  {
    ...{ id: 'keyboard-1', driver: 'scanner-hid-keyboard', at: 'hid:0c2e:0b61:KB9' },
    options: { suffix: 'Enter', idleEndMs: 2_000, repeatWindowMs: 0 },
    pull: keyboard.unplug,
    plug: keyboard.plug,
    use: (n) => keyboard.act('scan', { text: code(n) }),
    isOneByOne: true,
  },
  {
    ...{ id: 'printer-2', driver: 'printer-zpl', at: `file:${printerNode}` },
    pull: printer.unplug,
    plug: printer.plug,
  },
  { ...{ id: 'card-2', driver: 'id-sam-usb', at: 'usb:0400:c35a' }, pull: reader.unplug, plug: reader.plug },
  {
    ...{ id: 'door-1', driver: 'digital-input', at: `gpio:${chip.label}/5`, options: { use: 'door' } },
    pull: () => chip.remove(),
    plug() {
      chip = bridge();
    },
  },
];

interface Answer {
  readonly id: string;
  readonly state: string;
  readonly counters: { readonly readings: number };
}

/** An answer costs the gateway more here than its devices do. */
const askEveryMs = 400;

let hut: HutFiles;

const answers = async () =>
  new Map((await getJson<Answer[]>(hut, '/api/devices'))?.map((answer) => [answer.id, answer]));
const inState = (id: string, ...states: string[]) =>
  until(
    `${id} ${states.join(' or ')}`,
    async () => states.includes((await answers()).get(id)?.state ?? ''),
    askEveryMs,
  );
const ready = (id: string) => inState(id, 'ready', 'degraded');

async function startHut(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-lab-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  hut = await writeHut({
    dir,
    // Nobody listens there: sampling goes on without the network.
    brokerUrl: 'mqtt://127.0.0.1:9',
    devices: devices.map(({ id, driver, at, options = {} }) => ({ id, driver, at, options })),
  });
  const gateway = startGatewayProcess(hut);
  onTestFinished(async ({ task }) => {
    // As its `isPulledFirst` says.
    await chip.remove();
    await gateway.kill('SIGTERM');
    if (task.result?.state === 'fail' && existsSync(hut.logFile)) console.error(logOf(hut));
  });
  await until('the gateway answers', async () => (await answers()).size > 0, askEveryMs);
  for (const { id } of devices) await ready(id);
}

afterAll(async () => {
  for (const remove of [pos.remove, keyboard.remove, printer.remove, reader.remove, chip.remove]) await remove();
});

test('each device pulled in turn: the others never miss a reading', async () => {
  await startHut();
  const made = new Map<string, number>();
  let n = 0;
  const useAllBut = async (pulled?: Device, times = 0) => {
    for (const { id, use, isOneByOne } of devices.filter((device) => device !== pulled)) {
      if (!use || (isOneByOne && times > 0)) continue;
      n += 1;
      await use(n);
      made.set(id, (made.get(id) ?? 0) + 1);
    }
  };

  for (const device of devices) {
    await useAllBut();
    // Told to be pulled once what it said has been read: a cable that is out says nothing.
    await allRead();
    const pulled = device.pull();
    for (let times = 0; times < 5; times += 1) await useAllBut(device, times);
    await pulled;
    await allRead();
    await inState(device.id, 'missing');
    const plugged = device.plug();
    for (let times = 0; times < 5; times += 1) await useAllBut(device, times);
    await plugged;
    await ready(device.id);
  }
  await useAllBut();
  await allRead();

  // And all that was read is on the disk.
  const read = [...(await answers()).values()].reduce((sum, { counters }) => sum + counters.readings, 0);
  await until(
    'all readings in the store',
    async () => {
      const health = await getJson<{ streams: { stream: string; lastSeq: number }[] }>(hut, '/api/health');
      return (health?.streams.find(({ stream }) => stream === 'reading')?.lastSeq ?? 0) >= read;
    },
    askEveryMs,
  );
  expect(logOf(hut)).not.toMatch(/NOT recorded|driver-bug/);

  async function allRead() {
    await until(
      'all readings',
      async () => {
        const now = await answers();
        return [...made].every(([id, times]) => now.get(id)!.counters.readings >= times);
      },
      askEveryMs,
    );
    const now = await answers();
    expect([...made.keys()].map((id) => [id, now.get(id)!.counters.readings])).toEqual([...made]);
  }
});
