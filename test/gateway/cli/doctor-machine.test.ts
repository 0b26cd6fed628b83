import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkClock, checkDisk, checkSystem, checkUser } from '../../../gateway/cli/doctor/machine.ts';
import { checkStore } from '../../../gateway/cli/doctor/store.ts';
import { openStore } from '../../../gateway/store/open.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { draft } from '../store/support/fixture.ts';

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-machine-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
const put = (dir: string, path: string, text = '') => {
  mkdirSync(join(dir, path, '..'), { recursive: true });
  writeFileSync(join(dir, path), text);
};

test('a clock that believes to be in 1970, one that nobody vouches for, one that is right', async () => {
  const at = (wallMs: number, ntp: 'synchronized' | 'not-synchronized' | 'unknown') =>
    checkClock({ ...manualClock(), wallMs: () => wallMs }, async () => ntp);
  const now = Date.parse('2027-01-01T00:00:00Z');
  expect(await at(3_600_000, 'synchronized')).toMatchObject({
    verdict: 'FAIL',
    says: expect.stringContaining('1970-01-01 01:00:00'),
  });
  expect(await at(now, 'not-synchronized')).toMatchObject({ verdict: 'FAIL', fix: expect.stringContaining('set-ntp') });
  expect(await at(now, 'unknown')).toMatchObject({ verdict: 'warn' });
  expect(await at(now, 'synchronized')).toMatchObject({ verdict: 'ok' });
});

test('a real disk: room and speed, and nothing is left behind', async () => {
  const dir = folder();
  const findings = await checkDisk(dir, true);
  expect(findings.map(({ check }) => check)).toEqual(['disk', 'disk speed']);
  expect(findings[1]!.says).toMatch(/^a write is on the disk after \d+\.\d ms \(worst of 20: /);
  rmSync(dir, { recursive: true });
  expect((await checkDisk(dir, false))[0]!.says).toContain('which the first start will make');
});

test('a full disk, a slow one, one that fails', async () => {
  const of = (freeBytes: number, fsyncMs: number | Error) =>
    checkDisk(folder(), true, {
      freeBytes: async () => freeBytes,
      fsyncMs: async () => {
        if (fsyncMs instanceof Error) throw fsyncMs;
        return Array.from({ length: 20 }, () => fsyncMs);
      },
    });
  const verdicts = async (...given: Parameters<typeof of>) => (await of(...given)).map(({ verdict }) => verdict);
  expect(await verdicts(5e9, 5)).toEqual(['ok', 'ok']);
  expect(await verdicts(5e8, 120)).toEqual(['warn', 'warn']);
  expect(await verdicts(1e7, Object.assign(new Error('x'), { code: 'EIO' }))).toEqual(['FAIL', 'FAIL']);
});

test('a data directory that is a file cannot be made', async () => {
  const dir = folder();
  put(dir, 'data');
  expect(await checkDisk(join(dir, 'data', 'store'), true)).toMatchObject([
    { verdict: 'FAIL', says: expect.stringContaining('cannot be made') },
  ]);
});

test('programs that are in the way, and rules that are missing', async () => {
  const dir = folder();
  const parts = { procDir: join(dir, 'proc'), etcDir: join(dir, 'etc'), runDir: join(dir, 'run') };
  expect((await checkSystem(true, parts)).map(({ check, verdict }) => `${check} ${verdict}`)).toEqual(['udev warn']);
  expect(await checkSystem(false, parts)).toEqual([]);
  put(dir, 'proc/77/comm', 'ModemManager\n');
  put(dir, 'proc/78/comm', 'brltty\n');
  put(dir, 'run/udev/control');
  mkdirSync(join(dir, 'run/systemd/system'), { recursive: true });
  expect((await checkSystem(true, parts)).map(({ check, verdict }) => `${check} ${verdict}`)).toEqual([
    ...['ModemManager warn', 'brltty warn', 'udev warn', 'systemd warn'],
  ]);
  put(dir, 'etc/udev/rules.d/99-hutgate.rules');
  put(dir, 'etc/systemd/system/multi-user.target.wants/hutgate.service');
  expect((await checkSystem(true, parts)).slice(2).map(({ verdict }) => verdict)).toEqual(['ok', 'ok']);
});

test('root is told that its rights prove nothing, where the service has a user', async () => {
  const dir = folder();
  put(dir, 'passwd', 'root:x:0:0::/root:/bin/sh\n');
  expect(await checkUser(join(dir, 'passwd'), 0)).toBeUndefined();
  put(dir, 'passwd', 'root:x:0:0::/root:/bin/sh\nhutgate:x:998:998::/:/bin/false\n');
  expect(await checkUser(join(dir, 'passwd'), 0)).toMatchObject({ verdict: 'warn' });
  expect(await checkUser(join(dir, 'passwd'), 998)).toBeUndefined();
});

test('a store: none yet, and one that is no store', () => {
  const dir = folder();
  expect(checkStore(dir, 'r/hut-1', true)).toMatchObject([
    { verdict: 'ok', says: expect.stringContaining('none yet') },
  ]);
  put(dir, 'current/hutgate.db', 'garbage'.repeat(1000));
  expect(checkStore(dir, 'r/hut-1', true)).toMatchObject([
    { verdict: 'FAIL', fix: expect.stringContaining('salvages') },
  ]);
  mkdirSync(join(dir, 'damaged-20261107T071308'));
  expect(checkStore(dir, 'r/hut-1', true).at(-1)).toMatchObject({
    verdict: 'warn',
    says: expect.stringContaining('damaged-20261107T071308'),
  });
});

test('a store with events of another hut', async () => {
  const dir = folder();
  const openedAs = (gateway: string) =>
    openStore({
      ...{ dir, gateway, region: 'r', bootId: 'boot-1' },
      stamp: () => ({ time: '2026-11-07T07:13:08.412+08:00', monoMs: 1, clockQuality: 'synced' }),
    });
  for (const gateway of ['hut-1', 'hut-2']) {
    const store = await openedAs(gateway);
    await store.append([draft('audit', 1)]);
    await store.close();
  }
  expect(checkStore(dir, 'r/hut-2', true)).toMatchObject([
    { verdict: 'ok' },
    { verdict: 'warn', says: expect.stringContaining('also has events of r/hut-1; this hut is r/hut-2') },
  ]);
});
