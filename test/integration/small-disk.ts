/**
 * A hut whose disk is really full: the gateway runs on a small tmpfs of its own user and mount namespace, which needs no
 * root. Where the kernel does not lend one, the tests that need it are skipped.
 */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { getJson, type HutFiles, hutgateBin } from '../support/gateway-process.ts';

const namespace = ['--user', '--map-root-user', '--mount'];
export const hasSmallDisks = () =>
  spawnSync('unshare', [...namespace, 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', '/mnt']).status === 0;

export interface SmallDisk {
  /** Of the gateway. */
  readonly pid: number;
  /** As this process sees them: the token of local tools lies on the small disk. */
  readonly files: HutFiles;
  /** Takes what is left of it. */
  fill(): void;
  /** Gives all of that back. */
  makeRoom(): void;
}

/** Starts the gateway with its dataDir on 40 MB, half of them taken. */
export function startOnSmallDisk({
  files,
  dataDir,
}: {
  readonly files: HutFiles;
  readonly dataDir: string;
}): SmallDisk {
  mkdirSync(dataDir);
  const prepare =
    'mount -t tmpfs -o size=40m none "$0" && head -c 20971520 /dev/zero > "$0/ballast" && exec "$1" run --config "$2"';
  const child = spawn('unshare', [...namespace, 'sh', '-c', prepare, dataDir, hutgateBin, files.configFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.on('data', (chunk: Buffer) => writeFileSync(files.logFile, chunk, { flag: 'a' }));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const pid = child.pid!;
  const ballast = join(`/proc/${pid}/root`, dataDir, 'ballast');
  return {
    pid,
    files: { ...files, dir: join(`/proc/${pid}/root`, files.dir) },
    fill() {
      const file = openSync(ballast, 'a');
      try {
        for (const size of [64 * 1024, 512]) writeUntilFull(file, Buffer.alloc(size));
      } finally {
        closeSync(file);
      }
    },
    makeRoom: () => rmSync(ballast),
  };
}

function writeUntilFull(file: number, piece: Buffer): void {
  try {
    for (;;) writeSync(file, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

export const storeState = async ({ files }: { readonly files: HutFiles }) =>
  (await getJson<{ store: { state: string } }>(files, '/api/health'))?.store.state;
