/**
 * A character device that is read and written as it is: a USB printer behind the kernel's usblp, /dev/usb/lpN.
 *
 * Opened O_NONBLOCK: a blocking read would park one of libuv's four threads until the printer says something. So the
 * kernel answers EAGAIN where it would have waited (no answer yet; a transfer under way), and the same is tried again a
 * moment later. A read of 0 bytes means the same: many printers answer an idle USB pipe with empty packets. After an
 * unplug every call fails with ENODEV; a second opener gets EBUSY; a printer that only listens cannot be read (EINVAL).
 * See drivers/usb/class/usblp.c in the kernel.
 */
import { once } from 'node:events';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Link, type LinkEvents, LinkOpenError } from '../link.ts';
import { linkOverStream } from './stream-link.ts';

/** An answer is seen at most this much late; forty system calls a second are nothing. */
const tryAgainMs = 25;
const readBytesMax = 4_096;

/** @throws LinkOpenError */
export async function openFile(path: string, events: LinkEvents): Promise<Link> {
  const stream = deviceStream(await openDevice(path));
  const { link } = linkOverStream(
    {
      stream,
      async release() {
        if (stream.closed) return;
        const closed = once(stream, 'close');
        stream.destroy();
        await closed;
      },
    },
    events,
  );
  return link;
}

function deviceStream(file: FileHandle): Duplex {
  const readOnce = async () => {
    const buffer = new Uint8Array(readBytesMax);
    while (!stream.destroyed) {
      const count = await unlessBusy(file.read(buffer, 0, buffer.length, null).then(({ bytesRead }) => bytesRead));
      if (stream.destroyed) return;
      if (count > 0) {
        stream.push(buffer.subarray(0, count));
        return;
      }
      await sleep(tryAgainMs);
    }
  };
  const writeAll = async (bytes: Uint8Array) => {
    let offset = 0;
    while (offset < bytes.length && !stream.destroyed) {
      const count = await unlessBusy(file.write(bytes, offset).then(({ bytesWritten }) => bytesWritten));
      offset += count;
      if (count === 0) await sleep(tryAgainMs);
    }
  };
  const stream: Duplex = new Duplex({
    read() {
      readOnce().catch((error: NodeJS.ErrnoException) => {
        // Its loss is then noticed by the next write.
        if (error.code !== 'EINVAL') stream.destroy(error);
      });
    },
    write(bytes: Uint8Array, _encoding, done) {
      writeAll(bytes).then(() => done(), done);
    },
    destroy(error, done) {
      file.close().then(() => done(error), done);
    },
  });
  return stream;
}

/** 0 where the kernel would have waited. */
async function unlessBusy(bytes: Promise<number>): Promise<number> {
  try {
    return await bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

/** A path that is no device would be a file that every label is written into. */
async function openDevice(path: string): Promise<FileHandle> {
  const { O_RDWR, O_NONBLOCK, O_NOCTTY } = constants;
  let file: FileHandle;
  try {
    file = await open(path, O_RDWR | O_NONBLOCK | O_NOCTTY);
  } catch (error) {
    throw openError(path, error as NodeJS.ErrnoException);
  }
  const stats = await file.stat();
  if (stats.isCharacterDevice() || stats.isFIFO()) return file;
  await file.close();
  throw new LinkOpenError('failed', `${path} is no device`);
}

function openError(path: string, { code, message }: NodeJS.ErrnoException): LinkOpenError {
  if (code === 'ENOENT' || code === 'ENODEV' || code === 'ENXIO')
    return new LinkOpenError('missing', `there is no ${path}`);
  if (code === 'EACCES' || code === 'EPERM') return new LinkOpenError('denied', `no rights to ${path}`);
  if (code === 'EBUSY') return new LinkOpenError('busy', `${path} is open in another program`);
  return new LinkOpenError('failed', `${path}: ${code ?? message}`);
}
