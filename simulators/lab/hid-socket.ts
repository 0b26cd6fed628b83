/**
 * A socket of the lab for one simulated HID device: the device of `simulators/devices/` outlives its cable; each plugging-in
 * makes a new device for the kernel.
 */
import { systemClock } from '../../device-drivers/clock.ts';
import type { HidDevice, SimulatedDevice, Simulator } from '../device.ts';
import { seededRandom } from '../random.ts';
import type { UhidPort } from './uhid.ts';

export type PlugHid = (device: HidDevice, onReport: (report: Uint8Array) => void) => UhidPort;

export interface HidSocket {
  readonly hid: HidDevice;
  /** Idempotent. */
  plug(): void;
  /** Power included. Idempotent. */
  unplug(): void;
  /** The cable slips out after so many more reports, 0 to do it now: in the middle of what the device is saying. */
  unplugAfter(reports: number): void;
  /** An action of the device, such as `scan`. @throws for a person */
  act(action: string, args?: unknown): unknown;
  state(): Readonly<Record<string, unknown>>;
  /** For good. */
  remove(): void;
}

export interface HidSocketSetup {
  readonly simulator: Simulator;
  readonly options?: unknown;
  readonly plug: PlugHid;
}

/** Plugged in from the start. @throws when the simulator is no HID device */
export function hidSocket({ simulator, options: given = {}, plug }: HidSocketSetup): HidSocket {
  const options = simulator.options.parse(given);
  const hid = simulator.hid?.(options);
  if (!hid) throw new Error(`${simulator.name} is no HID device`);
  let port: UhidPort | undefined;
  let reportsLeft = Number.POSITIVE_INFINITY;
  const device: SimulatedDevice = simulator.create(options, {
    clock: systemClock,
    random: seededRandom(1, hid.serial),
    send(report) {
      if (!port) return;
      port.send(report);
      reportsLeft -= 1;
      if (reportsLeft === 0) socket.unplug();
    },
  });

  const socket: HidSocket = {
    hid,
    plug() {
      if (port) return;
      reportsLeft = Number.POSITIVE_INFINITY;
      port = plug(hid, (report) => device.receive(report));
      device.power(true);
    },
    unplug() {
      if (!port) return;
      const pulled = port;
      port = undefined;
      device.power(false);
      pulled.unplug();
    },
    unplugAfter(reports) {
      if (reports === 0) socket.unplug();
      else reportsLeft = reports;
    },
    act(name, args = {}) {
      const action = device.actions.get(name);
      if (!action)
        throw new Error(`${simulator.name} has no action ${name}, only ${[...device.actions.keys()].join(', ')}`);
      return action.run(action.args.parse(args));
    },
    state: () => device.state(),
    remove() {
      socket.unplug();
      device.stop();
    },
  };
  socket.plug();
  return socket;
}
