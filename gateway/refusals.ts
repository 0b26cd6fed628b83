/** Readings that were NOT recorded, by device: why, how many, and when the last one; never what was read. Since the start. */
import type { Clock } from '../device-drivers/clock.ts';
import type { DeviceView } from './contract/api.ts';
import { rfc3339 } from './wall-time.ts';

type Refused = NonNullable<DeviceView['refused']>[number];

export interface Refusals {
  /** `why` is a code: of the store, of a fault, or one of the gateway's own. */
  note(device: string, readings: number, why: string): void;
  /** Newest first. */
  of(device: string): readonly Refused[];
}

/** A technician looks for what is wrong now. */
const reasonsMax = 3;

export function createRefusals(clock: Pick<Clock, 'wallMs'>): Refusals {
  const byDevice = new Map<string, readonly Refused[]>();
  const of = (device: string) => byDevice.get(device) ?? [];
  return {
    of,
    note(device, readings, why) {
      const sofar = of(device).find((one) => one.why === why)?.readings ?? 0;
      const now = { why, readings: sofar + readings, at: rfc3339(clock.wallMs()) };
      byDevice.set(device, [now, ...of(device).filter((one) => one.why !== why)].slice(0, reasonsMax));
    },
  };
}
