/** Lines of a held output line. Ours: device-drivers/wire/gpio-lines.ts is their document. */
import type { DriverVectors } from '../support/driver-vectors.ts';

const line = (text: string) => Uint8Array.from(Buffer.from(`${text}\n`));

export const toLine = {
  lamp: line('out 0 0'),
  relayBoard: line('out 1 0'),
  lock: line('out 0 3000'),
  on: line('set 1'),
  off: line('set 0'),
  threeBeeps: line('pattern once 100 100 100 100 100'),
  blink: line('pattern forever 500 500'),
  openFor1s: line('pattern once 1000'),
};
export const ok = line('ok');
export const limit = line('limit');
export const busy = line('refused busy');

export const conformance: DriverVectors = [{ options: { use: 'buzzer' }, fromDevice: [ok, limit, busy] }];
