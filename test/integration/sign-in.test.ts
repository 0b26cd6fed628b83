/** People sign in to a whole hut: what a kill, a reload and a removed operator do to a session, and who gets in from the shell. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { closeSignedOut } from '../../gateway/api/live.ts';
import { type LanesView, signInView } from '../../gateway/contract/lane.ts';
import { getJson, hutgateBin, logOf } from '../support/gateway-process.ts';
import { connectLive } from '../support/live-client.ts';
import { password, pin, testStaff } from '../support/staff.ts';
import { until } from '../support/until.ts';
import { address, dataOf, drained, hutgate, ready, wholeHut } from './whole-hut.ts';

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

test('a sampler scans the badge, types the PIN and works the lane, until the centre revokes', async () => {
  const hut = await wholeHut({
    devices: [{ id: 'scanner-1', driver: 'scanner-line' }],
    more: {
      staff: 'staff.yaml',
      lanes: [{ id: 'lane-1', scanner: 'scanner-1' }],
      campaign: { codes: { tube: '^T\\d{10}$', operator: '^OP\\d{6}$' } },
    },
  });
  writeFileSync(join(hut.files.dir, 'staff.yaml'), stringify({ staff: (await testStaff()).members }), { mode: 0o600 });
  hut.start();
  await ready(hut);
  const url = `http://127.0.0.1:${hut.files.apiPort}`;
  const view = async (cookie = '') =>
    signInView.parse(await (await fetch(`${url}/api/sign-in`, { headers: { cookie } })).json());
  const laneOf = async () => (await getJson<LanesView>(hut.files, '/api/lanes'))?.lanes[0];
  const scan = (text: string) => hut.rack.act('scanner-1', 'scan', { text });
  const signIn = (typed: string) =>
    fetch(`${url}/api/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ lane: 'lane-1', pin: typed }),
    });

  await scan('OP999999');
  await until('the lane to know no such badge', async () => (await laneOf())?.said?.code === 'badge-unknown');
  await scan('OP000001');
  await until('the badge to wait', async () => (await view()).lanes[0]?.badge);
  expect((await signIn('000000')).status).toBe(401);
  const answer = await signIn(pin);
  expect(answer.status).toBe(200);
  const cookie = answer.headers.get('set-cookie')!.split(';')[0]!;
  expect(await view(cookie)).toMatchObject({ signedIn: { operator: 'op-001', lane: 'lane-1' } });
  expect(await laneOf()).toMatchObject({ phase: 'open', operator: 'op-001' });
  const page = await connectLive(url, '', { cookie });
  onTestFinished(() => page.close());
  const ended = new Promise((resolve) => page.socket.once('close', resolve));
  await scan('T0000000001');
  await page.first('committed', ({ eventType }) => eventType === 'sampling.tube-opened');

  const result = await hut.central.command(address, 'revoke-operator', { operator: 'op-001' });
  expect(result.status).toBe('done');
  expect(await ended).toBe(closeSignedOut);
  expect((await view(cookie)).signedIn).toBeUndefined();
  await until('the lane to be left', async () => (await laneOf())?.phase === 'signed-out');
  await scan('OP000001');
  await until('the badge to be unknown', async () => (await laneOf())?.said?.code === 'badge-unknown');
  expect((await signIn(pin)).status).toBe(409);

  await until('the audit at the centre', () => dataOf(hut, 'audit.operator-signed-out').length > 0);
  expect(dataOf(hut, 'audit.operator-signed-out')).toEqual([{ operator: 'op-001', lane: 'lane-1', reason: 'revoked' }]);
  expect(dataOf(hut, 'audit.operator-signed-in')).toEqual([
    { operator: 'op-001', lane: 'lane-1', method: 'badge-and-pin' },
  ]);
  expect(dataOf(hut, 'audit.sign-in-refused').slice(0, 2)).toEqual([
    { lane: 'lane-1', reason: 'unknown' },
    { operator: 'op-001', lane: 'lane-1', reason: 'wrong' },
  ]);
  expect(hut.central.report()).toMatchObject({ violations: 0, gaps: 0 });
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
