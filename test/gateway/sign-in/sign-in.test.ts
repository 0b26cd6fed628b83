/** Badges, sessions and lock-out on a clock that moves when it is told to. PINs are really hashed. */
import pino from 'pino';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { EventData, EventType } from '../../../gateway/contract/events.ts';
import { checkDraft } from '../../../gateway/contract/events.ts';
import type { Session } from '../../../gateway/sign-in/session.ts';
import { createSignIn, type SignIn, type SignInOutcome, signInPrefix } from '../../../gateway/sign-in/sign-in.ts';
import { makeStaff, type Staff, type StaffMember } from '../../../gateway/sign-in/staff.ts';
import { type EventDraft, type StateMove, StoreRefused } from '../../../gateway/store/store.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { otherPin, password, pin, testStaff } from '../../support/staff.ts';

const minuteMs = 60_000;
// Each try takes a tenth of a second of a free processor.
vi.setConfig({ testTimeout: 120_000 });
let members: readonly StaffMember[];
beforeAll(async () => {
  members = (await testStaff()).members;
});

/** A disk with what the store keeps of its state, and the events in order. */
function disk() {
  const state = new Map<string, string>();
  const events: { type: string; data: Record<string, unknown> }[] = [];
  let full = false;
  return {
    state,
    events,
    fill: (isFull: boolean) => {
      full = isFull;
    },
    append: async (drafts: readonly EventDraft[], moves: readonly StateMove[] = []) => {
      if (full) throw new StoreRefused('disk-full', 'no room');
      for (const { type, data } of drafts) events.push({ type, data: JSON.parse(data) });
      for (const { key, value } of moves) value === null ? state.delete(key) : state.set(key, value);
      return [];
    },
    told: () => events.map(({ type, data }) => `${type.replace('audit.', '')} ${Object.values(data).join(' ')}`),
  };
}

let clock: ManualClock;
let store: ReturnType<typeof disk>;
let hooks: string[];
let signIn: SignIn;
const logged: string[] = [];
const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });

const start = (over: { staff?: Staff; bootId?: string; lanes?: readonly string[] } = {}) =>
  createSignIn({
    ...{ staff: makeStaff(members), lanes: ['lane-1', 'lane-2'], bootId: 'boot-1', store, clock, log },
    saved: new Map([...store.state].filter(([key]) => key.startsWith(signInPrefix))),
    draft: <T extends EventType>(type: T, data: EventData<T>): EventDraft => {
      expect(checkDraft(type, data)).toEqual([]);
      return { stream: 'audit', type, time: '', monoMs: 0, clockQuality: 'synced', data: JSON.stringify(data) };
    },
    onVerified: (lane, operator) => void hooks.push(`${operator} opens ${lane}`),
    onEnded: (lane, operator, reason) => void hooks.push(`${operator} leaves ${lane}: ${reason}`),
    ...over,
  });
beforeEach(() => {
  clock = manualClock();
  clock.advance(1_000_000);
  store = disk();
  hooks = [];
  logged.length = 0;
  signIn = start();
});

const byPin = (lane: string, pin: string, current: readonly Session[] = []) => signIn.signIn({ lane, pin }, current);
const byPassword = (name: string, password: string) => signIn.signIn({ name, password }, []);
const opened = (outcome: SignInOutcome) => {
  if (!outcome.ok) throw new Error(`refused: ${outcome.why}`);
  return outcome;
};
const sampler = async (badge = 'OP000001', lane = 'lane-1', secret = pin, current: readonly Session[] = []) => {
  signIn.badgeScanned(lane, badge);
  return opened(await byPin(lane, secret, current));
};
const isIn = ({ token }: { token: string }) => signIn.sessions([token]).length === 1;

describe('a sampler', () => {
  test('scans a badge and types the PIN; the lane hears of it after the commit', async () => {
    expect(signIn.badgeScanned('lane-1', 'OP000001')).toEqual({ answer: 'enter-pin', operator: 'op-001' });
    expect(signIn.isBadgeWaiting('lane-1')).toBe(true);
    expect(signIn.isBadgeWaiting('lane-2')).toBe(false);
    const outcome = opened(await byPin('lane-1', pin));
    expect(outcome.session).toMatchObject({ operator: 'op-001', role: 'sampler', lane: 'lane-1' });
    expect(outcome.token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(isIn(outcome)).toBe(true);
    expect(signIn.operatorOf('lane-1')).toBe('op-001');
    expect(store.told()).toEqual(['operator-signed-in op-001 lane-1 badge-and-pin']);
    expect(hooks).toEqual(['op-001 opens lane-1']);
    expect(signIn.isBadgeWaiting('lane-1')).toBe(false);
  });

  test('has a minute for the PIN, on the lane of the scan', async () => {
    expect(await byPin('lane-1', pin)).toMatchObject({ why: 'no-badge' });
    signIn.badgeScanned('lane-1', 'OP000001');
    expect(await byPin('lane-2', pin)).toMatchObject({ why: 'no-badge' });
    expect(await byPin('lane-9', pin)).toMatchObject({ why: 'no-such-lane' });
    clock.advance(minuteMs);
    expect(signIn.isBadgeWaiting('lane-1')).toBe(false);
    expect(await byPin('lane-1', pin)).toMatchObject({ why: 'no-badge' });
  });

  test('may type again after a wrong PIN, and needs the badge scanned last', async () => {
    signIn.badgeScanned('lane-1', 'OP000001');
    expect(await byPin('lane-1', '000000')).toMatchObject({ why: 'wrong' });
    signIn.badgeScanned('lane-1', 'OP000002');
    expect(await byPin('lane-1', pin)).toMatchObject({ why: 'wrong' });
    expect(opened(await byPin('lane-1', otherPin)).session.operator).toBe('op-002');
  });

  test.each([['OP999999'], ['OP000009'], [''], ['constructor'], ['op-001']])(
    '%j is no badge of a sampler',
    async (badge) => {
      expect(signIn.badgeScanned('lane-1', badge)).toEqual({ answer: 'unknown' });
      expect(signIn.isBadgeWaiting('lane-1')).toBe(false);
      await new Promise(setImmediate);
      expect(store.told()).toEqual(['sign-in-refused lane-1 unknown']);
    },
  );

  test('takes a lane over: the other one is signed out there, in the same commit', async () => {
    const first = await sampler();
    const second = await sampler('OP000002', 'lane-1', otherPin);
    expect([isIn(first), isIn(second)]).toEqual([false, true]);
    expect(store.told().slice(1)).toEqual([
      'operator-signed-out op-001 lane-1 handover',
      'operator-signed-in op-002 lane-1 badge-and-pin',
    ]);
    expect(hooks).toEqual(['op-001 opens lane-1', 'op-001 leaves lane-1: handover', 'op-002 opens lane-1']);
  });

  test('two lanes on one screen have an operator each; a new sign-in replaces its own lane only', async () => {
    const first = await sampler();
    const second = await sampler('OP000002', 'lane-2', otherPin, [first.session]);
    expect(signIn.sessions([first.token, second.token]).map(({ lane }) => lane)).toEqual(['lane-1', 'lane-2']);
    const again = await sampler('OP000001', 'lane-1', pin, [first.session, second.session]);
    expect([isIn(first), isIn(second), isIn(again)]).toEqual([false, true, true]);
    // The same operator is there all the while.
    expect(hooks.filter((line) => line.includes('leaves'))).toEqual([]);
  });

  test('cannot sign in while the disk takes nothing, a technician can', async () => {
    store.fill(true);
    signIn.badgeScanned('lane-1', 'OP000001');
    expect(await byPin('lane-1', pin)).toEqual({ ok: false, why: 'not-recorded' });
    expect(hooks).toEqual([]);
    const technician = opened(await byPassword('tech-1', password));
    expect(isIn(technician)).toBe(true);
    expect(store.events).toEqual([]);
    await signIn.signOut([technician.session]);
    expect(store.state.size).toBe(0);
    store.fill(false);
    await sampler();
    // In their order, and what ended does not come back with a restart.
    expect(store.told()).toEqual([
      'operator-signed-in tech-1 password',
      'operator-signed-out tech-1 self',
      'operator-signed-in op-001 lane-1 badge-and-pin',
    ]);
    expect([...store.state.keys()].filter((key) => key.includes('session'))).toHaveLength(1);
  });
});

describe('a technician', () => {
  test('signs in by name and password', async () => {
    const outcome = opened(await byPassword('tech-1', password));
    expect(outcome.session).toMatchObject({ operator: 'tech-1', role: 'technician' });
    expect(store.told()).toEqual(['operator-signed-in tech-1 password']);
    expect(hooks).toEqual([]);
  });

  test.each([
    ['nobody', password],
    ['op-001', pin],
    ['__proto__', password],
    ['410199199003070018', password],
  ])('%s is not one, and what was typed is nowhere', async (name, secret) => {
    expect(await byPassword(name, secret)).toEqual({ ok: false, why: 'wrong' });
    expect(store.told()).toEqual(['sign-in-refused unknown']);
    expect(JSON.stringify([...store.state]) + JSON.stringify(store.events) + logged.join()).not.toContain(name);
  });

  test('ends the sampling sessions of the same browser: a page has one role', async () => {
    const first = await sampler();
    const outcome = opened(await signIn.signIn({ name: 'tech-1', password }, [first.session]));
    expect([isIn(first), isIn(outcome)]).toEqual([false, true]);
    expect(hooks).toEqual(['op-001 opens lane-1', 'op-001 leaves lane-1: handover']);
  });
});

describe('a session', () => {
  const ticks = (ms: number) => {
    clock.advance(ms);
    return new Promise(setImmediate);
  };

  test('of a sampler ends after two idle hours and twelve in all; scans on the lane count', async () => {
    const idle = await sampler();
    await ticks(119 * minuteMs);
    expect(isIn(idle)).toBe(true);
    await ticks(minuteMs);
    expect(isIn(idle)).toBe(false);
    const busy = await sampler();
    for (let hour = 0; hour < 11; hour++) {
      await ticks(60 * minuteMs);
      signIn.laneUsed('lane-1');
      expect(isIn(busy)).toBe(true);
    }
    await ticks(60 * minuteMs);
    expect(isIn(busy)).toBe(false);
    expect(store.told().filter((line) => line.includes('timeout'))).toHaveLength(2);
    expect(hooks.at(-1)).toBe('op-001 leaves lane-1: timeout');
    expect([...store.state.keys()].filter((key) => key.includes('session'))).toEqual([]);
  });

  test('of a technician ends after a quarter of an hour idle and an hour in all', async () => {
    const one = opened(await byPassword('tech-1', password));
    for (let i = 0; i < 5; i++) {
      await ticks(10 * minuteMs);
      signIn.used(signIn.sessions([one.token]));
      expect(isIn(one)).toBe(true);
    }
    await ticks(10 * minuteMs);
    expect(isIn(one)).toBe(false);
    const two = opened(await byPassword('tech-1', password));
    await ticks(15 * minuteMs);
    expect(isIn(two)).toBe(false);
  });

  test('survives a restart; its token is not on the disk', async () => {
    const before = await sampler();
    signIn.stop();
    expect(JSON.stringify([...store.state])).not.toContain(before.token);
    signIn = start();
    expect(isIn(before)).toBe(true);
    expect(signIn.operatorOf('lane-1')).toBe('op-001');
  });

  test('does not survive a reboot, after which its age is unknown', async () => {
    const before = await sampler();
    signIn.stop();
    signIn = start({ bootId: 'boot-2' });
    await new Promise(setImmediate);
    expect(isIn(before)).toBe(false);
    expect(store.told().at(-1)).toBe('operator-signed-out op-001 lane-1 timeout');
    expect([...store.state.keys()]).toEqual([]);
  });

  test('a restart does not make a session longer', async () => {
    const before = await sampler();
    for (let hour = 0; hour < 11; hour++) {
      clock.advance(60 * minuteMs);
      signIn.laneUsed('lane-1');
    }
    signIn.stop();
    signIn = start();
    clock.advance(60 * minuteMs);
    expect(isIn(before)).toBe(false);
  });

  test.each([
    ['was removed', () => makeStaff(members.slice(1))],
    ['has another role', () => makeStaff(members.map((one) => ({ ...one, role: 'technician' as const })))],
    ['has another PIN', () => makeStaff(members.map((one) => ({ ...one, hash: members[2]!.hash })))],
  ])('is over at the next start when its operator %s', async (_, staff) => {
    const before = await sampler();
    signIn.stop();
    signIn = start({ staff: staff() });
    await new Promise(setImmediate);
    expect(isIn(before)).toBe(false);
    expect(store.told().at(-1)).toBe('operator-signed-out op-001 lane-1 revoked');
  });

  test('that the disk could not forget is over all the same, and forgotten when there is room', async () => {
    const one = await sampler();
    store.fill(true);
    await signIn.signOut([one.session]);
    expect(isIn(one)).toBe(false);
    store.fill(false);
    expect(store.state.size).toBe(1);
    await ticks(10_000);
    expect(store.state.size).toBe(0);
    expect(store.told().at(-1)).toBe('operator-signed-out op-001 lane-1 self');
  });

  test('state that this gateway did not write opens nothing', async () => {
    for (const value of ['', '{}', 'null', '{"operator":"op-001","role":"boss"}'])
      store.state.set(`${signInPrefix}session/${'x'.repeat(43)}${value.length}`, value);
    store.state.set(`${signInPrefix}tries/operator/op-001`, '{"wrong":"many"}');
    signIn.stop();
    signIn = start();
    await new Promise(setImmediate);
    expect(signIn.operatorOf('lane-1')).toBeUndefined();
    expect([...store.state.keys()].filter((key) => key.includes('session'))).toEqual([]);
    await sampler();
  });
});

describe('revoking', () => {
  test('ends every session at once, and lets nobody in with the old PIN, also after a restart', async () => {
    const over: string[] = [];
    signIn.onSessionOver((key) => over.push(key));
    const one = await sampler();
    const two = await sampler('OP000001', 'lane-2');
    expect(await signIn.revoke('op-001')).toBe(true);
    expect(over.sort()).toEqual([one.session.key, two.session.key].sort());
    expect(hooks.slice(-2)).toEqual(['op-001 leaves lane-1: revoked', 'op-001 leaves lane-2: revoked']);
    expect(signIn.badgeScanned('lane-1', 'OP000001')).toEqual({ answer: 'unknown' });
    signIn.stop();
    signIn = start();
    expect(signIn.badgeScanned('lane-1', 'OP000001')).toEqual({ answer: 'unknown' });
    signIn.stop();
    // set-pin
    signIn = start({ staff: makeStaff(members.map((one) => ({ ...one, hash: members[1]!.hash }))) });
    expect(signIn.badgeScanned('lane-1', 'OP000001')).toMatchObject({ answer: 'enter-pin' });
  });

  test('takes a badge back that waits for its PIN', async () => {
    signIn.badgeScanned('lane-1', 'OP000001');
    await signIn.revoke('op-001');
    expect(await byPin('lane-1', pin)).toMatchObject({ why: 'no-badge' });
  });

  test('while the PIN is being checked lets nobody in', async () => {
    signIn.badgeScanned('lane-1', 'OP000001');
    const trying = byPin('lane-1', pin);
    await signIn.revoke('op-001');
    expect(await trying).toMatchObject({ ok: false });
    expect(signIn.operatorOf('lane-1')).toBeUndefined();
    expect([...store.state.keys()].filter((key) => key.includes('session'))).toEqual([]);
  });

  test('of somebody unknown says so', async () => {
    expect(await signIn.revoke('op-404')).toBe(false);
  });
});

describe('guessing', () => {
  const guess = async (times: number) => {
    for (let i = 0; i < times; i++) {
      signIn.badgeScanned('lane-1', 'OP000001');
      expect(await byPin('lane-1', '000000')).toMatchObject({ why: 'wrong' });
    }
  };

  test('five times locks the badge and the lane for a minute, also for the right PIN, and also after a restart', async () => {
    await guess(5);
    expect(signIn.badgeScanned('lane-1', 'OP000001')).toEqual({ answer: 'locked', forMs: minuteMs });
    expect(signIn.badgeScanned('lane-1', 'OP000002')).toMatchObject({ answer: 'locked' });
    expect(signIn.badgeScanned('lane-2', 'OP000001')).toMatchObject({ answer: 'locked' });
    expect(signIn.badgeScanned('lane-2', 'OP000002')).toMatchObject({ answer: 'enter-pin' });
    signIn.stop();
    signIn = start();
    expect(signIn.badgeScanned('lane-1', 'OP000001')).toMatchObject({ answer: 'locked' });
    clock.advance(minuteMs);
    await sampler();
    // The right PIN wipes the slate.
    await guess(4);
    expect(signIn.badgeScanned('lane-1', 'OP000001')).toMatchObject({ answer: 'enter-pin' });
  });

  test('is said at the lane where the locked badge was scanned, for a minute, and of a badge whose PIN is awaited', async () => {
    signIn.badgeScanned('lane-2', 'OP000001');
    expect([signIn.isBadgeWaiting('lane-2'), signIn.badgeLockedForMs('lane-2')]).toEqual([true, 0]);
    await guess(5);
    // Somebody else guessed, on another lane, while this one was asked for the PIN.
    expect([signIn.isBadgeWaiting('lane-2'), signIn.badgeLockedForMs('lane-2')]).toEqual([true, minuteMs]);
    clock.advance(20_000);
    signIn.badgeScanned('lane-2', 'OP000001');
    expect([signIn.isBadgeWaiting('lane-2'), signIn.badgeLockedForMs('lane-2')]).toEqual([false, 40_000]);
    expect(await byPin('lane-2', pin)).toEqual({ ok: false, why: 'no-badge' });
    signIn.badgeScanned('lane-2', 'OP000002');
    expect([signIn.isBadgeWaiting('lane-2'), signIn.badgeLockedForMs('lane-2')]).toEqual([true, 0]);
    signIn.badgeScanned('lane-2', 'OP000001');
    clock.advance(40_000);
    expect(signIn.badgeLockedForMs('lane-2')).toBe(0);
  });

  test('again and again locks twice as long each time', async () => {
    await guess(5);
    const locks: number[] = [];
    for (let i = 0; i < 6; i++) {
      const scan = signIn.badgeScanned('lane-1', 'OP000001');
      if (scan.answer !== 'locked') throw new Error(scan.answer);
      locks.push(scan.forMs / minuteMs);
      clock.advance(scan.forMs);
      await guess(1);
    }
    expect(locks).toEqual([1, 2, 4, 8, 15, 15]);
  });

  test('of a badge scanned before the lock ends in the lock, which the audit hears of once', async () => {
    await guess(4);
    signIn.badgeScanned('lane-2', 'OP000001');
    await guess(1);
    for (let i = 0; i < 3; i++)
      expect(await byPin('lane-2', pin)).toEqual({ ok: false, why: 'locked', forMs: minuteMs });
    expect(store.told().filter((line) => line.includes('locked'))).toEqual(['sign-in-refused op-001 lane-2 locked']);
  });

  test('of a password locks the name, and names that nobody has the same', async () => {
    for (const name of ['tech-1', 'nobody']) {
      for (let i = 0; i < 5; i++) expect(await byPassword(name, 'guess')).toMatchObject({ why: 'wrong' });
      expect(await byPassword(name, password)).toMatchObject({ why: 'locked', forMs: minuteMs });
    }
  });

  test('of one name after the other locks the form', async () => {
    for (let i = 0; i < 20; i++) expect(await byPassword(`name-${i}`, 'guess')).toMatchObject({ why: 'wrong' });
    expect(await byPassword('tech-1', password)).toMatchObject({ why: 'locked' });
    clock.advance(minuteMs);
    expect(await byPassword('tech-1', password)).toMatchObject({ ok: true });
  });

  test('many times at the same moment is counted one by one, and few are let wait', async () => {
    signIn.badgeScanned('lane-1', 'OP000001');
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, i) => byPin('lane-1', i === 19 ? pin : '000000')),
    );
    const why = outcomes.map((outcome) => (outcome.ok ? 'in' : outcome.why));
    expect(why.filter((one) => one === 'wrong')).toHaveLength(5);
    expect(why.filter((one) => one === 'locked')).toHaveLength(3);
    expect(why.filter((one) => one === 'busy')).toHaveLength(12);
  });
});

test('PIN, password and token are in no event, no state and no log', async () => {
  const one = await sampler();
  const two = opened(await byPassword('tech-1', password));
  await signIn.signOut([one.session]);
  signIn.badgeScanned('lane-1', 'OP000001');
  await byPin('lane-1', '135790');
  const kept = JSON.stringify([...store.state]) + JSON.stringify(store.events) + logged.join();
  for (const secret of [pin, password, '135790', one.token, two.token]) expect(kept).not.toContain(secret);
});
