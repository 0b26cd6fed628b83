/**
 * What a keyboard scanner types reaches the gateway and nobody else: the kernel's input devices are read as a console reads
 * them. A device on USB is taken from the kernel by libusb; one that libusb cannot take is inhibited.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { HidSocket, PlugHid } from '../../simulators/lab/hid-socket.ts';
import { openReadable } from '../../simulators/lab/readable-fd.ts';
import { plugUsbHid } from '../../simulators/lab/usb-hid.ts';
import { hidBench } from './hid-bench.ts';
import { codesOf, until } from './lab.ts';

const { plug, start, over, clear } = hidBench();
const closers: (() => void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await clear();
});

/** struct input_event of a 64-bit kernel. */
const eventBytes = 24;
const evKey = 1;

const inputs = '/sys/class/input';
const nodeOf = ({ hid }: HidSocket) =>
  readdirSync(inputs).find((name) => {
    if (!name.startsWith('event')) return false;
    try {
      return readFileSync(join(inputs, name, 'device/name'), 'utf8').includes(hid.name);
    } catch {
      return false; // taken away between the two looks
    }
  });

/** Counts the key events that the kernel hands to whoever listens. */
async function listen(socket: HidSocket) {
  const node = await until('an input device', () => nodeOf(socket));
  let keys = 0;
  const readable = openReadable(join('/dev/input', node), eventBytes * 64, (bytes) => {
    for (let at = 0; at < bytes.length; at += eventBytes) if (bytes.readUInt16LE(at + 16) === evKey) keys += 1;
  });
  closers.push(readable.close);
  return { keys: () => keys };
}

/** Between two keys the machine may be slower than any scanner. */
const patient = { suffix: 'Enter', idleEndMs: 2_000 };

const onUsb: PlugHid = (device, onReport) =>
  plugUsbHid({ name: 'keyboard', device, bootProtocol: 1, reportBytes: 8, onReport });
const ways: readonly { name: string; way?: PlugHid }[] = [
  { name: 'inhibited' },
  { name: 'taken by libusb', way: onUsb },
];

describe.each(ways)('$name', ({ way }) => {
  test('it types into the console before it is opened and after it is let go, and never in between', async () => {
    const socket = plug('scanner-hid-keyboard', { serial: 'KB7' }, way);
    const before = await listen(socket);
    socket.act('scan', { text: 'before' });
    await until('keys at the console', () => before.keys() > 0);
    // All of them, Enter and its release last, so that none comes late.
    await until('all keys', () => before.keys() === 2 * 'before\n'.length);

    const scanner = await start('scanner-hid-keyboard', socket, patient);
    const during = nodeOf(socket) && (await listen(socket));
    // One by one: there is no bus here that holds a scanner back, and hidraw keeps 64 reports.
    for (let n = 0; n < 10; n += 1) {
      socket.act('scan', { text: `T000000000${n}` });
      await until('the code', () => codesOf(scanner).length === n + 1);
    }
    expect(during ? during.keys() : 0).toBe(0);
    expect(before.keys()).toBe(2 * 'before\n'.length);

    await scanner.session.close();
    const after = await listen(socket);
    socket.act('scan', { text: 'after' });
    await until('keys at the console', () => after.keys() > 0);
  });

  test('pulled while it types, it ends without a reading; what comes back types to the gateway only', async () => {
    const socket = plug('scanner-hid-keyboard', { serial: 'KB8' }, way);
    await until('an input device', () => nodeOf(socket));
    const scanner = await start('scanner-hid-keyboard', socket, patient);
    socket.unplugAfter(7);
    socket.act('scan', { text: 'T0000000001' });
    await over(scanner);
    expect(codesOf(scanner)).toEqual([]);
    socket.plug();
    await until('an input device', () => nodeOf(socket));
    const again = await start('scanner-hid-keyboard', socket, patient);
    const listener = nodeOf(socket) && (await listen(socket));
    socket.act('scan', { text: 'T0000000002' });
    await until('the code', () => codesOf(again).length > 0);
    expect(codesOf(again)).toEqual(['T0000000002']);
    expect(listener ? listener.keys() : 0).toBe(0);
  });
});
