import type { EventEmitter } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPtyPort, type PtyPort } from '../../simulators/pty.ts';

let dir: string;
const opened: { port?: PtyPort; host?: SerialPort }[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-pty-'));
});
afterEach(async () => {
  for (const { port, host } of opened.splice(0)) {
    if (host?.isOpen) await new Promise((done) => host.close(done));
    await port?.close();
  }
  rmSync(dir, { recursive: true, force: true });
});

async function plugIn(path = join(dir, 'port')): Promise<PtyPort> {
  const port = await createPtyPort({ path });
  opened.push({ port });
  return port;
}

function open(path: string): Promise<SerialPort> {
  return new Promise((resolve, reject) => {
    const host = new SerialPort({ path, baudRate: 115_200 }, (error) => {
      if (error) return reject(error);
      opened.unshift({ host });
      resolve(host);
    });
    host.on('error', () => {});
  });
}

/** Resolves with the first `length` bytes. */
function take(source: { on(event: 'data', fn: (chunk: Buffer) => void): unknown }, length: number): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let have = 0;
    source.on('data', (chunk) => {
      chunks.push(chunk);
      have += chunk.length;
      if (have >= length) resolve(Buffer.concat(chunks));
    });
  });
}
const takeFromHost = (port: PtyPort, length: number) =>
  take({ on: (_, fn) => port.onData((chunk) => fn(Buffer.from(chunk))) }, length);

/**
 * node-serialport notices a hang-up only while it polls: when the far end goes between two of its reads, read(2) returns 0
 * bytes and it tries again for ever.
 */
async function polling(host: SerialPort): Promise<void> {
  const { poller } = host.port as unknown as { poller: EventEmitter };
  await expect.poll(() => poller.listenerCount('readable'), { interval: 1 }).toBe(1);
}

const allBytes = Uint8Array.from({ length: 256 }, (_, i) => i);

describe('bytes', () => {
  test('all 256 values pass unchanged in both directions', async () => {
    const port = await plugIn();
    const host = await open(port.path);
    const atHost = take(host, 256);
    const atDevice = takeFromHost(port, 256);
    await port.write(allBytes);
    host.write(Buffer.from(allBytes));
    expect(await atHost).toEqual(Buffer.from(allBytes));
    expect(await atDevice).toEqual(Buffer.from(allBytes));
  });

  test('a mebibyte to a host in the same process arrives whole and in order', async () => {
    const port = await plugIn();
    const host = await open(port.path);
    const sent = Buffer.alloc(1 << 20);
    for (let i = 0; i < sent.length; i += 4) sent.writeUInt32LE(i, i);
    const received = take(host, sent.length);
    await Promise.all([port.write(sent.subarray(0, 100_000)), port.write(sent.subarray(100_000))]);
    expect((await received).equals(sent)).toBe(true);
  });

  test('a write to a host that does not read waits, and a hang-up rejects it', async () => {
    const port = await plugIn();
    await open(port.path);
    const write = port.write(new Uint8Array(1 << 20));
    const next = port.write(allBytes);
    port.hangUp();
    await expect(write).rejects.toThrow(`${port.path}: the simulated port was hung up`);
    await expect(next).rejects.toThrow('hung up');
    await expect(port.write(allBytes)).rejects.toThrow('hung up');
  });

  test('bytes sent before the host opens its port are not echoed back to the device', async () => {
    const port = await plugIn();
    const fromHost: Uint8Array[] = [];
    port.onData((chunk) => fromHost.push(chunk));
    await port.write(allBytes);
    const host = await open(port.path);
    const marker = new Promise<void>((done) => port.onData(() => done()));
    host.write('m');
    await marker;
    expect(Buffer.concat(fromHost).toString()).toBe('m');
  });

  test('the host may close and reopen its port', async () => {
    const port = await plugIn();
    for (const round of ['one', 'two', 'three']) {
      const host = await open(port.path);
      const received = take(host, round.length);
      await port.write(Buffer.from(round));
      expect((await received).toString()).toBe(round);
      await new Promise((done) => host.close(done));
    }
  });
});

describe('hang-up', () => {
  test('the open port sees a disconnect and the path is gone; plugged in again it is the same path', async () => {
    const port = await plugIn();
    const host = await open(port.path);
    host.on('data', () => {});
    const closed = new Promise<{ disconnected?: boolean } | null>((done) => host.once('close', done));
    await polling(host);
    port.hangUp();
    port.hangUp();
    expect((await closed)?.disconnected).toBe(true);
    expect(existsSync(port.path)).toBe(false);
    await expect(open(port.path)).rejects.toThrow('No such file or directory');

    const again = await plugIn(port.path);
    const reopened = await open(port.path);
    const received = take(reopened, 5);
    await again.write(Buffer.from('again'));
    expect((await received).toString()).toBe('again');
  });

  test('in mid-write the host gets an error', async () => {
    const port = await plugIn();
    const host = await open(port.path);
    const failed = new Promise((done) => host.write(Buffer.alloc(1 << 20), done));
    port.hangUp();
    expect(await failed).toBeInstanceOf(Error);
  });
});

describe('the link', () => {
  test('is made with its parent directories and removed by close', async () => {
    const path = join(dir, 'a', 'b', 'port');
    const port = await plugIn(path);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    await port.close();
    await port.close();
    expect(lstatSync(path, { throwIfNoEntry: false })).toBeUndefined();
  });

  test('replaces a stale link of a killed run', async () => {
    const path = join(dir, 'port');
    symlinkSync('/dev/pts/4294967', path);
    const port = await plugIn(path);
    expect(readlinkSync(path)).not.toBe('/dev/pts/4294967');
    await open(port.path);
  });

  test('never overwrites a file or a link to something else', async () => {
    const file = join(dir, 'file');
    writeFileSync(file, 'kept');
    await expect(createPtyPort({ path: file })).rejects.toThrow(`${file}: is there already`);
    expect(readFileSync(file, 'utf8')).toBe('kept');
    const link = join(dir, 'link');
    symlinkSync(file, link);
    await expect(createPtyPort({ path: link })).rejects.toThrow(`${link}: is there already`);
    expect(readlinkSync(link)).toBe(file);
  });

  test('put there by somebody else in the meantime is not removed', async () => {
    const path = join(dir, 'port');
    const first = await plugIn(path);
    const second = await plugIn(path);
    first.hangUp();
    expect(existsSync(second.path)).toBe(true);
  });
});
