/** The command as a process: what it prints, how it ends, what it leaves behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SerialPort } from 'serialport';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { argumentsOf, inOrder } from '../../../gateway/cli/simulate.ts';
import { until } from '../../support/until.ts';

const hutgate = fileURLToPath(new URL('../../../dist/gateway/cli/hutgate.js', import.meta.url));

let dir: string;
const running: ChildProcess[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-simulate-'));
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  rmSync(dir, { recursive: true, force: true });
});

function run(...args: string[]) {
  const child = spawn(process.execPath, [hutgate, 'simulate', ...args]);
  running.push(child);
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (out.stdout += chunk));
  child.stderr.on('data', (chunk) => (out.stderr += chunk));
  const ended = once(child, 'close').then(([code]) => ({ code, ...out }));
  return { child, out, ended };
}

const rackDir = () => join(dir, 'rack');

async function startRack(...args: string[]) {
  const rack = run('--dir', rackDir(), ...args);
  await until('the rack is up', () => rack.out.stdout.endsWith('\n') || rack.child.exitCode !== null);
  return rack;
}

describe('a rack', () => {
  test('prints YAML to paste, does what the shell says, and leaves nothing when it is stopped', async () => {
    const rack = await startRack('--seed', '5');
    expect(rack.out.stdout).toContain('seed 5');
    const { devices } = parse(rack.out.stdout);
    expect(devices).toEqual([
      { id: 'scanner-1', driver: 'scanner-line', at: `serial:${rackDir()}/scanner-1` },
      { id: 'card-1', driver: 'id-sam', at: `serial:${rackDir()}/card-1` },
      { id: 'printer-1', driver: 'printer-zpl', at: `serial:${rackDir()}/printer-1` },
      {
        ...{ id: 'box-1', driver: 'probe-modbus', at: `serial:${rackDir()}/box-1` },
        options: { profile: 'r4dcb08', unit: 1 },
      },
    ]);

    const host = new SerialPort({ path: join(rackDir(), 'scanner-1'), baudRate: 9600 });
    let heard = '';
    host.on('data', (chunk) => (heard += chunk));
    await once(host, 'open');
    const scan = await run('do', '--dir', rackDir(), 'scanner-1', 'scan', 'text=T0000000001').ended;
    expect(scan).toMatchObject({ code: 0, stderr: '' });
    await until('the scan', () => heard === 'T0000000001\r');
    await new Promise((done) => host.close(done));

    const list = await run('list', '--dir', rackDir()).ended;
    expect(list.code).toBe(0);
    expect(list.stdout).toMatch(
      /^scanner-1 {2}scanner-line.*scan text=TEXT.*lid open=true\|false.*every device\n {2}unplug/s,
    );
    const json = await run('--dir', rackDir(), 'list', '--json').ended;
    expect(JSON.parse(json.stdout)).toHaveLength(4);

    rack.child.kill('SIGTERM');
    expect(await rack.ended).toMatchObject({ code: 0 });
    expect(rack.out.stderr).toBe('scanner-1 acted scan\n');
    expect(readdirSync(rackDir())).toEqual([]);
  });

  test('comes from a file; a second one in the same directory is refused', async () => {
    const file = join(dir, 'rack.yaml');
    writeFileSync(file, 'seed: 9\ndevices:\n  - { id: door-scanner, driver: scanner-line, paced: false }\n');
    const rack = await startRack('--rack', file, '--json');
    expect(JSON.parse(rack.out.stdout)).toEqual({
      ...{ dir: rackDir(), seed: 9 },
      devices: [{ id: 'door-scanner', driver: 'scanner-line', at: `serial:${rackDir()}/door-scanner` }],
    });
    const second = await run('--dir', rackDir()).ended;
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toContain('a rack is running here already');
    expect(existsSync(join(rackDir(), 'door-scanner'))).toBe(true);
    rack.child.kill('SIGINT');
    expect(await rack.ended).toMatchObject({ code: 0 });
  });

  test('that was killed is taken over', async () => {
    const killed = await startRack();
    killed.child.kill('SIGKILL');
    await killed.ended;
    expect(readdirSync(rackDir())).toContain('scanner-1');
    const next = await startRack();
    expect(next.out.stdout).toContain('scanner-1');
    next.child.kill('SIGTERM');
    expect((await next.ended).code).toBe(0);
    expect(readdirSync(rackDir())).toEqual([]);
  });

  test('with a wrong file does not start', async () => {
    const file = join(dir, 'rack.yaml');
    writeFileSync(file, 'devices:\n  - { id: a, driver: scaner-line }\n  - { id: b, driver: id-sam, pace: 1 }\n');
    const { code, stdout, stderr } = await run('--rack', file, '--dir', rackDir()).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`${file}:2:22 devices[0].driver: no such simulator, did you mean scanner-line?`);
    expect(stderr).toContain(`${file}:3:30 devices[1].pace: unknown key`);
    expect(existsSync(rackDir())).toBe(false);
    const missing = await run('--rack', join(dir, 'none.yaml')).ended;
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('none.yaml') });
  });
});

describe('a scenario', () => {
  const scenario = (steps: string) => {
    const file = join(dir, 'scenario.yaml');
    writeFileSync(file, `steps:\n${steps}`);
    return file;
  };

  test('starts a rack, is played, and makes the exit code', async () => {
    const good = scenario('  - lid: { device: printer-1, open: true }\n  - unplug: card-1\n');
    const { code, stderr } = await run('--dir', rackDir(), '--seed', '5', '--scenario', good).ended;
    expect(code).toBe(0);
    expect(stderr.split('\n')).toEqual([
      `${good}: seed 5`,
      'printer-1 lid',
      'printer-1 acted lid',
      'card-1 unplug',
      'card-1 unplugged hand',
      'card-1 acted unplug',
      '',
    ]);
    expect(readdirSync(rackDir())).toEqual([]);
  });

  test('is played on a running rack; what did not come true is named by its line', async () => {
    await startRack();
    const file = scenario('  - lid: { device: printer-1, open: true }\n  - unplug: card-1\n');
    const played = await run('play', file, '--dir', rackDir()).ended;
    expect(played).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/seed \d+\nprinter-1 lid\ncard-1 unplug\n$/),
    });
    const false_ = scenario('  - expect: { device: printer-1, state: { lidOpen: false }, withinMs: 0 }\n');
    const failed = await run('play', false_, '--dir', rackDir()).ended;
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toContain(`${file}:2:13 steps[0].expect: not within 0 ms: lidOpen is true, not false`);
    const wrong = await run('play', scenario('  - lidd: printer-1\n'), '--dir', rackDir()).ended;
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('steps[0].lidd: no such step, did you mean lid?'),
    });
  });

  test('ends when it is asked to, and says that it did not come to its end', async () => {
    const rack = run('--dir', rackDir(), '--scenario', scenario('  - unplug: card-1\n  - wait: 86400000\n'));
    await until('the first step', () => rack.out.stderr.includes('acted unplug'));
    rack.child.kill('SIGTERM');
    const { code, stderr } = await rack.ended;
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('ended before its last step') });
    expect(readdirSync(rackDir())).toEqual([]);
  });
});

describe('for short', () => {
  test('an action is a command of its own, and state shows what came of it', async () => {
    await startRack();
    const inRack = (...args: string[]) => run(...args, '--dir', rackDir()).ended;
    expect(await inRack('scan', 'scanner-1', 'T0000000001')).toMatchObject({ code: 0, stdout: '{"scans":1}\n' });
    expect(await inRack('set-temperature', 'box-1', '1', '2', 'celsius=-20.5')).toMatchObject({ code: 0, stderr: '' });
    const shown = parse((await inRack('state', 'box-1')).stdout);
    expect(shown).toMatchObject([
      { id: 'box-1', plugged: true, device: { probes: [{ celsius: [4.2, -20.5, 4.1, 4.3, 4.6, 4, 4.5, 4.2] }] } },
    ]);
    expect(JSON.parse((await inRack('state', '--json')).stdout)).toHaveLength(4);
    expect((await inRack('state', 'box-9')).code).toBe(2);
    expect(await inRack('scann', 'scanner-1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no action scann'),
    });
    expect(await inRack('lsit')).toMatchObject({
      code: 2,
      stderr: 'lsit: no such command; of a device: simulate lsit DEVICE\n',
    });
    expect(await inRack('unplug', 'card-1', 'now')).toMatchObject({ code: 2, stderr: 'too many values, it takes 0\n' });
  });
});

describe('exit codes', () => {
  test('1 when no rack runs or the device refuses, 2 for what it does not know', async () => {
    const none = await run('do', '--dir', rackDir(), 'scanner-1', 'scan', 'text=x').ended;
    expect(none).toMatchObject({ code: 1, stderr: `no rack is running in ${rackDir()}\n` });
    await startRack();
    const inRack = async (...args: string[]) => (await run('do', '--dir', rackDir(), ...args).ended).code;
    expect(await inRack('scanner-9', 'scan')).toBe(2);
    expect(await inRack('scanner-1', 'scan', 'text')).toBe(2);
    expect(await inRack('scanner-1')).toBe(2);
    expect(await inRack('scanner-1', 'unplug')).toBe(0);
    expect(await inRack('scanner-1', 'scan', 'text=x')).toBe(1);
    expect((await run('--seed', 'x').ended).code).toBe(2);
  });
});

test('arguments are read as their type says', () => {
  const properties = { text: { type: 'string' }, celsius: { type: 'number' }, open: { type: 'boolean' }, any: {} };
  const given = ['text=007', 'celsius=-20.5', 'open=true', 'any=[1]', 'other=1', 'text2=a=b', '__proto__=x'];
  expect(Object.entries(argumentsOf(given, { properties }))).toEqual([
    ['text', '007'],
    ['celsius', -20.5],
    ['open', true],
    ['any', [1]],
    ['other', '1'],
    ['text2', 'a=b'],
    ['__proto__', 'x'],
  ]);
  expect(() => argumentsOf(['=x'], {})).toThrow('give arguments as key=value');
});

test('values alone are taken in the order of the arguments', () => {
  const properties = { text: { type: 'string' }, times: { type: 'number' }, open: { type: 'boolean' } };
  expect(inOrder(['a=b', 'open=true', '3'], { properties })).toEqual({ text: 'a=b', open: true, times: 3 });
  expect(inOrder(['times=3', 'T1'], { properties })).toEqual({ times: 3, text: 'T1' });
  expect(inOrder([], { properties })).toEqual({});
  expect(() => inOrder(['1', '2', '3', '4'], { properties })).toThrow('too many values, it takes 3');
});
