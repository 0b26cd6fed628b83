/** All configured devices, each supervised by itself: what one of them does never reaches another. */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../device-drivers/clock.ts';
import type { DeviceCounters } from '../../device-drivers/counters.ts';
import { adaptersAt } from '../../device-drivers/discovery/adapter.ts';
import type { Driver, Reading } from '../../device-drivers/driver.ts';
import type { Fault } from '../../device-drivers/faults.ts';
import { namedByCode } from '../../device-drivers/identify-code.ts';
import type { OpenLink } from '../../device-drivers/link.ts';
import type { ArrivedAt, CommandOutcome } from '../../device-drivers/session.ts';
import { sharedLines } from '../../device-drivers/transport/shared-line.ts';
import {
  type DeviceConfig,
  type DeviceEvents,
  type DeviceSetup,
  type DeviceState,
  type SupervisedDevice,
  superviseDevice,
} from './device.ts';
import { createUnits, type IdentifyScan, type UnitsSetup } from './units.ts';

export interface SupervisorEvents extends DeviceEvents {
  /** A reading that nobody may take for one of this device: `fault` stands over it. Nothing of it is recorded. */
  unrecorded?(deviceId: string, fault: Fault, at: ArrivedAt): void;
  /** An identify code was scanned; it is no reading. */
  identify?(deviceId: string, scan: IdentifyScan, at: ArrivedAt): void;
  /** To be given back as `saved` at the next start; null: nothing any more. */
  remember?(deviceId: string, text: string | null): void;
}

export interface SupervisorSetup {
  readonly devices: readonly DeviceConfig[];
  readonly drivers: ReadonlyMap<string, Driver>;
  readonly openLink: OpenLink;
  readonly isPresent: DeviceSetup['isPresent'];
  readonly clock: Clock;
  /** 0 <= x < 1 */
  readonly random: () => number;
  /** Nothing is told before `supervise` has returned; `states` has the first states. */
  readonly events: SupervisorEvents;
  /** By device id, what `remember` was given in an earlier run. */
  readonly saved?: ReadonlyMap<string, string>;
  /** Of this machine unless given. */
  readonly adaptersAt?: UnitsSetup['adaptersAt'];
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
  /** A person says that a device in the fault `other-unit` or `pair-unconfirmed` is the right one. False: it was in neither. */
  confirm(deviceId: string): boolean;
  /** Nobody listens any more: devices are held at their wires, and what comes all the same is kept for `attach`. */
  detach(): void;
  /** Who listens from now on, and hears first what was kept. */
  attach(events: SupervisorEvents): void;
  /**
   * Another configuration: a device whose own part of it is the same keeps its connection. Resolves when those that went or
   * changed are closed, and the changed and the new ones are being opened. @throws as `supervise`
   */
  configure(devices: readonly DeviceConfig[]): Promise<void>;
  /** Closes all devices; resolves within 2 s, whatever hangs. No event comes after. */
  stop(): Promise<void>;
}

export interface UnknownDevice {
  readonly status: 'refused';
  readonly why: 'unknown-device';
}

/** What a device is made of, and it. */
interface Supervised extends Wanted {
  readonly device: SupervisedDevice;
}
interface Wanted {
  readonly config: DeviceConfig;
  /** Several devices have its address, as on an RS-485 line. */
  readonly isShared: boolean;
}

/** @throws when a device names a driver that is not there: the configuration was not checked */
export function supervise({
  devices,
  drivers,
  openLink,
  events,
  saved = new Map(),
  ...shared
}: SupervisorSetup): Supervisor {
  const openShared = sharedLines(openLink);
  let supervised: ReadonlyMap<string, Supervised> = new Map();
  let listener = events;
  let kept: ((to: SupervisorEvents) => void)[] | undefined;
  const tell = (say: (to: SupervisorEvents) => void) => {
    if (kept) kept.push(say);
    else say(listener);
  };
  const doubts = new Map<string, Fault>();
  const units = createUnits({
    saved,
    adaptersAt: shared.adaptersAt ?? adaptersAt,
    remember: (id, text) => tell((to) => to.remember?.(id, text)),
    doubt(id, fault) {
      if (fault) doubts.set(id, fault);
      else doubts.delete(id);
      supervised.get(id)?.device.doubt(fault);
    },
  });

  const take = (id: string, reading: Reading, at: ArrivedAt) => {
    const named = reading.type === 'scan' ? namedByCode(reading.text) : undefined;
    if (named !== undefined) {
      const scan = units.scanned(id, named);
      tell((to) => to.identify?.(id, scan, at));
      return;
    }
    const doubt = doubts.get(id);
    tell((to) => (doubt ? to.unrecorded?.(id, doubt, at) : to.reading(id, reading, at)));
  };
  const deviceEvents: DeviceEvents = {
    reading: take,
    repeat: (...args) => tell((to) => to.repeat(...args)),
    state: (...args) => tell((to) => to.state(...args)),
    fault: (...args) => tell((to) => to.fault(...args)),
  };

  const wantedOf = (configs: readonly DeviceConfig[]): Wanted[] =>
    configs.map((config) => {
      if (!drivers.has(config.driver)) throw new Error(`device ${config.id}: there is no driver ${config.driver}`);
      const isShared = configs.some(({ id, at }) => id !== config.id && isDeepStrictEqual(at, config.at));
      return { config, isShared };
    });
  const start = ({ config, isShared }: Wanted): Supervised => {
    const { id } = config;
    const device = superviseDevice({
      ...{ config, driver: drivers.get(config.driver)!, openLink: isShared ? openShared : openLink, ...shared },
      events: deviceEvents,
      unit: {
        admit: (identity, isReplugged) => units.admit(id, identity, isReplugged),
        lost: () => units.lost(id),
        stayed: () => units.stayed(id),
      },
    });
    device.doubt(doubts.get(id) ?? null);
    if (kept) device.hold();
    return { config, isShared, device };
  };
  const begin = (wanted: readonly Wanted[]) => {
    units.configure(wanted.map(({ config }) => config));
    supervised = new Map(wanted.map((one) => [one.config.id, supervised.get(one.config.id) ?? start(one)]));
  };
  begin(wantedOf(devices));

  return {
    states: () => [...supervised.values()].map(({ device }) => device.state()),
    counters(deviceId) {
      const one = supervised.get(deviceId);
      if (!one) throw new Error(`there is no device ${deviceId}`);
      return one.device.counters();
    },
    command: async (deviceId, name, args) =>
      supervised.get(deviceId)?.device.command(name, args) ?? { status: 'refused', why: 'unknown-device' },
    hold: (deviceId) => supervised.get(deviceId)?.device.hold(),
    release(deviceId) {
      if (!kept) supervised.get(deviceId)?.device.release();
    },
    confirm: (deviceId) => supervised.has(deviceId) && units.confirm(deviceId),
    detach() {
      kept ??= [];
      for (const { device } of supervised.values()) device.hold();
    },
    attach(events) {
      listener = events;
      const waiting = kept ?? [];
      kept = undefined;
      for (const say of waiting) say(events);
      for (const { device } of supervised.values()) device.release();
    },
    async configure(next) {
      const wanted = wantedOf(next);
      const isSame = ({ config, isShared }: Supervised) =>
        wanted.some((other) => other.isShared === isShared && isDeepStrictEqual(other.config, config));
      const [staying, going] = [[], []] as [Supervised[], Supervised[]];
      for (const one of supervised.values()) (isSame(one) ? staying : going).push(one);
      // A socket is let go before another device opens it.
      await Promise.all(going.map(({ device }) => device.stop()));
      supervised = new Map(staying.map((one) => [one.config.id, one]));
      begin(wanted);
    },
    async stop() {
      await Promise.all([...supervised.values()].map(({ device }) => device.stop()));
    },
  };
}
