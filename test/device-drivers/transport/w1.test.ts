/** The 1-wire transport on a fake sysfs tree: this machine's kernel has no 1-wire bus. A FIFO stands for a slow conversion. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LinkEvents } from '../../../device-drivers/link.ts';
import { openW1, w1Present } from '../../../device-drivers/transport/w1.ts';
import { until } from '../../support/until.ts';
import { withoutRoot } from '../../support/without-root.ts';
import { good } from '../../vectors/probe-w1.ts';

const address = '28-0316a2794e01';
const ask = Buffer.from('read\n');
const [, slaveText] = good[1]!;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hutgate-w1-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function sensor(name = address, content: Uint8Array | 'fifo' = slaveText): string {
  mkdirSync(join(root, name));
  const path = join(root, name, 'w1_slave');
  if (content === 'fifo') execFileSync('mkfifo', [path]);
  else writeFileSync(path, content);
  return path;
}

function listen() {
  const heard = { text: '', closed: [] as string[] };
  const events: LinkEvents = {
    data(chunk) {
      heard.text += Buffer.from(chunk).toString();
    },
    closed: (reason) => void heard.closed.push(reason),
  };
  return { heard, events };
}

test('a read is answered by the text of the file', async () => {
  sensor();
  const { heard, events } = listen();
  const link = await openW1(address, events, root);
  await link.write(ask, 1_000);
  await until('an answer', () => heard.text === Buffer.from(slaveText).toString());
  await link.write(Buffer.from('re'), 1_000);
  await link.write(Buffer.from('ad\nread\n'), 1_000);
  await until('three answers', () => heard.text === Buffer.from(slaveText).toString().repeat(3));
  await link.close();
  await link.close();
  expect(heard.closed).toEqual(['closed by us']);
  await expect(link.write(ask, 1_000)).rejects.toThrow('closed');
});

test('paused, the answer waits', async () => {
  sensor();
  const { heard, events } = listen();
  const link = await openW1(address, events, root);
  link.pause();
  await link.write(ask, 1_000);
  // A second link's answer comes after the first one's: by then that one was held back.
  const second = listen();
  const other = await openW1(address, second.events, root);
  await other.write(ask, 1_000);
  await until('the second answer', () => second.heard.text !== '');
  expect(heard.text).toBe('');
  link.resume();
  expect(heard.text).toBe(Buffer.from(slaveText).toString());
});

test('anything but read ends the link', async () => {
  sensor();
  const { heard, events } = listen();
  const link = await openW1(address, events, root);
  await expect(link.write(Buffer.from('write 5\n'), 1_000)).rejects.toThrow('closed');
  expect(heard.closed).toHaveLength(1);
});

describe('a sensor that is not there', () => {
  test('no bus at all', async () => {
    await expect(openW1(address, listen().events, join(root, 'none'))).rejects.toMatchObject({
      why: 'missing',
      message: expect.stringContaining('no 1-wire bus'),
    });
  });

  test('others are', async () => {
    sensor('28-000000000001');
    await expect(openW1(address, listen().events, root)).rejects.toMatchObject({
      why: 'missing',
      message: expect.stringContaining('there is 28-000000000001'),
    });
    expect(await w1Present(address, root)).toBe(false);
  });

  test('pulled out, the next read says so; put back, it has another mark', async () => {
    const path = sensor();
    const mark = await w1Present(address, root);
    const { heard, events } = listen();
    const link = await openW1(address, events, root);
    await rm(join(path, '..'), { recursive: true });
    await link.write(ask, 1_000);
    await until('the end of the link', () => heard.closed.length > 0);
    expect(heard).toEqual({ text: '', closed: ['the sensor went away'] });
    mkdirSync(join(root, 'placeholder'));
    sensor();
    const after = await w1Present(address, root);
    expect(after).not.toBe(false);
    expect(after).not.toBe(mark);
  });

  test('a sensor that does not answer one measurement is asked again', async () => {
    const path = sensor();
    const { heard, events } = listen();
    const link = await openW1(address, events, root);
    // The first page of a process's memory cannot be read: EIO, as of a sensor without presence.
    renameSync(path, `${path}.away`);
    symlinkSync('/proc/self/mem', path);
    await link.write(ask, 1_000);
    await until('the error', () => heard.text === 'error EIO\n');
    renameSync(`${path}.away`, path);
    await link.write(ask, 1_000);
    await until('the answer', () => heard.text.length > 'error EIO\n'.length);
    expect(heard.closed).toEqual([]);
  });

  test('a read that fails otherwise ends the link and says why', async () => {
    const path = sensor();
    const { heard, events } = listen();
    const link = await openW1(address, events, root);
    renameSync(path, `${path}.away`);
    mkdirSync(path);
    await link.write(ask, 1_000);
    await until('the end of the link', () => heard.closed.length > 0);
    expect(heard.closed).toEqual(['reading failed (EISDIR)']);
  });
});

test('without rights', async () => {
  const path = sensor();
  chmodSync(join(path, '..'), 0);
  await withoutRoot(() => expect(openW1(address, listen().events, root)).rejects.toMatchObject({ why: 'denied' }));
  chmodSync(join(path, '..'), 0o700);
});

test('eight slow sensors take one thread: other files are read meanwhile, and all answer', async () => {
  const names = Array.from({ length: 8 }, (_, index) => `28-00000000000${index}`);
  const paths = names.map((name) => sensor(name, 'fifo'));
  const listeners = names.map(() => listen());
  const links = await Promise.all(names.map((name, index) => openW1(name, listeners[index]!.events, root)));
  for (const link of links) await link.write(ask, 1_000);
  expect(await readFile('/proc/self/stat', 'utf8')).not.toBe('');
  for (const [index, path] of paths.entries()) {
    const end = await open(path, 'w');
    await end.writeFile(slaveText);
    await end.close();
    await until(`answer ${index}`, () => listeners[index]!.heard.text === Buffer.from(slaveText).toString());
  }
  await Promise.all(links.map((link) => link.close()));
});

test('closed while a sensor is being read, nothing comes any more and the others go on', async () => {
  const slow = sensor('28-000000000001', 'fifo');
  sensor('28-000000000002');
  const first = listen();
  const second = listen();
  const link = await openW1('28-000000000001', first.events, root);
  const other = await openW1('28-000000000002', second.events, root);
  await link.write(ask, 1_000);
  await link.close();
  await other.write(ask, 1_000);
  const end = await open(slow, 'w');
  await end.writeFile(slaveText);
  await end.close();
  await until('the other answer', () => second.heard.text !== '');
  expect(first.heard).toEqual({ text: '', closed: ['closed by us'] });
});
