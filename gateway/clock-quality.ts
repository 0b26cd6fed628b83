/**
 * How far the wall clock can be trusted, and when it was stepped. A hut has often no battery-backed clock: after a power
 * cut it believes to be in 1970 until the network is back. Sampling goes on; the events say so.
 */
import { execFile } from 'node:child_process';
import type { Clock } from '../device-drivers/clock.ts';
import type { ClockQuality } from './contract/streams.ts';

/** No event can be older than the software that made it. */
const builtAtMs = Date.parse('2026-11-01T00:00:00Z');

export type NtpState = 'synchronized' | 'not-synchronized' | 'unknown';

/** Asks the kernel's state through timedatectl (systemd-timesyncd, chrony and ntpd all set it); unknown without systemd. */
function ntpState(): Promise<NtpState> {
  return new Promise((resolve) => {
    execFile('timedatectl', ['show', '--property=NTPSynchronized', '--value'], { timeout: 5_000 }, (error, stdout) => {
      resolve(error ? 'unknown' : stdout.trim() === 'yes' ? 'synchronized' : 'not-synchronized');
    });
  });
}

/**
 * synced: NTP says so now; holdover: it said so earlier in this boot, or nobody can tell but the time is plausible;
 * unsynced: never since the start, or plainly wrong.
 */
export function judge(ntp: NtpState, wallMs: number, wasSynced: boolean): ClockQuality {
  if (wallMs < builtAtMs) return 'unsynced';
  if (ntp === 'synchronized') return 'synced';
  return wasSynced || ntp === 'unknown' ? 'holdover' : 'unsynced';
}

export interface ClockWatch {
  quality(): ClockQuality;
  /** Looks again; called by a timer, and by tests. */
  look(): Promise<void>;
  stop(): void;
}

export interface ClockWatchOptions {
  clock: Clock;
  ntp?: () => Promise<NtpState>;
  everyMs?: number;
  /** A step of more than `stepMs` between two looks: wall time moved by `byMs` against the monotonic clock. */
  onStep(step: { byMs: number; before: ClockQuality; after: ClockQuality }): void;
  stepMs?: number;
}

export async function watchClock(options: ClockWatchOptions): Promise<ClockWatch> {
  const { clock, onStep, ntp = ntpState, everyMs = 30_000, stepMs = 2_000 } = options;
  const offset = () => clock.wallMs() - clock.monotonicMs();
  let lastOffset = offset();
  let wasSynced = false;
  let quality: ClockQuality = judge('not-synchronized', clock.wallMs(), false);
  let cancel = () => {};
  let stopped = false;

  async function look(): Promise<void> {
    const state = await ntp();
    const before = quality;
    quality = judge(state, clock.wallMs(), wasSynced);
    wasSynced ||= quality === 'synced';
    const byMs = offset() - lastOffset;
    if (Math.abs(byMs) > stepMs) onStep({ byMs: Math.round(byMs), before, after: quality });
    lastOffset = offset();
  }
  function again(): void {
    if (!stopped) cancel = clock.after(everyMs, () => void look().then(again));
  }

  await look();
  again();
  return {
    quality: () => quality,
    look,
    stop() {
      stopped = true;
      cancel();
    },
  };
}
