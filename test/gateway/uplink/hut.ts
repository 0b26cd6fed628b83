/** A hut that is only an uplink over a store, with times short enough for tests. */
import pino from 'pino';
import { systemClock } from '../../../device-drivers/clock.ts';
import type { DeviceMessage } from '../../../gateway/contract/messages.ts';
import type { Store } from '../../../gateway/store/store.ts';
import type { UplinkTimes } from '../../../gateway/uplink/limits.ts';
import { startUplink, type Uplink, type UplinkOptions } from '../../../gateway/uplink/uplink.ts';
import { rfc3339 } from '../../../gateway/wall-time.ts';
import { seededRandom } from '../../../simulators/random.ts';
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts';

const shortTimes: Partial<UplinkTimes> = {
  connectWithinMs: 2_000,
  ackWithinMs: 400,
  healthEveryMs: 500,
  stopWithinMs: 1_000,
  backoffFirstMs: 10,
  backoffMaxMs: 80,
  shortSessionMs: 50,
  probationMaxMs: 40,
};

export const silent = pino({ level: 'silent' });

export const reading = (text: string) => ({
  stream: 'reading' as const,
  type: 'reading.scanned',
  subject: 'scanner-1',
  time: rfc3339(systemClock.wallMs()),
  monoMs: Math.round(systemClock.monotonicMs()),
  clockQuality: 'synced' as const,
  data: JSON.stringify({ device: 'scanner-1', text }),
});

export const device = (id: string): DeviceMessage => ({
  id,
  driver: 'scanner-line',
  kind: 'scanner',
  state: 'ready',
  since: '2022-11-07T07:00:00.000+08:00',
});

export interface Hut<S extends Store = MemoryStore> {
  readonly store: S;
  readonly uplink: Uplink;
  /** Appends tube codes `from`..`from + count - 1`, in one commit. */
  scan(count: number): Promise<void>;
}

export type HutOptions = Partial<Omit<UplinkOptions, 'store'>> & { readonly url: string; readonly seed?: number };

export const address = { region: 'jinshui', gateway: 'hut-0417' };

export async function startHut<S extends Store = MemoryStore>(
  { seed = 1, ...options }: HutOptions,
  store: S = memoryStore(options.hut ?? address) as unknown as S,
): Promise<Hut<S>> {
  let scanned = 0;
  const uplink = await startUplink({
    hut: address,
    confirm: 'central',
    store,
    clock: systemClock,
    random: seededRandom(seed, 'uplink'),
    bootId: '00000000-0000-4000-8000-000000000001',
    software: '0.1.0',
    clockQuality: () => 'synced',
    devices: () => [device('scanner-1')],
    health: () => ({ memory: { rssBytes: 1 }, clock: { quality: 'synced' }, devices: {} }),
    commands: new Map(),
    audit: () => {},
    log: silent,
    ...options,
    times: { ...shortTimes, ...options.times },
  });
  return {
    store,
    uplink,
    async scan(count) {
      const drafts = Array.from({ length: count }, (_, i) => reading(`T${String(scanned + i + 1).padStart(10, '0')}`));
      scanned += count;
      await store.append(drafts);
    },
  };
}
