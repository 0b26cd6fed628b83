/** `hutgate central --plan`: a file becomes the retained plan of a region, or is refused with its key. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mqtt from 'mqtt';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startBroker } from '../../../simulators/broker.ts';

const program = fileURLToPath(new URL('../../../dist/gateway/cli/hutgate.js', import.meta.url));
const planFile = (text: string) => {
  const file = join(mkdtempSync(join(tmpdir(), 'hutgate-plan-')), 'plan.yaml');
  writeFileSync(file, text);
  return file;
};

test('a plan of a file is told to the region, retained', async () => {
  const broker = await startBroker();
  onTestFinished(() => broker.stop());
  const client = await mqtt.connectAsync(broker.url, { reconnectPeriod: 0 });
  onTestFinished(() => client.endAsync(true));
  const heard = new Promise<string>((resolve) => {
    client.once('message', (topic, payload) => resolve(`${topic} ${payload}`));
  });
  await client.subscribeAsync('hut/v1/+/_all/plan', { qos: 1 });

  const file = planFile('version: r2-1 # the second round\npoolSize: 20\ncodes: { tube: "^K\\\\d{9}$" }\n');
  const child = spawn(
    process.execPath,
    [program, 'central', '--broker', broker.url, '--region', 'jinshui', '--plan', file],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const listening = new Promise((resolve) => child.stderr.once('data', resolve));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  expect(await heard).toBe(
    String.raw`hut/v1/jinshui/_all/plan {"version":"r2-1","poolSize":20,"codes":{"tube":"^K\\d{9}$"}}`,
  );
  await listening;
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

describe('nothing is told', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [program, 'central', '--broker', 'mqtt://127.0.0.1:1', ...args], { encoding: 'utf8' });

  test.each([
    ['version: 1\npoolSize: 10\n', 'version: '],
    ['version: a\npoolSize: 7\n', 'poolSize: '],
    ['version: a\nwindows: [{ from: today, to: tomorrow }]\n', 'windows.0.from: '],
    ['version: [\n', 'at line '],
    ['', 'message: '],
  ])('of %j', (text, problem) => {
    const file = planFile(text);
    const { status, stderr } = run('--region', 'r', '--plan', file);
    expect(status).toBe(1);
    expect(stderr).toContain(`${file}: `);
    expect(stderr).toContain(problem);
  });

  test('of a file that is not there, nor to no region', () => {
    expect(run('--region', 'r', '--plan', '/nowhere').stderr).toBe('/nowhere: does not exist\n');
    expect(run('--plan', planFile('version: a\n')).status).toBe(2);
  });
});
