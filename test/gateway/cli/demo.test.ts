/** `hutgate demo` as a process: one per directory, and its devices obey `hutgate simulate`. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hutgateBin } from '../../support/gateway-process.ts';

test('a second demo leaves the first one alone', { timeout: 60_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-demo-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const demo = ['demo', '--data', dir, '--port', '0', '--mqtt-port', '0'];
  const first = spawn(hutgateBin, demo, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void first.kill('SIGKILL'));
  const ended = once(first, 'exit');
  await once(first.stdout, 'data');
  const config = readFileSync(join(dir, 'hut.yaml'), 'utf8');

  const second = spawnSync(hutgateBin, demo, { encoding: 'utf8' });
  expect(second.stderr).toContain('the demo could not start: ');
  expect(second.stderr).toContain('a rack is running here already');
  expect(second.status).toBe(1);

  expect(readFileSync(join(dir, 'hut.yaml'), 'utf8')).toBe(config);
  const scan = ['simulate', 'scan', 'scanner-1', 'T0000000001', '--dir', join(dir, 'devices')];
  expect(spawnSync(hutgateBin, scan, { encoding: 'utf8' }).stdout).toBe('{"scans":1}\n');
  first.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
