/** One device tried once, by the real session: open, identify, and of a probe the first reading. Then it is closed again. */
import type { Clock } from '../../../device-drivers/clock.ts';
import { newTally } from '../../../device-drivers/counters.ts';
import type { Driver, Identity, Reading } from '../../../device-drivers/driver.ts';
import type { Fault } from '../../../device-drivers/faults.ts';
import type { DeviceAddress, LineSettings, OpenLink } from '../../../device-drivers/link.ts';
import { openSession } from '../../../device-drivers/session.ts';

export interface TryDevice {
  readonly driver: Driver;
  readonly at: DeviceAddress;
  readonly options: unknown;
  readonly line: LineSettings;
}

export interface Tried {
  readonly identity?: Identity;
  /** Why it did not become ready. */
  readonly fault?: Fault;
  /** Ready, but degraded. */
  readonly condition?: Fault;
  /** Of probes only: anything else may be a person's. */
  readonly reading?: Extract<Reading, { type: 'temperature' }>;
  readonly bytes: number;
  readonly discardedBytes: number;
}

/** What a device says of itself right after it is ready: a lid that is open, a first temperature. */
const settleMs = 300;
const readingWithinMs = 3_000;

export async function tryDevice(device: TryDevice, openLink: OpenLink, clock: Clock): Promise<Tried> {
  const { driver, at, options, line } = device;
  const tally = newTally();
  let identity: Identity | undefined;
  let fault: Fault | undefined;
  let condition: Fault | undefined;
  let reading: Tried['reading'];
  let cancel = () => {};
  await new Promise<void>((done) => {
    const session = openSession({
      ...{ driver, options, clock, tally },
      open: (events) => openLink(at, line, events),
      events: {
        opened() {},
        ready(found) {
          identity = found;
          cancel = clock.after(driver.kind === 'temperature-probe' ? readingWithinMs : settleMs, close);
        },
        reading(found) {
          if (found.type !== 'temperature') return;
          reading = found;
          close();
        },
        repeat() {},
        fault() {},
        condition(found) {
          condition = found ?? undefined;
        },
        ended(found) {
          fault = found ?? undefined;
          done();
        },
      },
    });
    function close(): void {
      cancel();
      void session.close();
    }
  });
  cancel();
  const discardedBytes = [...tally.discardedBytes.values()].reduce((sum, count) => sum + count, 0);
  return {
    ...(identity && { identity }),
    ...(fault && { fault }),
    ...(condition && { condition }),
    ...(reading && { reading }),
    ...{ bytes: tally.bytes, discardedBytes },
  };
}
