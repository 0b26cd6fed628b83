/** Lines of a held input line. Ours: device-drivers/wire/gpio-lines.ts is their document. */
import type { DriverVectors } from '../support/driver-vectors.ts';

const line = (text: string) => Uint8Array.from(Buffer.from(`${text}\n`));

export const makeInput = { pullUp: line('in pull-up'), pullDown: line('in pull-down'), asIs: line('in as-is') };
export const low = line('level 0');
export const high = line('level 1');
export const refusals = (['missing', 'denied', 'busy', 'failed'] as const).map((why) => ({
  why,
  bytes: line(`refused ${why}`),
}));

export const conformance: DriverVectors = [
  { options: { use: 'door' }, fromDevice: [low, high, ...refusals.map(({ bytes }) => bytes)] },
];
