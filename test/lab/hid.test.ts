/** Every HID driver on the kernel's hidraw by node-hid, against the simulator of its name behind /dev/uhid. */
import { afterEach, describe, expect, test } from 'vitest';
import { type HidSocket, hidSocket } from '../../simulators/lab/hid-socket.ts';
import { plugUhid } from '../../simulators/lab/uhid.ts';
import { simulators } from '../../simulators/registry.ts';
import { codesOf, type Running, run, until } from './lab.ts';

const sockets: HidSocket[] = [];
const open: Running[] = [];

function plug(driver: string, options: object = {}): HidSocket {
  const phys = `usb-lab-${sockets.length + 1}/input0`;
  const socket = hidSocket({
    simulator: simulators.get(driver)!,
    options,
    plug: (device, onReport) => plugUhid({ device, phys, onReport }),
  });
  sockets.push(socket);
  return socket;
}

const hex = (id: number) => id.toString(16).padStart(4, '0');
const addressOf = ({ hid }: HidSocket) => `hid:${hex(hid.vendor)}:${hex(hid.product)}${hid.serial && `:${hid.serial}`}`;

async function start(driver: string, socket: HidSocket, options: object = {}): Promise<Running> {
  // The kernel makes the node a moment after the plug.
  const running = await until(`${driver} open`, () =>
    run(driver, addressOf(socket), options).catch((error: Error) => {
      if (!error.message.includes('port-missing')) throw error;
      return undefined;
    }),
  );
  open.push(running);
  return running;
}

const over = (running: Running) => until('the connection over', () => running.ended() !== undefined);

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ session }) => session.close()));
  for (const socket of sockets.splice(0)) socket.remove();
});

/** What is done with the device to have one reading, and what of that is heard. */
interface Case {
  readonly driver: string;
  readonly driverOptions?: object;
  readonly use: (socket: HidSocket, n: number) => void;
  readonly readings: (running: Running) => readonly unknown[];
  readonly reading: (n: number) => unknown;
}

const tube = (n: number) => `T${String(n).padStart(10, '0')}`;

const cases: readonly Case[] = [
  {
    driver: 'scanner-hid-pos',
    // Longer than one report.
    use: (socket, n) => socket.act('scan', { text: tube(n).padEnd(100, 'x') }),
    readings: codesOf,
    reading: (n) => tube(n).padEnd(100, 'x'),
  },
];

describe.each(cases)('$driver', ({ driver, driverOptions, use, readings, reading }) => {
  test('reads; pulled in the middle of what it says, it ends without a reading, and comes back', async () => {
    const socket = plug(driver);
    const running = await start(driver, socket, driverOptions);
    use(socket, 1);
    await until('a reading', () => readings(running).length > 0);
    expect(readings(running)).toEqual([reading(1)]);

    socket.unplugAfter(1);
    use(socket, 2);
    await over(running);
    expect(running.ended()).toMatchObject({ code: 'link-lost' });
    expect(readings(running)).toEqual([reading(1)]);

    socket.plug();
    const again = await start(driver, socket, driverOptions);
    use(socket, 3);
    await until('a reading', () => readings(again).length > 0);
    expect(readings(again)).toEqual([reading(3)]);
  });
});

test('50 reports in a burst lose none', async () => {
  const socket = plug('scanner-hid-pos');
  const running = await start('scanner-hid-pos', socket);
  const codes = Array.from({ length: 50 }, (_, n) => tube(n));
  for (const text of codes) socket.act('scan', { text });
  await until('all codes', () => codesOf(running).length >= codes.length);
  expect(codesOf(running)).toEqual(codes);
});

test('two identical scanners are told apart by their serial numbers, and never guessed at without', async () => {
  const [one, two] = [plug('scanner-hid-pos', { serial: 'A1' }), plug('scanner-hid-pos', { serial: 'B2' })];
  const [first, second] = [await start('scanner-hid-pos', one), await start('scanner-hid-pos', two)];
  one.act('scan', { text: tube(1) });
  two.act('scan', { text: tube(2) });
  await until('both codes', () => codesOf(first).length > 0 && codesOf(second).length > 0);
  expect([codesOf(first), codesOf(second)]).toEqual([[tube(1)], [tube(2)]]);
  await Promise.all(open.splice(0).map(({ session }) => session.close()));
  const without = addressOf(one).split(':').slice(0, 3).join(':');
  await expect(run('scanner-hid-pos', without)).rejects.toThrow(/serial A1.*serial B2.*add :serial/s);
});
