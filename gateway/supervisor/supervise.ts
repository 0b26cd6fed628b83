/** All configured devices, each supervised by itself: what one of them does never reaches another. */
import type { Clock } from '../../device-drivers/clock.ts';
import type { DeviceCounters } from '../../device-drivers/counters.ts';
import type { Driver } from '../../device-drivers/driver.ts';
import type { DeviceAddress, OpenLink } from '../../device-drivers/link.ts';
import type { CommandOutcome } from '../../device-drivers/session.ts';
import { sharedLines } from '../../device-drivers/transport/shared-line.ts';
import {
  type DeviceConfig,
  type DeviceEvents,
  type DeviceSetup,
  type DeviceState,
  type SupervisedDevice,
  superviseDevice,
} from './device.ts';

export interface SupervisorSetup {
  readonly devices: readonly DeviceConfig[];
  readonly drivers: ReadonlyMap<string, Driver>;
  readonly openLink: OpenLink;
  readonly isPresent: DeviceSetup['isPresent'];
  readonly clock: Clock;
  /** 0 <= x < 1 */
  readonly random: () => number;
  /** Nothing is told before `supervise` has returned; `states` has the first states. */
  readonly events: DeviceEvents;
}

export interface Supervisor {
  /** In the order of the configuration. */
  states(): readonly DeviceState[];
  /** Live: the numbers go on. @throws when no such device is configured */
  counters(deviceId: string): DeviceCounters;
  /** A value in every case; refused at once unless the device is ready. */
  command(deviceId: string, name: string, args: unknown): Promise<CommandOutcome | UnknownDevice>;
  /** Stops reading a device until `release`, also over a reconnection; what was read already still comes. */
  hold(deviceId: string): void;
  release(deviceId: string): void;
  /** Closes all devices; resolves within 2 s, whatever hangs. No event comes after. */
  stop(): Promise<void>;
}

export interface UnknownDevice {
  readonly status: 'refused';
  readonly why: 'unknown-device';
}

/** @throws when a device names a driver that is not there: the configuration was not checked */
export function supervise({ devices, drivers, openLink, ...shared }: SupervisorSetup): Supervisor {
  const supervised = new Map<string, SupervisedDevice>();
  const withDriver = devices.map((config) => {
    const driver = drivers.get(config.driver);
    if (!driver) throw new Error(`device ${config.id}: there is no driver ${config.driver}`);
    return { config, driver };
  });
  const openShared = sharedLines(openLink);
  for (const { config, driver } of withDriver) {
    const isShared = devices.some(({ id, at }) => id !== config.id && isSame(at, config.at));
    const open = isShared ? openShared : openLink;
    supervised.set(config.id, superviseDevice({ config, driver, openLink: open, ...shared }));
  }

  return {
    states: () => [...supervised.values()].map((device) => device.state()),
    counters(deviceId) {
      const device = supervised.get(deviceId);
      if (!device) throw new Error(`there is no device ${deviceId}`);
      return device.counters();
    },
    command: async (deviceId, name, args) =>
      supervised.get(deviceId)?.command(name, args) ?? { status: 'refused', why: 'unknown-device' },
    hold: (deviceId) => supervised.get(deviceId)?.hold(),
    release: (deviceId) => supervised.get(deviceId)?.release(),
    async stop() {
      await Promise.all([...supervised.values()].map((device) => device.stop()));
    },
  };
}

const isSame = (a: DeviceAddress, b: DeviceAddress) => a.scheme === b.scheme && a.target === b.target;
