/**
 * The sysfs side of GPIO on a fake tree. This machine's kernel has no GPIO, so the line's files are plain files and
 * `onoff`, which has its root built in, is played by what does the same to them; the real ones are met in the lab.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findSysfsLine, type SysfsParts, sysfsMark } from '../../../device-drivers/transport/gpio-sysfs.ts';
import { until } from '../../support/until.ts';
import { withoutRoot } from '../../support/without-root.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hutgate-gpio-'));
  writeFileSync(join(root, 'export'), '');
  writeFileSync(join(root, 'unexport'), '');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function chip(base: number, label: string, ngpio: number): void {
  const dir = join(root, `gpiochip${base}`);
  mkdirSync(dir);
  for (const [file, text] of Object.entries({ base, label, ngpio })) writeFileSync(join(dir, file), `${text}\n`);
}
/** As the kernel does at an export. */
function exported(number: number, { edge = true } = {}): string {
  const dir = join(root, `gpio${number}`);
  mkdirSync(dir);
  for (const [file, text] of Object.entries({
    value: 0,
    direction: 'in',
    active_low: 0,
    ...(edge && { edge: 'none' }),
  }))
    writeFileSync(join(dir, file), `${text}\n`);
  return dir;
}
const fileOf = (dir: string, name: string) => readFileSync(join(dir, name), 'utf8').trim();

/** What onoff does, on the fake tree. `watching` calls back as its epoll would. */
function playedOnoff({ keepsDirection = false } = {}) {
  const played = {
    made: [] as unknown[],
    watching: undefined as ((error: Error | null, level: 0 | 1) => void) | undefined,
    unexported: 0,
  };
  class Gpio {
    readonly dir: string;
    constructor(number: number, direction: string, edge: string) {
      played.made.push([number, direction, edge]);
      this.dir = join(root, `gpio${number}`);
      if (keepsDirection) return;
      writeFileSync(join(this.dir, 'direction'), direction === 'in' ? 'in' : 'out');
      if (direction !== 'in') writeFileSync(join(this.dir, 'value'), direction === 'high' ? '1' : '0');
    }
    direction = () => fileOf(this.dir, 'direction');
    read = async () => {
      statSync(join(this.dir, 'value'));
      return Number(fileOf(this.dir, 'value')) as 0 | 1;
    };
    write = async (level: 0 | 1) => writeFileSync(join(this.dir, 'value'), String(level));
    watch = (fn: NonNullable<typeof played.watching>) => {
      played.watching = fn;
    };
    unexport = () => {
      played.unexported += 1;
      played.watching = undefined;
    };
  }
  const parts: SysfsParts = { root, loadOnoff: async () => ({ Gpio }) as unknown as typeof import('onoff') };
  return { played, parts };
}

describe('finding a line', () => {
  test('no tree, or only the new one: another way is to be tried', async () => {
    const { parts } = playedOnoff();
    expect(await findSysfsLine('any', 0, { ...parts, root: join(root, 'none') })).toBeUndefined();
    rmSync(join(root, 'export'));
    mkdirSync(join(root, 'chip0'));
    expect(await findSysfsLine('any', 0, parts)).toBeUndefined();
    expect(await sysfsMark('any', root)).toBeUndefined();
  });

  test.each([
    [0, 17],
    [512, 529],
    [571, 588],
  ])('base %i: line 17 is number %i', async (base, number) => {
    chip(base, 'pinctrl-bcm2711', 58);
    chip(base + 58, 'raspberrypi-exp-gpio', 8);
    const dir = exported(number);
    writeFileSync(join(dir, 'value'), '1');
    const { played, parts } = playedOnoff();
    const levels: number[] = [];
    const line = await findSysfsLine('pinctrl-bcm2711', 17, parts);
    const input = await line!.input('pull-up', { level: (level) => levels.push(level), lost() {} });
    expect(played.made).toEqual([[number, 'in', 'both']]);
    expect(levels).toEqual([1]);
    await input.close();
    expect(played.unexported).toBe(1);
  });

  test.each([
    ['pinctrl', 0, 'missing', 'there is no GPIO chip pinctrl, only gpio0, twin, twin'],
    ['gpio0', 32, 'missing', 'the GPIO chip gpio0 has the lines 0 to 31'],
    ['twin', 0, 'failed', '2 GPIO chips are called twin'],
  ])('%s/%i: %s', async (name, line, why, message) => {
    chip(0, 'gpio0', 32);
    chip(32, 'twin', 8);
    chip(40, 'twin', 8);
    await expect(findSysfsLine(name, line, playedOnoff().parts)).rejects.toMatchObject({ why, message });
  });

  test('a chip that is put back has another mark', async () => {
    chip(0, 'cp2112_gpio', 8);
    const before = await sysfsMark('cp2112_gpio', root);
    expect(before).toMatch(/:/);
    rmSync(join(root, 'gpiochip0'), { recursive: true });
    expect(await sysfsMark('cp2112_gpio', root)).toBe(false);
    chip(512, 'cp2112_gpio', 8);
    expect(await sysfsMark('cp2112_gpio', root)).not.toBe(before);
  });
});

describe('taking a line', () => {
  test('is asked of the kernel by its number', async () => {
    chip(512, 'gpio0', 32);
    const { parts } = playedOnoff();
    const line = await findSysfsLine('gpio0', 3, parts);
    const taken = line!.output(0, () => {});
    await until('the export', () => fileOf(root, 'export') === '515');
    exported(515);
    const output = await taken;
    await output.close();
  });

  test('a kernel that makes no files of it', async () => {
    chip(0, 'gpio0', 32);
    const line = await findSysfsLine('gpio0', 3, playedOnoff().parts);
    await expect(line!.input('as-is', { level() {}, lost() {} })).rejects.toMatchObject({ why: 'denied' });
  });

  test('a line whose direction cannot be changed is busy', async () => {
    chip(0, 'gpio0', 32);
    exported(3);
    const { played, parts } = playedOnoff({ keepsDirection: true });
    const line = await findSysfsLine('gpio0', 3, parts);
    await expect(line!.output(0, () => {})).rejects.toMatchObject({ why: 'busy' });
    expect(played.unexported).toBe(1);
  });

  test('without rights', async () => {
    chip(0, 'gpio0', 32);
    chmodSync(root, 0o755);
    chmodSync(join(root, 'export'), 0o400);
    const line = await findSysfsLine('gpio0', 3, playedOnoff().parts);
    await withoutRoot(() => expect(line!.output(0, () => {})).rejects.toMatchObject({ why: 'denied' }));
  });
});

describe('an input', () => {
  async function watched(edge = true) {
    chip(0, 'gpio0', 32);
    const dir = exported(3, { edge });
    const { played, parts } = playedOnoff();
    const levels: number[] = [];
    const losses: string[] = [];
    const line = await findSysfsLine('gpio0', 3, parts);
    const input = await line!.input('as-is', { level: (level) => levels.push(level), lost: (why) => losses.push(why) });
    return { dir, played, levels, losses, input };
  }

  test('an edge that was missed is healed by reading again', async () => {
    const { dir, levels, input } = await watched();
    writeFileSync(join(dir, 'value'), '1');
    await until('the level', () => levels.at(-1) === 1);
    await input.close();
  });

  test('a line without interrupts is read all the same', async () => {
    const { dir, played, levels, input } = await watched(false);
    expect([played.made, played.watching]).toEqual([[[3, 'in', 'none']], undefined]);
    writeFileSync(join(dir, 'value'), '1');
    await until('the level', () => levels.at(-1) === 1);
    await input.close();
  });

  test('an edge is told at once', async () => {
    const { played, levels, input } = await watched();
    played.watching!(null, 1);
    expect(levels).toEqual([0, 1]);
    await input.close();
  });

  test('the chip is pulled out: lost, and said with the reason', async () => {
    const { dir, losses, input } = await watched();
    rmSync(dir, { recursive: true });
    await until('the loss', () => losses.length > 0);
    expect(losses[0]).toBe('line 3 of gpio0 cannot be read (ENOENT)');
    await input.close();
  });
});

describe('an output', () => {
  test.each([0, 1] as const)('begins at %i and ends there', async (safe) => {
    chip(0, 'gpio0', 32);
    const dir = exported(3);
    const { played, parts } = playedOnoff();
    const line = await findSysfsLine('gpio0', 3, parts);
    const output = await line!.output(safe, () => {});
    expect(played.made).toEqual([[3, safe === 1 ? 'high' : 'low', 'none']]);
    await output.set(safe === 1 ? 0 : 1);
    expect(fileOf(dir, 'value')).toBe(String(1 - safe));
    await output.close();
    expect(fileOf(dir, 'value')).toBe(String(safe));
  });

  test('killed without a word, the gateway leaves it at its safe level', async () => {
    chip(0, 'gpio0', 32);
    const dir = exported(3);
    writeFileSync(join(dir, 'direction'), 'out');
    const transport = fileURLToPath(new URL('../../../dist/device-drivers/transport/gpio-sysfs.js', import.meta.url));
    const program = `
      import { writeFileSync } from 'node:fs';
      const { findSysfsLine } = await import(${JSON.stringify(transport)});
      const value = ${JSON.stringify(join(dir, 'value'))};
      class Gpio {
        direction() { return 'out'; }
        async write(level) { writeFileSync(value, String(level)); }
      }
      const parts = { root: ${JSON.stringify(root)}, loadOnoff: async () => ({ Gpio }) };
      const output = await (await findSysfsLine('gpio0', 3, parts)).output(0, () => {});
      await output.set(1);
      setInterval(() => {}, 1000);`;
    const gateway = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' });
    await until('the output to be on', () => fileOf(dir, 'value') === '1');
    gateway.kill('SIGKILL');
    await until('the output to be off', () => fileOf(dir, 'value') === '0');
  });
});
