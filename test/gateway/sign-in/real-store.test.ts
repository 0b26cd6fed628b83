/** Sign-in on the real store: a session lives through a restart, and neither PIN nor token is in any file of it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../../device-drivers/clock.ts';
import type { EventData, EventType } from '../../../gateway/contract/events.ts';
import { createSignIn, signInPrefix } from '../../../gateway/sign-in/sign-in.ts';
import { verifyStore } from '../../../gateway/store/inspect.ts';
import { openStore } from '../../../gateway/store/open.ts';
import { password, pin, testStaff } from '../../support/staff.ts';

vi.setConfig({ testTimeout: 120_000 });
const bootId = '9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d';

test('a session lives through a restart, and neither PIN nor token is in any file of the store', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-sign-in-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const { staff } = await testStaff();
  const stamp = () => ({ time: '2022-11-07T07:13:08.412+08:00', monoMs: 1_000, clockQuality: 'synced' as const });
  const start = async () => {
    const store = await openStore({ dir, gateway: 'hut-1', region: 'test', bootId, stamp });
    const signIn = createSignIn({
      ...{ staff, lanes: ['lane-1'], store, clock: systemClock, bootId, log: pino({ level: 'silent' }) },
      saved: await store.state(signInPrefix),
      draft: <T extends EventType>(type: T, data: EventData<T>) => ({
        ...{ stream: 'audit' as const, type, ...stamp(), data: JSON.stringify(data) },
      }),
    });
    return { store, signIn };
  };

  const before = await start();
  before.signIn.badgeScanned('lane-1', 'OP000001');
  await before.signIn.signIn({ lane: 'lane-1', pin: '135790' }, []);
  const one = await before.signIn.signIn({ lane: 'lane-1', pin }, []);
  const two = await before.signIn.signIn({ name: 'tech-1', password }, []);
  if (!one.ok || !two.ok) throw new Error('not signed in');
  await before.signIn.signOut([two.session]);
  before.signIn.stop();
  await before.store.close();

  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = Buffer.concat(files.map((file) => readFileSync(join(file.parentPath, file.name))));
  expect(bytes.includes('op-001')).toBe(true);
  for (const secret of [pin, '135790', password, one.token, two.token]) expect(bytes.includes(secret)).toBe(false);

  const after = await start();
  expect(after.signIn.sessions([one.token, two.token]).map(({ operator }) => operator)).toEqual(['op-001']);
  after.signIn.stop();
  const { streams } = await after.store.status();
  // wrong, in, in, out
  expect(streams.find(({ stream }) => stream === 'audit')?.lastSeq).toBe(4);
  await after.store.close();
  expect(verifyStore(dir).problems).toEqual([]);
});
