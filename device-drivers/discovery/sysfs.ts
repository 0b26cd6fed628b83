/**
 * Reads of `/sys` that a plug may cut short: what is not there, or vanishes meanwhile, is undefined. Kernel documentation:
 * Documentation/ABI and Documentation/filesystems/sysfs.
 */
import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Where devices are looked for; others in tests and in a container that has the host's elsewhere. */
export interface Roots {
  readonly sysDir: string;
  readonly devDir: string;
}

export const thisMachine: Roots = { sysDir: '/sys', devDir: '/dev' };

export const textAt = (...path: string[]): Promise<string | undefined> =>
  readFile(join(...path), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

export const namesIn = (...path: string[]): Promise<string[]> =>
  readdir(join(...path)).then(
    (names) => names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })),
    () => [],
  );

export const realPath = (...path: string[]): Promise<string | undefined> =>
  realpath(join(...path)).catch(() => undefined);

/** Name of what a link in a device's directory leads to, such as its `subsystem` or `driver`. */
export const linkName = (...path: string[]): Promise<string | undefined> =>
  readlink(join(...path)).then(basename, () => undefined);

/** The directory and those above it, up to `devices`; `dir` without links. */
export function chain(dir: string): string[] {
  const above: string[] = [];
  for (let at = dir; basename(at) !== 'devices' && dirname(at) !== at; at = dirname(at)) above.push(at);
  return above;
}
