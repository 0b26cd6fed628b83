/** Opens a store for a bench, and makes drafts like those of a scanned tube. */
import { readFileSync } from 'node:fs';
import { systemClock } from '../../device-drivers/clock.ts';
import { openStore } from '../../gateway/store/open.ts';
import type { EventDraft, Store } from '../../gateway/store/store.ts';
import { rfc3339 } from '../../gateway/wall-time.ts';

export const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

export const openBenchStore = (dir: string): Promise<Store> =>
  openStore({
    dir,
    gateway: 'hut-bench',
    region: 'test',
    bootId,
    stamp: () => ({ time: rfc3339(Date.now()), monoMs: systemClock.monotonicMs(), clockQuality: 'synced' }),
  });

export function tubeScan(n: number): EventDraft {
  const text = `T${String(n).padStart(10, '0')}`;
  return {
    stream: 'reading',
    type: 'reading.scanned',
    subject: text,
    time: rfc3339(Date.now()),
    monoMs: systemClock.monotonicMs(),
    clockQuality: 'synced',
    data: JSON.stringify({ device: 'scanner-1', symbology: ']C0', text }),
  };
}

/** Appends `count` events from number `from`, `group` to a call. */
export async function fill(store: Store, from: number, count: number, group = 500): Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  for (let n = 0; n < count; n += group) {
    const drafts = Array.from({ length: Math.min(group, count - n) }, (_, i) => tubeScan(from + n + i));
    // Two calls under way: the next one is made while the disk writes.
    const previous = last;
    last = store.append(drafts);
    await previous;
  }
  await last;
}
