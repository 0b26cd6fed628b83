/**
 * Bytes from a character device that is read without blocking: each `read` when the kernel says there is something. Node has
 * no such stream: its file streams would block a thread of the pool for as long as the device is silent.
 *
 * `epoll` is the package that onoff stands on; it loads in one thread of a process only.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';

interface Poller {
  add(fd: number, events: number): Poller;
  remove(fd: number): Poller;
  close(): void;
}
interface PollerClass {
  new (ready: (error: Error | null) => void): Poller;
  readonly EPOLLIN: number;
}

export interface ReadableFd {
  /** For writeSync. */
  readonly fd: number;
  /** Idempotent. */
  close(): void;
}

/** `onRead` gets what one read(2) brought, at most `readBytesMax`. A device that goes away ends it. @throws as open(2) */
export function openReadable(path: string, readBytesMax: number, onRead: (bytes: Buffer) => void): ReadableFd {
  // Resolved from onoff, whose dependency it is.
  const { Epoll } = createRequire(createRequire(import.meta.url).resolve('onoff'))('epoll') as { Epoll: PollerClass };
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(readBytesMax);
  let isOpen = true;
  const poller = new Epoll(() => {
    while (isOpen) {
      const length = readSome(fd, buffer);
      if (length === undefined) close();
      else if (length === 0) return;
      else onRead(Buffer.from(buffer.subarray(0, length)));
    }
  }).add(fd, Epoll.EPOLLIN);
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    poller.remove(fd).close();
    closeSync(fd);
  };
  return { fd, close };
}

/** 0 when there is nothing now, undefined when the device is gone. */
function readSome(fd: number, buffer: Buffer): number | undefined {
  try {
    return readSync(fd, buffer, 0, buffer.length, null);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return 0;
    if (code === 'ENODEV' || code === 'EIO' || code === 'ESHUTDOWN') return undefined;
    throw error;
  }
}
