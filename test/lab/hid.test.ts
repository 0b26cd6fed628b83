/** Every HID driver on the kernel's hidraw by node-hid, against the simulator of its name behind /dev/uhid. */
import { afterEach, describe, expect, test } from 'vitest';
import { openHid } from '../../device-drivers/transport/hid.ts';
import { hidPresence } from '../../device-drivers/transport/hid-sysfs.ts';
import type { HidSocket } from '../../simulators/lab/hid-socket.ts';
import { addressOf, hidBench } from './hid-bench.ts';
import { codesOf, type Running, run, until } from './lab.ts';

const { plug, start, over, clear } = hidBench();
afterEach(clear);

/** What is done with the device to have one reading, and what of that is heard. */
interface Case {
  readonly driver: string;
  readonly options: object;
  readonly use: (socket: HidSocket, n: number) => void;
  readonly readings: (running: Running) => readonly unknown[];
  readonly reading: (n: number) => unknown;
}

const tube = (n: number) => `T${String(n).padStart(10, '0')}`;

const cases: readonly Case[] = [
  {
    driver: 'scanner-hid-pos',
    // The machine may be slower than any scanner: here no silence ends a code.
    options: { idleEndMs: 0 },
    // Longer than one report.
    use: (socket, n) => socket.act('scan', { text: tube(n).padEnd(100, 'x') }),
    readings: codesOf,
    reading: (n) => tube(n).padEnd(100, 'x'),
  },
  {
    driver: 'scanner-hid-keyboard',
    options: { suffix: 'Enter', idleEndMs: 2_000 },
    use: (socket, n) => socket.act('scan', { text: tube(n) }),
    readings: codesOf,
    reading: tube,
  },
  {
    driver: 'id-sam-hid',
    options: { pollMs: 200 },
    // A card that lies there is read again by a reader that was without power.
    use: (socket, n) => n === 1 && socket.act('present'),
    readings: ({ readings }) => readings.map((reading) => reading.type === 'identity' && reading.checkDigitOk),
    reading: () => true,
  },
  {
    driver: 'probe-temper',
    options: { pollMs: 500 },
    use: () => {},
    // It goes on measuring; how often is not the question here.
    readings: ({ readings }) => [
      ...new Set(readings.map((reading) => reading.type === 'temperature' && reading.celsius)),
    ],
    reading: () => 4.2,
  },
];

describe.each(cases)('$driver', ({ driver, options, use, readings, reading }) => {
  test('reads; pulled in the middle of what it says, it ends without a reading, and comes back', async () => {
    const socket = plug(driver);
    const running = await start(driver, socket, options);
    use(socket, 1);
    await until('a reading', () => readings(running).length > 0);
    expect(readings(running)).toEqual([reading(1)]);

    socket.unplugAfter(1);
    use(socket, 2);
    await over(running);
    expect(running.ended()).toMatchObject({ code: 'link-lost' });
    expect(readings(running)).toEqual([reading(1)]);

    socket.plug();
    const again = await start(driver, socket, options);
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

test('one that is closed in the moment in which it was opened ends nothing but itself', async () => {
  const target = addressOf(plug('scanner-hid-pos')).slice('hid:'.length);
  await until('the node', () => hidPresence(target));
  const reason = await new Promise((closed) => {
    openHid(target, { data() {}, closed }).then((link) => link.close());
  });
  expect(reason).toBe('closed by us');
});

test('two identical scanners are told apart by their serial numbers, and never guessed at without', async () => {
  const [one, two] = [plug('scanner-hid-pos', { serial: 'A1' }), plug('scanner-hid-pos', { serial: 'B2' })];
  const [first, second] = [await start('scanner-hid-pos', one), await start('scanner-hid-pos', two)];
  one.act('scan', { text: tube(1) });
  two.act('scan', { text: tube(2) });
  await until('both codes', () => codesOf(first).length > 0 && codesOf(second).length > 0);
  expect([codesOf(first), codesOf(second)]).toEqual([[tube(1)], [tube(2)]]);
  await Promise.all([first, second].map(({ session }) => session.close()));
  const without = addressOf(one).split(':').slice(0, 3).join(':');
  await expect(run('scanner-hid-pos', without)).rejects.toThrow(
    // Which of them the kernel numbered first is its own business.
    /(serial A1.*serial B2|serial B2.*serial A1).*add :serial/s,
  );
});
