/**
 * There is no usblp here. Stand-ins on the real kernel: a PTY answers and goes away, a FIFO fills up and says EAGAIN.
 * What they cannot show: ENODEV of an unplugged printer (a PTY says EIO to a write, and 0 bytes to a read), EBUSY of a
 * second opener. A PTY in the mode that nobody changed makes CR LF of LF.
 */
import { execFileSync } from 'node:child_process';
import { constants, existsSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Link, LinkLost } from '../../../device-drivers/link.ts';
import { openFile } from '../../../device-drivers/transport/file.ts';
import { isPresent, openLink } from '../../../device-drivers/transport/open.ts';
import { createPtyPort } from '../../../simulators/pty.ts';
import { until } from '../../support/until.ts';

let dir: string;
let path: string;
const undo: (() => unknown)[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-file-'));
  path = join(dir, 'lp0');
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  rmSync(dir, { recursive: true });
});

async function open(): Promise<{ link: Link; chunks: Buffer[]; closed: string[] }> {
  const chunks: Buffer[] = [];
  const closed: string[] = [];
  const link = await openFile(path, {
    data: (chunk) => chunks.push(Buffer.from(chunk)),
    closed: (reason) => closed.push(reason),
  });
  undo.push(() => link.close());
  return { link, chunks, closed };
}
async function pty() {
  const port = await createPtyPort({ path });
  undo.push(() => port.close());
  const heard: Buffer[] = [];
  port.onData((chunk) => heard.push(Buffer.from(chunk)));
  return { ...port, heard };
}
const length = (chunks: readonly Buffer[]) => chunks.reduce((sum, chunk) => sum + chunk.length, 0);

describe('on a PTY', () => {
  test('bytes of all values pass both ways; nothing to read is no end', async () => {
    const port = await pty();
    const { link, chunks, closed } = await open();
    const all = Uint8Array.from({ length: 256 }, (_, value) => value).filter((value) => value !== 0x0a);
    await link.write(all, 5_000);
    await until('the bytes there', () => length(port.heard) === 255);
    await port.write(all);
    await until('the bytes here', () => length(chunks) === 255);
    expect(Buffer.concat(port.heard)).toEqual(Buffer.from(all));
    expect(Buffer.concat(chunks)).toEqual(Buffer.from(all));
    expect(closed).toEqual([]);
  });

  test('a megabyte goes through a kernel buffer of 4 KiB whole, in the order of the writes', async () => {
    const port = await pty();
    const { link } = await open();
    const half = (value: number) => new Uint8Array(1 << 19).fill(value);
    await Promise.all([link.write(half(1), 15_000), link.write(half(2), 15_000)]);
    await until('all of it', () => length(port.heard) === 1 << 20);
    const heard = Buffer.concat(port.heard);
    expect([heard.indexOf(2), heard.lastIndexOf(1)]).toEqual([1 << 19, (1 << 19) - 1]);
  });

  test('pulled out while a write waits: told once, and the write dies with it', async () => {
    const port = await createPtyPort({ path });
    undo.push(() => port.close());
    const { link, closed } = await open();
    // Nobody reads the other end, so that the kernel's buffer fills.
    const write = expect(link.write(new Uint8Array(1 << 16), 60_000)).rejects.toBeInstanceOf(LinkLost);
    port.hangUp();
    await until('closed', () => closed.length > 0);
    await write;
    expect(closed).toEqual([expect.stringContaining('EIO')]);
    await expect(link.write(Buffer.of(1), 1_000)).rejects.toBeInstanceOf(LinkLost);
  });

  test('pulled out while idle: the next question finds it out', async () => {
    const port = await pty();
    const { link, closed } = await open();
    port.hangUp();
    await expect(link.write(Buffer.of(1), 1_000)).rejects.toBeInstanceOf(LinkLost);
    await until('closed', () => closed.length > 0);
    expect(closed).toHaveLength(1);
  });

  test('closed by us: told, and nothing is heard after it', async () => {
    const port = await pty();
    const { link, chunks, closed } = await open();
    await link.close();
    await link.close();
    await port.write(Buffer.from('late')).catch(() => {});
    expect([closed, chunks]).toEqual([['closed by us'], []]);
  });

  test('paused, the other end has to wait; resumed, all comes', async () => {
    const port = await pty();
    const { link, chunks } = await open();
    link.pause();
    const sent = port.write(new Uint8Array(1 << 18));
    await until('nothing more is read', async () => {
      const before = length(chunks);
      await new Promise((resolve) => setImmediate(resolve));
      return length(chunks) === before;
    });
    expect(length(chunks)).toBeLessThan(1 << 18);
    link.resume();
    await sent;
    await until('all', () => length(chunks) === 1 << 18);
  });
});

describe('on a FIFO that nobody empties', () => {
  test('a write that does not get through in its time closes the link', async () => {
    execFileSync('mkfifo', [path]);
    const { link, closed } = await open();
    // A FIFO gives back what is written: as a printer it would talk to itself.
    link.pause();
    await expect(link.write(new Uint8Array(1 << 18), 150)).rejects.toBeInstanceOf(LinkLost);
    await until('closed', () => closed.length > 0);
    expect(closed).toEqual(['a write was not taken within 150 ms']);
  });

  test('a write that is taken in pieces arrives whole', async () => {
    execFileSync('mkfifo', [path]);
    const { link } = await open();
    link.pause();
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const bytes = Uint8Array.from({ length: 1 << 18 }, (_, i) => i % 251);
    const taken: Buffer[] = [];
    let isDone = false;
    const write = link.write(bytes, 15_000).then(() => {
      isDone = true;
    });
    await until('all of it', async () => {
      const buffer = Buffer.alloc(1 << 16);
      try {
        taken.push(buffer.subarray(0, readSync(reader, buffer)));
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('EAGAIN');
      }
      return isDone;
    });
    await write;
    expect(length(taken)).toBeGreaterThan(0);
  });
});

describe('what cannot be opened', () => {
  test('nothing there, a folder, a file that labels would be written into', async () => {
    await expect(open()).rejects.toMatchObject({ why: 'missing', message: `there is no ${path}` });
    await expect(openFile(dir, { data() {}, closed() {} })).rejects.toMatchObject({ why: 'failed' });
    writeFileSync(path, 'text');
    await expect(open()).rejects.toMatchObject({ why: 'failed', message: `${path} is no device` });
  });

  test('presence is seen without opening, and `file:` is a transport', async () => {
    expect(await isPresent({ scheme: 'file', target: path })).toBe(false);
    const port = await pty();
    expect(existsSync(port.path)).toBe(true);
    expect(await isPresent({ scheme: 'file', target: path })).toEqual(expect.any(String));
    const line = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' } as const;
    const link = await openLink({ scheme: 'file', target: path }, line, { data() {}, closed() {} });
    await link.close();
  });
});
