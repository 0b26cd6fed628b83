/** Both dialects of libgpiod's tools, played by scripts on PATH that write down how they were called; the real ones are met in the lab. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findToolsLine } from '../../../device-drivers/transport/gpio-tools.ts';
import { type FakeTools, fakeGpioTools } from '../../support/gpio-tools.ts';
import { until } from '../../support/until.ts';

const chip = 'pinctrl-bcm2711';
const pathBefore = process.env.PATH;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-gpiod-'));
});
afterEach(() => {
  process.env.PATH = pathBefore;
  rmSync(dir, { recursive: true, force: true });
});

function install(version: string, chips?: string): FakeTools {
  const tools = fakeGpioTools(dir, version, chips);
  process.env.PATH = `${tools.bin}:${pathBefore}`;
  return tools;
}
/** The line's edges, as the tool prints them. */
async function edges(...lines: string[]) {
  const fifo = await open(join(dir, 'edges'), 'r+');
  await fifo.writeFile(lines.map((line) => `${line}\n`).join(''));
  await fifo.close();
}
const calls = (tools: FakeTools) => tools.log().filter((call) => !call.startsWith('gpiodetect'));

describe.each([
  {
    version: '1.6.3',
    get: 'gpioget -B pull-up gpiochip0 17',
    getAsIs: 'gpioget gpiochip0 17',
    monitor: 'gpiomon -b -B pull-up -F %e gpiochip0 17',
    rising: '1',
    falling: '0',
    once: (level: number) => `gpioset -m exit gpiochip0 17=${level}`,
    hold: (level: number) => `gpioset -m signal gpiochip0 17=${level}`,
  },
  {
    version: '2.2.1',
    get: 'gpioget --numeric -b pull-up -c gpiochip0 17',
    getAsIs: 'gpioget --numeric -c gpiochip0 17',
    monitor: 'gpiomon -e both -b pull-up -F %E -c gpiochip0 17',
    rising: 'rising',
    falling: 'falling',
    once: (level: number) => `gpioset -t 0 -c gpiochip0 17=${level}`,
    hold: (level: number) => `gpioset -c gpiochip0 17=${level}`,
  },
])('libgpiod $version', ({ version, get, getAsIs, monitor, rising, falling, once, hold }) => {
  test('an input: the level, then edges', async () => {
    const tools = install(version);
    const levels: number[] = [];
    const line = await findToolsLine(chip, 17);
    const input = await line.input('pull-up', { level: (level) => levels.push(level), lost() {} });
    await until('gpiomon', () => calls(tools).length === 2);
    expect(calls(tools)).toEqual([get, monitor]);
    await edges(falling, rising, falling);
    await until('the edges', () => levels.length === 4);
    expect(levels).toEqual([1, 0, 1, 0]);
    await input.close();
  });

  test('bias as-is is not asked for', async () => {
    const tools = install(version);
    const input = await (await findToolsLine(chip, 17)).input('as-is', { level() {}, lost() {} });
    expect(calls(tools)[0]).toBe(getAsIs);
    await input.close();
  });

  test('an output is set, held, and put back', async () => {
    const tools = install(version);
    const output = await (await findToolsLine(chip, 17)).output(0, () => {});
    await until('the first holder', () => calls(tools).length === 2);
    await output.set(1);
    await until('the second holder', () => calls(tools).length === 5);
    await output.set(1);
    expect(tools.level()).toBe('1');
    await output.close();
    expect(tools.level()).toBe('0');
    expect(calls(tools)).toEqual([once(0), hold(0), once(0), once(1), hold(1), once(0)]);
  });

  test('a line that somebody else has', async () => {
    const tools = install(version);
    writeFileSync(join(tools.dir, 'busy'), '');
    const line = await findToolsLine(chip, 17);
    await expect(line.output(0, () => {})).rejects.toMatchObject({ why: 'busy' });
    await expect(line.input('as-is', { level() {}, lost() {} })).rejects.toMatchObject({ why: 'busy' });
  });

  test('a tool that ends by itself is a line that is lost, and an output is put back', async () => {
    const tools = install(version);
    const lost: string[] = [];
    // Dies at once when it is to hold the line, as when the chip is pulled out.
    const output = await (await findToolsLine(chip, 17)).output(1, (reason) => lost.push(reason));
    await until('the holder', () => calls(tools).length === 2);
    writeFileSync(join(tools.bin, 'sleep'), '#!/bin/sh\necho "the chip is gone" >&2; exit 1\n', { mode: 0o755 });
    await output.set(0);
    await until('the loss', () => lost.length > 0);
    expect(lost).toEqual(['gpioset ended: the chip is gone']);
    expect(tools.level()).toBe('1');
  });

  test('killed without a word, the gateway leaves the output at its safe level', async () => {
    const tools = install(version);
    const transport = fileURLToPath(new URL('../../../dist/device-drivers/transport/gpio-tools.js', import.meta.url));
    const program = `const { findToolsLine } = await import(${JSON.stringify(transport)});
      const output = await (await findToolsLine('${chip}', 17)).output(0, () => {});
      await output.set(1);
      setInterval(() => {}, 1000);`;
    const gateway = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' });
    await until('the output to be on', () => calls(tools).at(-1) === hold(1) && tools.level() === '1');
    gateway.kill('SIGKILL');
    await until('the output to be off', () => tools.level() === '0');
  });
});

describe('finding a line', () => {
  test('no tools: which package is missing', async () => {
    process.env.PATH = dir;
    await expect(findToolsLine(chip, 0)).rejects.toMatchObject({
      why: 'unsupported',
      message: expect.stringContaining('install the package gpiod'),
    });
  });

  const two = 'gpiochip0 [pinctrl-bcm2711] (58 lines)\ngpiochip1 [twin] (8 lines)\ngpiochip2 [twin] (8 lines)';
  test.each([
    ['nothing', 0, 'missing', 'there is no GPIO chip nothing, only pinctrl-bcm2711, twin, twin'],
    ['twin', 0, 'failed', '2 GPIO chips are called twin'],
    ['pinctrl-bcm2711', 58, 'missing', 'the GPIO chip pinctrl-bcm2711 has the lines 0 to 57'],
  ])('%s/%i: %s', async (name, line, why, message) => {
    install('1.6.3', two);
    await expect(findToolsLine(name, line)).rejects.toMatchObject({ why, message });
  });

  test('a tool of no known version', async () => {
    install('unknown');
    await expect(findToolsLine(chip, 0)).rejects.toMatchObject({ why: 'unsupported' });
  });
});
