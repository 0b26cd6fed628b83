/**
 * GPIO lines whose far side a test has in hand. Two kinds: the kernel's gpio-sim (Documentation/admin-guide/gpio/gpio-sim.rst;
 * edges at once, as on a board) and a CP2112 USB bridge (needs no module of our own; the kernel asks it for its levels 25 times
 * a second, so shorter pulses are lost, as on the real one).
 */
import { fork } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LineChange } from './cp2112.ts';

export type Level = 0 | 1;

export interface GpioChip {
  /** For `gpio:LABEL/LINE`. */
  readonly label: string;
  /** Puts a level onto an input line from outside, as a contact does. */
  drive(line: number, level: Level): void;
  /** What is on the line. */
  level(line: number): Level;
  /**
   * To be removed while its inputs are open. When an input with edges is let go of, hid-cp2112 waits for the end of its poll
   * with a spinlock held (`cp2112_gpio_irq_shutdown`). If the poll waits for the device just then, the kernel sleeps there,
   * says "scheduling while atomic", and the process that let go dies later, elsewhere.
   */
  readonly isPulledFirst?: true;
  /** The chip goes away; resolves when its far side is gone. May be called again. */
  remove(): Promise<void>;
}

const gpioSims = '/sys/kernel/config/gpio-sim';

/** Where the module could not be built there is none. */
export const hasGpioSim = (): boolean => existsSync(gpioSims);

/** @throws when there is no gpio-sim */
export function gpioSim(label: string, lines: number): GpioChip {
  const config = join(gpioSims, label);
  const bank = join(config, 'bank0');
  mkdirSync(bank, { recursive: true });
  writeFileSync(join(bank, 'num_lines'), String(lines));
  writeFileSync(join(bank, 'label'), label);
  writeFileSync(join(config, 'live'), '1');
  const name = (file: string) => readFileSync(file, 'utf8').trim();
  const chip = join('/sys/devices/platform', name(join(config, 'dev_name')), name(join(bank, 'chip_name')));
  return {
    label,
    drive: (line, level) => writeFileSync(join(chip, `sim_gpio${line}/pull`), level ? 'pull-up' : 'pull-down'),
    level: (line) => Number(name(join(chip, `sim_gpio${line}/value`))) as Level,
    async remove() {
      writeFileSync(join(config, 'live'), '0');
      rmdirSync(bank);
      rmdirSync(config);
    },
  };
}

/**
 * `processFile`: the compiled `cp2112-process`. The kernel waits for the device's answers while a program reads a line, so the
 * device cannot live in the program that does.
 */
export function cp2112(processFile: string): GpioChip {
  const child = fork(processFile, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const levels = new Map<number, Level>();
  child.on('message', ({ line, level }: LineChange) => levels.set(line, level));
  return {
    label: 'cp2112_gpio',
    isPulledFirst: true,
    drive(line, level) {
      child.send({ line, level } satisfies LineChange);
    },
    level: (line) => levels.get(line) ?? 0,
    async remove() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
