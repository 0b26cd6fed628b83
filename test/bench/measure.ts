/** Numbers of a bench: percentiles, rates, memory of a process, and one table. */
import { readFileSync } from 'node:fs';

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export interface Spread {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export function spread(timesMs: readonly number[]): Spread {
  const sorted = [...timesMs].sort((a, b) => a - b);
  return { p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
}

/** Resident memory of a process by proc(5): now, and its highest so far. */
export function memoryMb(pid: number): { now: number; highest: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kb = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN);
  return { now: kb('VmRSS') / 1024, highest: kb('VmHWM') / 1024 };
}

export const ms = (value: number) => value.toFixed(value < 1 ? 3 : 1);
export const p50p99 = ({ p50Ms, p99Ms }: Spread) => `${ms(p50Ms)} / ${ms(p99Ms)} ms`;
export const perSecond = (count: number, timeMs: number) => (count / timeMs) * 1000;
export const whole = (value: number) => Math.round(value).toLocaleString('en-US');

/** One line of the table: what, the figure, what it is held against, and whether it holds. */
export interface Row {
  readonly what: string;
  readonly figure: string;
  readonly goal?: string;
  readonly holds?: boolean;
}

export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ what, figure, goal = '', holds }) => [
    what,
    figure,
    goal,
    holds === undefined ? '' : holds ? 'ok' : 'MISSED',
  ]);
  const width = [0, 1, 2].map((i) => Math.max(...cells.map((row) => row[i]!.length)));
  return cells.map((row) => `| ${row.map((cell, i) => cell.padEnd(width[i] ?? 6)).join(' | ')} |`).join('\n');
}
