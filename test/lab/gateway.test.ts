/** A whole gateway on real kernel drivers: each device is pulled in turn, and the others never miss a reading. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { hidSocket } from '../../simulators/lab/hid-socket.ts';
import { plugUhid } from '../../simulators/lab/uhid.ts';
import { simulators } from '../../simulators/registry.ts';
import { getJson, type HutFiles, logOf, startGatewayProcess, writeHut } from '../support/gateway-process.ts';
import { serialRack, socketOf, until } from './lab.ts';

interface Device {
  readonly id: string;
  readonly driver: string;
  readonly at: string;
  readonly options?: object;
  pull(): unknown;
  plug(): unknown;
  /** Makes one reading; undefined for what reads by itself, or never. */
  readonly use?: (n: number) => unknown;
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
    await gateway.kill('SIGTERM');
    if (task.result?.state === 'fail' && existsSync(hut.logFile)) console.error(logOf(hut));
  });
  await until('the gateway answers', async () => (await answers()).size > 0, askEveryMs);
  for (const { id } of devices) await ready(id);
}

afterAll(() => pos.remove());

test('each device pulled in turn: the others never miss a reading', async () => {
  await startHut();
  const made = new Map<string, number>();
  let n = 0;
  const useAllBut = async (pulled?: Device) => {
    for (const { id, use } of devices.filter((device) => device !== pulled)) {
      if (!use) continue;
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
    for (let times = 0; times < 5; times += 1) await useAllBut(device);
    await pulled;
    await inState(device.id, 'missing');
    await useAllBut(device);
    const plugged = device.plug();
    for (let times = 0; times < 5; times += 1) await useAllBut(device);
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
