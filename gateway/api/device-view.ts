/** One device as the page shows it: its state, what its fault means and what to do about it, its counters. */
import type { DeviceCounters } from '../../device-drivers/counters.ts';
import { faults } from '../../device-drivers/faults.ts';
import type { DeviceView } from '../contract/api.ts';
import type { DeviceState } from '../supervisor/device.ts';
import { rfc3339 } from '../wall-time.ts';

export function deviceView(device: DeviceState, counters: DeviceCounters, lane?: string): DeviceView {
  const { id, driver, kind, state, reason, identity, sinceWallMs } = device;
  return {
    id,
    driver,
    kind,
    ...(lane !== undefined && { lane }),
    state,
    ...(reason && { reason: { ...reason, ...faults[reason.code] } }),
    ...(identity && { identity }),
    since: rfc3339(sinceWallMs),
    counters: {
      frames: counters.frames,
      readings: counters.readings,
      repeats: counters.repeats,
      discardedBytes: Object.fromEntries(counters.discardedBytes),
      faults: Object.fromEntries(counters.faults),
    },
  };
}
