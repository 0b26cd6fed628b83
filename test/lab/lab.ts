/** What the suites of the lab share: the rack behind the emulated USB serial adapters, and a driver run on a real device. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../device-drivers/clock.ts';
import { newTally, type Tally } from '../../device-drivers/counters.ts';
import type { Reading } from '../../device-drivers/driver.ts';
import type { Fault } from '../../device-drivers/faults.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { openSession, type Session } from '../../device-drivers/session.ts';
import { openLink } from '../../device-drivers/transport/open.ts';
import { type RackClient, rackClient } from '../../simulators/client.ts';
import { deviceStream } from '../../simulators/lab/device-stream.ts';

if (process.env.HUTGATE_LAB !== '1') throw new Error('this runs inside the lab: npm run test:lab');

// Loaded now: the first open of a port would not have the time that it takes here.
await import('serialport');

const withinMs = 90_000;

/** As `support/until.ts`, for a machine that is five to ten times slower: it looks less often, and waits longer. */
export async function until<T>(what: string, look: () => T | Promise<T>, lookEveryMs = 50): Promise<NonNullable<T>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found as NonNullable<T>;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(lookEveryMs);
  }
}

let client: RackClient | undefined;
/** The devices on emulated USB serial adapters. One connection for all suites: the port is opened once. */
export function serialRack(): RackClient {
  client ??= rackClient(deviceStream('/dev/lab/control'), "the lab's rack");
  return client;
}

const byPath = (port: number) => `/dev/serial/by-path/pci-0000:00:10.0-usb-0:${port}:1.0-port0`;
/** Links that udev makes, by the device's id in the rack: each adapter has a socket of its own. */
export const socketOf = new Map(
  ['scanner-1', 'scanner-2', 'card-1', 'box-1', 'printer-1'].map((id, n) => [id, byPath(n + 1)]),
);

/** Waits until udev has made the link of a plugged adapter. */
export const plugged = (id: string) => until(`${id} plugged in`, () => existsSync(socketOf.get(id)!));
export const unplugged = (id: string) => until(`${id} unplugged`, () => !existsSync(socketOf.get(id)!));

export interface Running {
  readonly session: Session;
  readonly readings: readonly Reading[];
  readonly faults: readonly Fault[];
  readonly tally: Tally;
  /** Why the connection ended: null when we closed it, undefined while it is open. */
  ended(): Fault | null | undefined;
}

/** Opens a device with its driver, as the supervisor does. Resolves when it is ready; rejects with the fault that kept it from that. */
export async function run(driverName: string, at: string, options: object = {}): Promise<Running> {
  const driver = drivers.get(driverName)!;
  const scheme = at.slice(0, at.indexOf(':')) as Parameters<typeof openLink>[0]['scheme'];
  const target = at.slice(scheme.length + 1);
  const line = {
    baudRate: 9600,
    dataBits: 8,
    parity: 'none',
    stopBits: 1,
    flowControl: 'none',
    ...driver.line,
  } as const;
  const readings: Reading[] = [];
  const faults: Fault[] = [];
  const tally = newTally();
  let ended: Fault | null | undefined;
  const session = await new Promise<Session>((resolve, reject) => {
    const opened = openSession({
      driver,
      options: driver.options.parse(options),
      open: (events) => openLink({ scheme, target }, line, events),
      clock: systemClock,
      tally,
      events: {
        opened() {},
        ready: () => resolve(opened),
        reading: (reading) => readings.push(reading),
        repeat() {},
        fault: (fault) => faults.push(fault),
        condition() {},
        ended(fault) {
          ended = fault;
          reject(new Error(`${driverName} at ${at}: ${fault?.code} ${fault?.detail ?? ''}`));
        },
      },
    });
  });
  return { session, readings, faults, tally, ended: () => ended };
}

/** As long as a driver takes it, and much longer than its questions. */
export const longLabel = `^XA${'^FX filler ^FS'.repeat(4_500)}^XZ`;

/** All codes that were scanned, in order. */
export const codesOf = ({ readings }: Pick<Running, 'readings'>) =>
  readings.flatMap((reading) => (reading.type === 'scan' ? [reading.text] : []));
