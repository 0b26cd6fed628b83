/**
 * 1-wire thermometers through the kernel's sysfs (kernel documentation, w1_therm): each `read` line is answered by the text
 * of the sensor's `w1_slave` file, or by `error` and the errno when the sensor does not answer. A directory that is gone is
 * a sensor that was unplugged.
 *
 * Reading the file measures, which holds a thread of libuv's pool for 750 ms. The bus serves one sensor at a time anyway, so
 * one thread is all that 1-wire ever takes: with one per sensor, four of them would stop every other file operation.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Link, type LinkEvents, LinkLost, LinkOpenError } from '../link.ts';

const sysfs = '/sys/bus/w1/devices';
const request = 'read\n';
/** Read errors after which the sensor may still answer the next time. */
const passing: ReadonlySet<string> = new Set(['EIO', 'EAGAIN', 'EBUSY', 'ETIMEDOUT']);

/** Of the process: the thread pool is the process's, too. */
let lastRead: Promise<unknown> = Promise.resolve();

function readInTurn(path: string, isWanted: () => boolean): Promise<string | undefined> {
  const mine = lastRead.then(() => (isWanted() ? readFile(path, 'latin1') : undefined));
  lastRead = mine.catch(() => {});
  return mine;
}

/** `target`: family and serial number, as in `28-0316a2794e01`. @throws LinkOpenError */
export async function openW1(target: string, events: LinkEvents, root = sysfs): Promise<Link> {
  const path = join(root, target, 'w1_slave');
  try {
    await stat(path);
  } catch (error) {
    throw await openError(target, (error as NodeJS.ErrnoException).code ?? '', root);
  }

  let isClosed = false;
  let isPaused = false;
  let asked = '';
  const waiting: Uint8Array[] = [];
  const shut = (reason: string) => {
    if (isClosed) return;
    isClosed = true;
    events.closed(reason);
  };
  const deliver = (text: string) => {
    if (isPaused) waiting.push(Buffer.from(text));
    else events.data(Buffer.from(text));
  };
  const measure = () =>
    readInTurn(path, () => !isClosed).then(
      (text) => {
        if (text !== undefined && !isClosed) deliver(text);
      },
      ({ code = '' }: NodeJS.ErrnoException) => {
        if (isClosed) return;
        if (passing.has(code)) deliver(`error ${code}\n`);
        else shut(code === 'ENOENT' || code === 'ENODEV' ? 'the sensor went away' : `reading failed (${code})`);
      },
    );

  return {
    async write(bytes) {
      if (isClosed) throw new LinkLost('the connection is closed');
      asked += Buffer.from(bytes).toString('latin1');
      while (asked.length >= request.length) {
        if (!asked.startsWith(request)) {
          shut('only `read` can be asked of a 1-wire sensor');
          throw new LinkLost('the connection is closed');
        }
        asked = asked.slice(request.length);
        void measure();
      }
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      for (const chunk of waiting.splice(0)) if (!isClosed) events.data(chunk);
    },
    async close() {
      shut('closed by us');
    },
  };
}

/** A mark of the sensor that is there, another one after it was away; false when it is not there. */
export async function w1Present(target: string, root = sysfs): Promise<string | false> {
  try {
    const { ino, ctimeNs } = await stat(join(root, target), { bigint: true });
    return `${ino}:${ctimeNs}`;
  } catch {
    return false;
  }
}

async function openError(target: string, code: string, root: string): Promise<LinkOpenError> {
  if (code === 'EACCES' || code === 'EPERM') return new LinkOpenError('denied', `no rights to the sensor ${target}`);
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return new LinkOpenError('failed', `1-wire sensor ${target}: ${code}`);
  const there = await readdir(root).catch(() => undefined);
  if (!there) return new LinkOpenError('missing', 'the kernel has no 1-wire bus; load w1-gpio or the adapter’s module');
  const sensors = there.filter((name) => /^[\da-f]{2}-[\da-f]{12}$/.test(name)).join(', ');
  return new LinkOpenError('missing', `1-wire sensor ${target} is not on the bus; there is ${sensors || 'none'}`);
}
