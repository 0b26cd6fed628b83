/** A supervised device as the contract (`device/{id}`) and as the local API show it. */
import type { DeviceCounters } from '../device-drivers/counters.ts';
import { faults } from '../device-drivers/faults.ts';
import type { DeviceView, UplinkView } from './contract/api.ts';
import type { DeviceMessage } from './contract/messages.ts';
import type { DeviceState } from './supervisor/device.ts';
import type { UplinkState } from './uplink/uplink.ts';
import { rfc3339 } from './wall-time.ts';

export function deviceMessage(state: DeviceState, lane: string | undefined): DeviceMessage {
  const { id, driver, kind, reason, identity, sinceWallMs } = state;
  return {
    id,
    driver,
    kind,
    ...(lane !== undefined && { lane }),
    state: state.state,
    ...(reason && { reason: (reason.detail ? `${reason.code}: ${reason.detail}` : reason.code).slice(0, 200) }),
    ...(identity && { identity: { ...identity } }),
    since: rfc3339(sinceWallMs),
  };
}

export function deviceView(state: DeviceState, counters: DeviceCounters, lane: string | undefined): DeviceView {
  const { id, driver, kind, reason, identity, sinceWallMs } = state;
  return {
    id,
    driver,
    kind,
    ...(lane !== undefined && { lane }),
    state: state.state,
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

export function uplinkView({ state, since, confirm, reconnects, nextTryAt, lastError }: UplinkState): UplinkView {
  return {
    state,
    since,
    confirm,
    reconnects,
    ...(nextTryAt !== undefined && { nextTryAt }),
    ...(lastError !== undefined && { lastError }),
  };
}
