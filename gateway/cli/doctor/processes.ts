/** Who has what open, from `/proc` alone (proc(5)). Of other users' processes only root sees the files. */
import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface Holder {
  readonly pid: number;
  /** Short name of the program. */
  readonly program: string;
}

export async function programs(procDir = '/proc'): Promise<Holder[]> {
  const pids = (await readdir(procDir).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (name) => ({
      pid: Number(name),
      program: (await readFile(join(procDir, name, 'comm'), 'utf8').catch(() => '')).trim(),
    })),
  );
  return found.filter(({ program }) => program !== '');
}

/** The other processes that have the file open, through whatever link. */
export async function holdersOf(path: string, procDir = '/proc'): Promise<Holder[]> {
  const file = await realpath(path).catch(() => path);
  const held: Holder[] = [];
  for (const one of await programs(procDir)) {
    if (one.pid === process.pid) continue;
    const folder = join(procDir, String(one.pid), 'fd');
    const open = await Promise.all(
      (await readdir(folder).catch(() => [])).map((fd) => readlink(join(folder, fd)).catch(() => '')),
    );
    if (open.includes(file)) held.push(one);
  }
  return held;
}

/**
 * The process that holds a write lock on the file (fcntl(2)), by looking: trying the lock could be in the way of a gateway
 * that is just starting.
 */
export async function lockHolder(path: string, procDir = '/proc'): Promise<number | undefined> {
  const file = await stat(path).catch(() => undefined);
  if (!file) return undefined;
  const locks = await readFile(join(procDir, 'locks'), 'utf8').catch(() => '');
  for (const line of locks.split('\n')) {
    const [, pid, device, inode] = /POSIX\s+\w+\s+WRITE\s+(\d+)\s+([0-9a-f]+:[0-9a-f]+):(\d+)/.exec(line) ?? [];
    if (inode !== String(file.ino)) continue;
    // Some file systems (btrfs, overlayfs) tell another device number to stat(2).
    const isSameDevice = device === deviceOf(file.dev);
    if (isSameDevice || (await holdersOf(path, procDir)).some((holder) => holder.pid === Number(pid)))
      return Number(pid);
  }
  return undefined;
}

/** As /proc/locks writes it: major and minor in hexadecimal. */
function deviceOf(dev: number): string {
  const major = (dev >>> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >>> 12) & 0xfff00);
  return [major, minor].map((part) => part.toString(16).padStart(2, '0')).join(':');
}
