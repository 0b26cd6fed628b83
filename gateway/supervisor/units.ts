/**
 * Whether each device of the hut is the unit it was: by what the device says of itself, remembered over restarts, and for
 * devices that say nothing by who was out of its socket together with whom (`pairs.ts`). In doubt a person is asked.
 */
import type { Adapter } from '../../device-drivers/discovery/adapter.ts';
import type { Identity } from '../../device-drivers/driver.ts';
import type { Fault } from '../../device-drivers/faults.ts';
import type { DeviceAddress } from '../../device-drivers/link.ts';
import { createPairs } from './pairs.ts';
import { isOtherUnit, otherUnit, pairUnconfirmed, type UnitRecord } from './unit.ts';

export interface UnitDevice {
  readonly id: string;
  readonly driver: string;
  readonly at: DeviceAddress;
}

export interface UnitsSetup {
  /** By device id, what `remember` was given. */
  readonly saved: ReadonlyMap<string, string>;
  readonly adaptersAt: (addresses: readonly DeviceAddress[]) => Promise<readonly (Adapter | undefined)[]>;
  /** null: nothing any more. */
  readonly remember: (deviceId: string, text: string | null) => void;
  /** Told after each step that may have changed it: why nothing may be taken from the device. */
  readonly doubt: (deviceId: string, fault: Fault | null) => void;
}

/**
 * right: the code names the device that read it, which is thereby confirmed. other: it names another one. unknown: it names
 * no device of the hut.
 */
export type IdentifyScan = 'right' | 'other' | 'unknown';

export interface Units {
  configure(devices: readonly UnitDevice[]): void;
  /** A unit answers and says who it is: a fault when it may not be that device. */
  admit(id: string, identity: Identity, isReplugged: boolean): Fault | null;
  lost(id: string): void;
  stayed(id: string): void;
  /** An identify code that names `named` was read by `id`. */
  scanned(id: string, named: string): IdentifyScan;
  /** By a person. False when there was nothing to confirm. */
  confirm(id: string): boolean;
}

export function createUnits({ saved, adaptersAt, remember, doubt }: UnitsSetup): Units {
  const pairs = createPairs();
  const records = new Map<string, UnitRecord>();
  const texts = new Map<string, string | null>(saved);
  /** Units that were turned away, until the right one or a confirmation comes. */
  const strangers = new Map<string, Identity>();
  /** The device that it is by the identify code that was scanned with it. */
  const claims = new Map<string, string>();
  let devices: readonly UnitDevice[] = [];
  let isLooking = false;
  let lookAgain = false;

  for (const [id, text] of saved) {
    const record = JSON.parse(text) as UnitRecord;
    records.set(id, record);
    for (const twin of record.unconfirmedWith ?? []) pairs.doubted(id, twin);
  }

  const amend = (id: string, change: Partial<UnitRecord>) => records.set(id, { ...records.get(id)!, ...change });

  /** What is in doubt now is told and remembered. */
  const settle = () => {
    for (const { id } of devices) {
      const twins = pairs.doubts(id);
      if (twins.length === 0) claims.delete(id);
      amend(id, { unconfirmedWith: twins });
      doubt(id, twins.length > 0 ? pairUnconfirmed(twins, claims.get(id)) : null);
    }
    for (const id of new Set([...texts.keys(), ...records.keys()])) save(id);
  };
  const save = (id: string) => {
    const record = records.get(id);
    const isWorthIt = record && (record.identity !== undefined || (record.unconfirmedWith ?? []).length > 0);
    const text = isWorthIt ? JSON.stringify(record) : null;
    if (text === (texts.get(id) ?? null)) return;
    texts.set(id, text);
    remember(id, text);
  };

  /** While a device is there: once it is gone, `/sys` does not tell what it hung on. */
  const look = async () => {
    lookAgain = isLooking;
    if (isLooking) return;
    isLooking = true;
    const asked = devices;
    const adapters = await adaptersAt(asked.map(({ at }) => at));
    isLooking = false;
    for (const [i, { id, driver }] of asked.entries()) {
      const adapter = adapters[i];
      if (!adapter) continue;
      const isKnown = adapter.alike === undefined || records.get(id)?.identity?.serial !== undefined;
      pairs.seen(id, isKnown ? undefined : `${driver} ${adapter.alike}`, adapter.socket);
    }
    if (lookAgain) void look();
  };

  return {
    configure(next) {
      devices = next;
      const isSame = (id: string, { driver, at }: UnitRecord) =>
        next.some((device) => device.id === id && device.driver === driver && addressOf(device) === at);
      const changed = [...records].filter(([id, record]) => !isSame(id, record)).map(([id]) => id);
      pairs.forget(changed);
      for (const id of changed) {
        records.delete(id);
        strangers.delete(id);
      }
      for (const device of next) {
        if (!records.has(device.id)) records.set(device.id, { driver: device.driver, at: addressOf(device) });
      }
      settle();
    },
    admit(id, found, isReplugged) {
      const { identity: expected } = records.get(id)!;
      if (expected && isOtherUnit(expected, found)) {
        strangers.set(id, found);
        const owner = [...records].find(
          ([other, { identity }]) => other !== id && identity?.serial !== undefined && identity.serial === found.serial,
        );
        return otherUnit(expected, found, owner?.[0]);
      }
      strangers.delete(id);
      if (found.serial !== undefined || found.firmware !== undefined)
        amend(id, { identity: { ...expected, ...found } });
      if (isReplugged) {
        pairs.replugged(id);
        claims.delete(id);
      } else pairs.stayed(id);
      settle();
      void look();
      return null;
    },
    lost: pairs.lost,
    stayed(id) {
      pairs.stayed(id);
      settle();
    },
    scanned(id, named) {
      if (named === id) {
        pairs.confirmed(id);
        settle();
        return 'right';
      }
      if (!devices.some((device) => device.id === named)) return 'unknown';
      const twins = pairs.doubts(id);
      if (twins.length > 0) claims.set(id, named);
      if (twins.includes(named)) claims.set(named, id);
      settle();
      return 'other';
    },
    confirm(id) {
      const stranger = strangers.get(id);
      const isAsked = stranger !== undefined || pairs.doubts(id).length > 0;
      if (!isAsked) return false;
      if (stranger) amend(id, { identity: stranger });
      strangers.delete(id);
      pairs.confirmed(id);
      settle();
      return true;
    },
  };
}

const addressOf = ({ at: { scheme, target } }: UnitDevice) => `${scheme}:${target}`;
