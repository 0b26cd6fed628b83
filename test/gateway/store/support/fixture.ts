/** What the store's tests share: a temporary directory, drafts of events, and a database with a clock that the test turns. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { StreamName } from '../../../../gateway/contract/streams.ts';
import { type OpenDirectoryOptions, openDirectory } from '../../../../gateway/store/directory.ts';
import type { Batch, BatchLimits, EventDraft } from '../../../../gateway/store/store.ts';

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-store-'));
  dirs.push(dir);
  return dir;
}

export const bootA = '9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d';
export const bootB = '1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed';
export const hour = 3_600_000;
export const time = '2022-11-07T07:13:08.412+08:00';
export const limits: BatchLimits = { eventsMax: 50, payloadBytesMax: 128 * 1024, batchesMax: 1_000 };

export function draft(stream: StreamName, n: number | string, more: Partial<EventDraft> = {}): EventDraft {
  const type = `${stream}.tested`;
  return { stream, type, time, monoMs: 1_000, clockQuality: 'synced', data: JSON.stringify({ n }), ...more };
}

/** A store opened without its thread. `clock.ms` is the monotonic time; every opened one is closed by the test itself. */
export function open(dir: string, options: Partial<OpenDirectoryOptions> = {}, clock = { ms: 1_000 }) {
  return openDirectory({
    dir,
    origin: { region: 'jinshui', gateway: 'hut-0417', bootId: bootA },
    keep: { confirmedForMs: 72 * hour, sealedForMs: 24 * hour },
    openedAt: { time, monoMs: clock.ms, clockQuality: 'synced' },
    monotonicMs: () => clock.ms,
    ...options,
  });
}

export interface WireEvent {
  id: string;
  type: string;
  epoch: string;
  seq: string;
  historical: boolean;
  bootid: string;
  data: Record<string, unknown>;
}

export const textOf = (batch: Batch) => new TextDecoder().decode(batch.payload);
export const eventsOf = (batches: readonly Batch[]): WireEvent[] =>
  batches.flatMap((batch) => JSON.parse(textOf(batch)) as WireEvent[]);
export const seqsOf = (batches: readonly Batch[]) => eventsOf(batches).map((event) => Number(event.seq));
