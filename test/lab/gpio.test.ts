/** Door contact and lamp on GPIO lines of the kernel, over the chip of a board (gpio-sim) and a USB bridge (CP2112). */
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { sysfsMark } from '../../device-drivers/transport/gpio-sysfs.ts';
import { cp2112, type GpioChip, gpioSim, hasGpioSim } from '../../simulators/lab/gpio-chip.ts';
import { type Running, run, until } from './lab.ts';

const cp2112Process = join(process.cwd(), 'dist/simulators/lab/cp2112-process.js');
const chips: readonly { name: string; make: () => GpioChip }[] = [
  ...(hasGpioSim() ? [{ name: 'gpio-sim', make: () => gpioSim('hut-board', 32) }] : []),
  { name: 'CP2112', make: () => cp2112(cp2112Process) },
];
const open: Running[] = [];
let chip: GpioChip | undefined;

const plug = async (make: () => GpioChip) => {
  const made = make();
  chip = made;
  await until('the chip', () => sysfsMark(made.label));
  return made;
};
const start = async (...args: Parameters<typeof run>) => {
  const running = await run(...args);
  open.push(running);
  return running;
};
const levels = ({ readings }: Running) => readings.flatMap((r) => (r.type === 'input' ? [r.level] : []));

afterEach(async () => {
  if (chip?.isPulledFirst) await chip.remove();
  await Promise.all(open.splice(0).map(({ session }) => session.close()));
  await chip?.remove();
  chip = undefined;
});

describe.each(chips)('$name', ({ make }) => {
  test('a door opens and closes', async () => {
    const { label, drive } = await plug(make);
    drive(5, 0);
    const door = await start('digital-input', `gpio:${label}/5`, { use: 'door' });
    await until('closed', () => levels(door).length === 1);
    drive(5, 1);
    await until('open', () => levels(door).length === 2);
    drive(5, 0);
    await until('closed again', () => levels(door).length === 3);
    expect(levels(door)).toEqual([0, 1, 0]);
  });

  test('a lamp is off, on, and off again when the gateway lets go of it', async () => {
    const { label, level } = await plug(make);
    const lamp = await start('indicator', `gpio:${label}/6`, { use: 'ok-lamp' });
    expect(level(6)).toBe(0);
    await lamp.session.command('on', {});
    await until('on', () => level(6) === 1);
    await lamp.session.close();
    await until('off', () => level(6) === 0);
  });
});

describe.skipIf(!hasGpioSim())('under load', () => {
  test('a bouncing door, while twenty others chatter, is told as often as it moved', async () => {
    const { label, drive } = await plug(() => gpioSim('hut-board', 32));
    drive(5, 0);
    const door = await start('digital-input', `gpio:${label}/5`, { use: 'door' });
    const others: Running[] = [];
    for (let line = 10; line < 30; line += 1) {
      others.push(await start('digital-input', `gpio:${label}/${line}`, { use: 'pedal', debounceMs: 0 }));
    }
    await until('closed', () => levels(door).length === 1);
    for (let move = 1; move <= 10; move += 1) {
      const to = (move % 2) as 0 | 1;
      for (let line = 10; line < 30; line += 1) drive(line, to);
      for (const bounce of [to, 1 - to, to, 1 - to, to] as const) drive(5, bounce as 0 | 1);
      await until(`move ${move}`, () => levels(door).length > move);
    }
    expect(levels(door)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0]);
    // However many edges were too quick, the last level is never missed.
    await until('all others still', () => others.every((other) => levels(other).at(-1) === 1));
  });
});
