/**
 * One simulated serial port: a real kernel PTY pair whose slave is linked at a stable path. The host opens the path
 * with node-serialport like any port; the simulator holds the master.
 *
 * The pair comes from the prebuilt binary of @lydell/node-pty. Its public `open()` also reads the slave and would steal
 * the port's data, so the binary's own `open` is used. See pty(7) and termios(3) for what a PTY cannot do: modem
 * lines, baud timing, parity errors.
 *
 * The binary does not mark the master close-on-exec: a process started by this one inherits it, and then `hangUp` is
 * not seen before that process ends. Who starts gateways as processes keeps the rack in a process of its own.
 */
import { lstatSync, mkdirSync, readlinkSync, renameSync, symlinkSync, unlinkSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReadStream } from 'node:tty';

export interface PtyPort {
  readonly path: string;
  /** Resolves when the kernel has taken all bytes; writes keep their order. Rejects when the port hangs up first. */
  write(bytes: Uint8Array): Promise<void>;
  /** Bytes from the host. Until somebody listens nothing is read, and the host's writes stall once the kernel's buffer is full. */
  onData(listener: (chunk: Uint8Array) => void): void;
  /** The cable is pulled: the host's open port sees a disconnect and the path is gone. Idempotent. */
  hangUp(): void;
  /** Hangs up and waits until both descriptors are closed. Idempotent. */
  close(): Promise<void>;
}

interface PtyBinary {
  open(columns: number, rows: number): { master: number; slave: number; pty: string };
}

const firstRetryMs = 1;
const lastRetryMs = 16;

/** @throws when this platform has no PTY binary, or when `path` is taken by something that is not a link to a PTY. */
export async function createPtyPort({ path }: { path: string }): Promise<PtyPort> {
  const { master, slave, pty } = loadBinary().open(80, 24);
  const masterStream = new ReadStream(master);
  // Kept open and never read, so that the host may close and reopen its port.
  const slaveStream = new ReadStream(slave);
  // Before the host's port sets its own mode, the line discipline would echo early bytes back to the device.
  slaveStream.setRawMode(true);

  let isOpen = true;
  let written: Promise<void> = Promise.resolve();
  const closed = Promise.all(
    [masterStream, slaveStream].map((stream) => new Promise((done) => stream.once('close', done))),
  );

  const port: PtyPort = {
    path,
    write(bytes) {
      const write = written.then(() => writeAll(bytes));
      written = write.catch(() => {});
      return write;
    },
    onData(listener) {
      masterStream.on('data', listener);
    },
    hangUp() {
      if (!isOpen) return;
      isOpen = false;
      masterStream.destroy();
      slaveStream.destroy();
      removeLink(path, pty);
    },
    async close() {
      port.hangUp();
      await closed;
    },
  };
  for (const stream of [masterStream, slaveStream]) stream.on('error', port.hangUp);

  try {
    placeLink(path, pty);
  } catch (error) {
    await port.close();
    throw error;
  }
  return port;

  // Not masterStream.write: libuv writes to a PTY master in a blocking loop, which would wait for a reader in this same process.
  async function writeAll(bytes: Uint8Array): Promise<void> {
    let offset = 0;
    let retryMs = firstRetryMs;
    while (offset < bytes.length) {
      if (!isOpen) throw new Error(`${path}: the simulated port was hung up`);
      const count = writeSome(master, bytes, offset);
      offset += count;
      if (count > 0) retryMs = firstRetryMs;
      else {
        await sleep(retryMs);
        retryMs = Math.min(retryMs * 2, lastRetryMs);
      }
    }
  }
}

/** How many bytes the kernel took; 0 when its buffer (4 KiB) is full. */
function writeSome(fd: number, bytes: Uint8Array, offset: number): number {
  try {
    return writeSync(fd, bytes, offset);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

/** A link left by a killed run is replaced in one step; anything else at the path is somebody's and stays. */
function placeLink(path: string, pty: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined && !(there.isSymbolicLink() && dirname(readlinkSync(path)) === dirname(pty))) {
    throw new Error(`${path}: is there already and is no link to a PTY; it is not overwritten`);
  }
  const fresh = `${path}.${process.pid}.new`;
  symlinkSync(pty, fresh);
  try {
    renameSync(fresh, path);
  } catch (error) {
    unlinkSync(fresh);
    throw error;
  }
}

/** Only our own link: another rack may have put its own there since. */
function removeLink(path: string, pty: string): void {
  try {
    if (readlinkSync(path) === pty) unlinkSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EINVAL') throw error;
  }
}

function loadBinary(): PtyBinary {
  const name = `@lydell/node-pty-${process.platform}-${process.arch}`;
  try {
    // Resolved from @lydell/node-pty, whose optional dependency it is.
    const fromNodePty = createRequire(createRequire(import.meta.url).resolve('@lydell/node-pty'));
    return fromNodePty(`${name}/pty.node`) as PtyBinary;
  } catch (cause) {
    throw new Error(
      `simulated serial ports need the package ${name}, which is not installed or does not exist for this platform`,
      { cause },
    );
  }
}
