/** The states of devices and uplink as the contract (`device/{id}`) and the local API show them. */
import type { DeviceCounters } from '../device-drivers/counters.ts';
import { faults } from '../device-drivers/faults.ts';
import type { DeviceView, UplinkView } from './contract/api.ts';
import type { DeviceMessage } from './contract/messages.ts';
import type { DeviceState } from './supervisor/device.ts';
import type { UplinkState } from './uplink/uplink.ts';
import { rfc3339 } from './wall-time.ts';

/** The contract's limit. */
const reasonCharactersMax = 200;

const about = ({ id, driver, kind, state, identity, sinceWallMs }: DeviceState, lane: string | undefined) => ({
  ...{ id, driver, kind, state, since: rfc3339(sinceWallMs) },
  ...(lane !== undefined && { lane }),
  ...(identity && { identity: { ...identity } }),
});

export function deviceMessage(device: DeviceState, lane: string | undefined): DeviceMessage {
  const { reason } = device;
  const text = reason && (reason.detail ? `${reason.code}: ${reason.detail}` : reason.code);
  return { ...about(device, lane), ...(text !== undefined && { reason: text.slice(0, reasonCharactersMax) }) };
}

/** With what the fault means and what to do about it. */
export function deviceView(
  device: DeviceState,
  counters: DeviceCounters,
  lane: string | undefined,
  unknownCodes?: number,
  refused: NonNullable<DeviceView['refused']> = [],
): DeviceView {
  const { reason } = device;
  return {
    ...about(device, lane),
    ...(reason && { reason: { ...reason, ...faults[reason.code] } }),
    counters: {
      frames: counters.frames,
      readings: counters.readings,
      repeats: counters.repeats,
      ...(unknownCodes !== undefined && { unknownCodes }),
      discardedBytes: Object.fromEntries(counters.discardedBytes),
      faults: Object.fromEntries(counters.faults),
    },
    ...(refused.length > 0 && { refused }),
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
