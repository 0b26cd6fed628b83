/** The real serialport on real PTYs. */
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LineSettings, type Link, LinkLost, LinkOpenError } from '../../../device-drivers/link.ts';
import { isPresent, openLink } from '../../../device-drivers/transport/open.ts';
import { openSerial } from '../../../device-drivers/transport/serial.ts';
import { createPtyPort, type PtyPort } from '../../../simulators/pty.ts';
import { until } from '../../support/until.ts';
import { withoutRoot } from '../../support/without-root.ts';

const line: LineSettings = { baudRate: 115_200, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' };

let dir: string;
let path: string;
let ptys: PtyPort[];
let links: Link[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-serial-'));
  path = join(dir, 'scanner-1');
  ptys = [];
  links = [];
});
afterEach(async () => {
  for (const link of links) await link.close();
  for (const pty of ptys) await pty.close();
  rmSync(dir, { recursive: true });
});

async function plug(): Promise<PtyPort> {
  const pty = await createPtyPort({ path });
  ptys.push(pty);
  return pty;
}

interface Heard {
  readonly link: Link;
  readonly chunks: Buffer[];
  readonly closed: string[];
  /** Chunks that came after `closed`. */
  late: number;
}

async function open(settings = line): Promise<Heard> {
  const chunks: Buffer[] = [];
  const closed: string[] = [];
  let late = 0;
  const link = await openSerial(path, settings, {
    data(chunk) {
      if (closed.length > 0) late += 1;
      chunks.push(Buffer.from(chunk));
    },
    closed: (reason) => closed.push(reason),
  });
  links.push(link);
  return {
    ...{ link, chunks, closed },
    get late() {
      return late;
    },
  };
}

const received = (heard: Heard) => heard.chunks.reduce((sum, { length }) => sum + length, 0);
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');
/** A few turns of the event loop: what would still come, has come. */
const someTurns = async () => {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('bytes', () => {
  test('all 256 values pass both ways, byte by byte', async () => {
    const pty = await plug();
    const heard = await open();
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const atDevice: Buffer[] = [];
    pty.onData((chunk) => atDevice.push(Buffer.from(chunk)));
    for (const byte of all) {
      await pty.write(Uint8Array.of(byte));
      await heard.link.write(Uint8Array.of(byte), 1_000);
    }
    await until('all bytes', () => received(heard) === 256 && Buffer.concat(atDevice).length === 256);
    expect(Buffer.concat(heard.chunks).equals(all)).toBe(true);
    expect(Buffer.concat(atDevice).equals(all)).toBe(true);
  });

  test('a megabyte passes whole, also through pauses', async () => {
    const pty = await plug();
    const heard = await open();
    const megabyte = randomBytes(1 << 20);
    const sent = pty.write(megabyte);
    for (let limit = 100_000; limit < megabyte.length; limit += 300_000) {
      await until('some', () => received(heard) >= limit);
      heard.link.pause();
      await someTurns();
      heard.link.resume();
    }
    await sent;
    await until('all', () => received(heard) === megabyte.length);
    expect(md5(Buffer.concat(heard.chunks))).toBe(md5(megabyte));
  });

  test('while paused the device has to wait, and nothing more is read than one buffer', async () => {
    const pty = await plug();
    const heard = await open();
    heard.link.pause();
    let isSent = false;
    const sent = pty.write(new Uint8Array(1 << 20)).then(() => {
      isSent = true;
    });
    await until('the kernel to be full', async () => {
      await someTurns();
      return true;
    });
    expect([isSent, received(heard)]).toEqual([false, 0]);
    heard.link.resume();
    await sent;
    await until('all', () => received(heard) === 1 << 20);
  });
});

describe('loss', () => {
  test.each(['idle', 'in mid-frame'])('%s: told once, and nothing after it', async (when) => {
    const pty = await plug();
    const heard = await open();
    if (when !== 'idle') {
      await pty.write(Buffer.from('half a fra'));
      await until('the half', () => received(heard) > 0);
    }
    pty.hangUp();
    await until('closed', () => heard.closed.length > 0);
    await someTurns();
    expect(heard.closed).toEqual([expect.stringContaining('the port went away')]);
    expect(heard.late).toBe(0);
  });

  test('while paused with all buffers full: told all the same', async () => {
    const pty = await plug();
    const heard = await open();
    heard.link.pause();
    const write = pty.write(new Uint8Array(1 << 20)).catch(() => {});
    await someTurns();
    pty.hangUp();
    await until('closed', () => heard.closed.length > 0);
    await write;
  });

  test('between two reads of a flood, again and again: always told', async () => {
    for (let i = 0; i < 20; i += 1) {
      const pty = await plug();
      const heard = await open();
      const write = pty.write(new Uint8Array(1 << 20)).catch(() => {});
      await until('some', () => received(heard) > i * 3_000);
      pty.hangUp();
      await until('closed', () => heard.closed.length > 0);
      await write;
    }
  });

  test('in mid-write: the write is rejected, closed told once, and the next open begins with clean hands', async () => {
    const first = await plug();
    const heard = await open();
    const write = heard.link.write(Buffer.alloc(200_000, 'A'), 10_000);
    const rejected = expect(write).rejects.toBeInstanceOf(LinkLost);
    // Nobody reads the master: the kernel is full, the rest of the label waits.
    await someTurns();
    first.hangUp();
    await rejected;
    await until('closed', () => heard.closed.length > 0);
    await expect(heard.link.write(Buffer.from('STALE'), 1_000)).rejects.toBeInstanceOf(LinkLost);

    const second = await plug();
    const atDevice: Buffer[] = [];
    second.onData((chunk) => atDevice.push(Buffer.from(chunk)));
    const again = await open();
    await again.link.write(Buffer.from('NEW'), 1_000);
    await until('the new bytes', () => atDevice.length > 0);
    await someTurns();
    expect(Buffer.concat(atDevice).toString()).toBe('NEW');
    expect(heard.closed).toHaveLength(1);
  });

  test('a device that takes nothing: the write fails at its deadline, and the port is free again', async () => {
    await plug();
    const heard = await open();
    await expect(heard.link.write(Buffer.alloc(200_000, 'A'), 200)).rejects.toThrow('not taken within 200 ms');
    await until('closed', () => heard.closed.length > 0);
    await open();
    await someTurns();
    expect(heard.closed).toEqual(['a write was not taken within 200 ms']);
  });

  test('closing is idempotent, is told once, and fails what waits', async () => {
    await plug();
    const heard = await open();
    const write = heard.link.write(Buffer.alloc(200_000, 'A'), 10_000);
    const rejected = expect(write).rejects.toThrow('closed by us');
    await Promise.all([heard.link.close(), heard.link.close(), rejected]);
    await someTurns();
    expect(heard.closed).toEqual(['closed by us']);
  });

  test('fifty openings and closings leave the port free', async () => {
    const pty = await plug();
    for (let i = 0; i < 50; i += 1) {
      const heard = await open();
      await pty.write(Buffer.from('x'));
      await heard.link.close();
    }
    await open();
  });
});

describe('opening', () => {
  const why = async (opening: Promise<unknown>) => {
    const error = await opening.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(LinkOpenError);
    return [(error as LinkOpenError).why, (error as LinkOpenError).message];
  };

  test('nothing there', async () => {
    expect(await why(open())).toEqual(['missing', `there is no ${path}`]);
    symlinkSync(join(dir, 'gone'), path);
    expect(await why(open())).toEqual(['missing', `there is no ${path}`]);
  });

  test('open in another program', async () => {
    await plug();
    await open();
    expect(await why(open())).toEqual(['busy', `${path} is open in another program`]);
  });

  test('no rights', async () => {
    await import('serialport');
    writeFileSync(path, '');
    chmodSync(path, 0);
    expect(await withoutRoot(() => why(open()))).toEqual(['denied', `no rights to ${path}`]);
  });

  test('no serial port at all', async () => {
    writeFileSync(path, '');
    expect(await why(open())).toEqual(['failed', expect.stringContaining(path)]);
  });

  test('a replugged device is found behind the same link', async () => {
    const first = await plug();
    const before = await open();
    first.hangUp();
    await until('closed', () => before.closed.length > 0);
    const second = await plug();
    const after = await open();
    await second.write(Buffer.from('hello'));
    await until('hello', () => Buffer.concat(after.chunks).toString() === 'hello');
  });

  // A PTY has neither parity nor 7 data bits: pty(7).
  test('the line settings reach the kernel', async () => {
    await plug();
    await open({ baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 2, flowControl: 'xonxoff' });
    const stty = execFileSync('stty', ['-a', '-F', path], { encoding: 'utf8' }).split(/[\s;]+/);
    for (const setting of ['9600', 'cs8', '-parenb', 'cstopb', 'ixon', '-crtscts']) {
      expect(stty).toContain(setting);
    }
  });

  test('a look at it gives the same mark over opening and writing, and another one after a replug', async () => {
    const look = () => isPresent({ scheme: 'serial', target: path });
    const pty = await plug();
    pty.onData(() => {});
    const mark = await look();
    const { link } = await open();
    await link.write(Buffer.from('hello'), 1_000);
    await pty.write(Buffer.from('hello'));
    await link.close();
    expect(await look()).toBe(mark);
    await pty.close();
    await plug();
    const marks = [mark, await look()];
    expect(marks[1]).toBeTypeOf('string');
    expect(marks[0]).not.toBe(marks[1]);
  });

  test('by its address; other schemes are named as not built in', async () => {
    const serial = { scheme: 'serial', target: path } as const;
    expect(await isPresent(serial)).toBe(false);
    await plug();
    expect(await isPresent(serial)).toBeTypeOf('string');
    expect(await isPresent({ scheme: 'tcp', target: 'localhost:9100' })).toBeUndefined();
    links.push(await openLink(serial, line, { data() {}, closed() {} }));
    expect(await why(openLink({ scheme: 'sim', target: 'x' }, line, { data() {}, closed() {} }))).toEqual([
      'unsupported',
      expect.stringMatching(/^no transport sim: in this build; there is serial, /),
    ]);
  });
});
