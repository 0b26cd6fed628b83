/** People sign in to a whole hut: what a kill, a reload and a removed operator do to a session, and who gets in from the shell. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { hutgateBin, logOf } from '../support/gateway-process.ts';
import { password, testStaff } from '../support/staff.ts';
import { until } from '../support/until.ts';
import { dataOf, drained, hutgate, ready, wholeHut } from './whole-hut.ts';

test('a session outlives a kill and not its operator; local tools have a key of their own', async () => {
  const hut = await wholeHut({
    devices: [{ id: 'scanner-1', driver: 'scanner-line' }],
    more: { staff: 'staff.yaml' },
  });
  const staffFile = join(hut.files.dir, 'staff.yaml');
  writeFileSync(staffFile, stringify({ staff: (await testStaff()).members }), { mode: 0o600 });
  let gateway = hut.start();
  await ready(hut);
  const url = `http://127.0.0.1:${hut.files.apiPort}`;
  const statusWith = async (cookie: string) => (await fetch(`${url}/api/devices`, { headers: { cookie } })).status;

  expect(await statusWith('')).toBe(401);
  const answer = await fetch(`${url}/api/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'tech-1', password }),
  });
  const cookie = answer.headers.get('set-cookie')!.split(';')[0]!;
  expect(await statusWith(cookie)).toBe(200);

  const monitor = spawn(hutgateBin, ['monitor', '--config', hut.files.configFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void monitor.kill('SIGKILL'));
  let seen = '';
  for (const stream of [monitor.stdout, monitor.stderr])
    stream.on('data', (chunk) => {
      seen += chunk;
    });
  await until('monitor to follow', () => seen.includes('scanner-1'));
  await hut.rack.act('scanner-1', 'scan', { text: 'T0000000042' });
  await until('the reading in monitor', () => seen.includes('T0000000042'));
  expect(statSync(join(hut.dataDir, 'api-token')).mode & 0o777).toBe(0o600);

  await gateway.kill('SIGKILL');
  gateway = hut.start();
  await ready(hut);
  expect(await statusWith(cookie)).toBe(200);

  expect((await hutgate('staff', 'remove', 'tech-1', '--config', hut.files.configFile)).code).toBe(0);
  expect(await statusWith(cookie)).toBe(200);
  gateway.child.kill('SIGHUP');
  await until('the reload', async () => (await statusWith(cookie).catch(() => undefined)) === 401);
  await drained(hut, 1);
  expect(dataOf(hut, 'audit.operator-signed-in')).toEqual([{ operator: 'tech-1', method: 'password' }]);
  expect(dataOf(hut, 'audit.operator-signed-out')).toEqual([{ operator: 'tech-1', reason: 'revoked' }]);
  expect(hut.central.report().violations).toBe(0);

  await gateway.kill('SIGTERM');
  const files = readdirSync(hut.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const kept = files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1')).join() + logOf(hut.files);
  expect(kept).toContain('tech-1');
  for (const secret of [password, Buffer.from(password).toString('latin1'), cookie.slice('hutgate='.length)])
    expect(kept).not.toContain(secret);
});

test('a staff file that is not right stops the start, and says where', async () => {
  const hut = await wholeHut({
    devices: [{ id: 'scanner-1', driver: 'scanner-line' }],
    more: { staff: 'staff.yaml' },
  });
  writeFileSync(join(hut.files.dir, 'staff.yaml'), 'staff:\n  - { id: op-001, role: sampler, hash: hunter2 }\n');
  expect(await hut.start().exited).toBe(1);
  expect(logOf(hut.files)).toContain('staff.yaml:2:');
  expect(logOf(hut.files)).toContain('staff[0].hash');
  expect(logOf(hut.files)).not.toContain('hunter2');
});
