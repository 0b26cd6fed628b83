/** What is remembered of the unit behind a configured device, and whether another one answers. Pure. */
import type { Identity } from '../../device-drivers/driver.ts';
import type { Fault } from '../../device-drivers/faults.ts';

/** One configured device, over restarts. */
export interface UnitRecord {
  /** A device that is configured anew, at another address or with another driver, begins anew. */
  readonly driver: string;
  readonly at: string;
  readonly identity?: Identity;
  /** Ids of devices that it may have been swapped with. */
  readonly unconfirmedWith?: readonly string[];
}

/**
 * By its serial number; where one of them told none, by the firmware. A model alone proves nothing: two of a model are the
 * usual case, and some drivers take it from their options.
 */
export function isOtherUnit(expected: Identity, found: Identity): boolean {
  if (expected.serial !== undefined && found.serial !== undefined) return expected.serial !== found.serial;
  return expected.firmware !== undefined && found.firmware !== undefined && expected.firmware !== found.firmware;
}

/** `owner`: the device that the found unit was remembered as. */
export function otherUnit(expected: Identity, found: Identity, owner: string | undefined): Fault {
  const whose = owner === undefined ? '' : `, which is the unit of ${owner}`;
  return { code: 'other-unit', detail: `expected ${identityText(expected)}, found ${identityText(found)}${whose}` };
}

export function pairUnconfirmed(twins: readonly string[], isReally: string | undefined): Fault {
  const detail =
    isReally === undefined
      ? `${twins.join(' and ')} and it were unplugged at the same time`
      : `swapped: put ${isReally} into the other socket, or change at: in the configuration`;
  return { code: 'pair-unconfirmed', detail };
}

const identityText = ({ model, firmware, serial }: Identity): string =>
  serial === undefined ? `${model ?? ''} firmware ${firmware}`.trim() : `serial number ${serial}`;
