/** People, plans and boxes that change in the middle of the work (workflow 3.6). */

import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import {
  arrived,
  box,
  courier,
  dataOf,
  laneHut,
  operators,
  overview,
  phone,
  samplingTypes,
  seal,
  single,
  tube,
} from '../lane-hut.ts';

test('shift change', async () => {
  const hut = await laneHut();
  const { one } = hut;
  await one.signIn(operators[0]);
  await one.scanAll(tube(1), phone(1), phone(2));
  // A badge alone changes nothing: until its PIN the one who was there goes on.
  expect(await one.scan(operators[1].badge)).toMatchObject({ tone: 'question', code: 'pin' });
  expect((await one.view()).next.step).toBe('enter-pin');
  expect(await one.scan(phone(3))).toMatchObject({ tone: 'ok', values: { slot: 3 } });
  expect((await one.view()).operator).toBe('op-001');

  expect(await one.signIn(operators[1])).toMatchObject({
    ...{ tone: 'ok', code: 'session-taken-over' },
    values: { operator: 'op-002', from: 'op-001', count: 3 },
  });
  // Both look into the tube.
  expect(await one.view()).toMatchObject({ operator: 'op-002', tube: { unconfirmed: true, count: 3 } });
  expect(await one.scan(phone(4))).toMatchObject({ tone: 'refused', code: 'confirm-tube-first' });
  expect(await one.scan('HUTGATE:UNDO')).toMatchObject({ tone: 'refused', code: 'confirm-tube-first' });
  expect(await one.scan('HUTGATE:CLOSE-TUBE')).toMatchObject({ tone: 'refused', code: 'confirm-tube-first' });
  expect(await one.scan(tube(2))).toMatchObject({ tone: 'refused', code: 'confirm-tube-first' });
  expect(await one.scan(tube(1))).toMatchObject({ tone: 'ok', code: 'tube-confirmed' });
  await one.scan(phone(4));
  expect(await one.scan(phone(5))).toMatchObject({ tone: 'full' });
  expect(await one.tap('close-session')).toMatchObject({ tone: 'question', values: { persons: 2, tubes: 1 } });
  expect(await one.tap('confirm')).toMatchObject({ tone: 'ok', code: 'session-closed' });
  await arrived(hut);
  expect(dataOf(hut, 'session-closed')).toMatchObject([
    { operator: 'op-001', persons: 3, tubes: 0, reason: 'handover' },
    { operator: 'op-002', persons: 2, tubes: 1 },
  ]);
  const [first, second] = dataOf(hut, 'session-opened');
  expect(second).toMatchObject({
    operator: 'op-002',
    takesOver: { session: first!.session, operator: 'op-001', tube: tube(1), count: 3 },
  });
  expect(dataOf(hut, 'tube-confirmed')).toMatchObject([{ tube: tube(1), operator: 'op-002', count: 3 }]);
  expect(dataOf(hut, 'tube-closed')).toMatchObject([{ operator: 'op-002', count: 5 }]);
});

test('pool size changed mid-round', async () => {
  const hut = await laneHut({ campaign: { poolSize: 10 } });
  const { one, two } = hut;
  await one.signIn();
  await one.scanAll(tube(1), phone(1));
  await hut.central.publishPlan({ version: 'plan-2', poolSize: 5 });
  await one.until('the plan', ({ poolSize }) => poolSize === 5);
  expect((await one.view()).tube).toMatchObject({ code: tube(1), capacity: 10 });
  for (let n = 2; n < 10; n += 1) expect(await one.scan(phone(n))).toMatchObject({ tone: 'ok' });
  expect(await one.scan(phone(10))).toMatchObject({ tone: 'full', values: { slot: 10, capacity: 10 } });
  expect(await one.scan(tube(2))).toMatchObject({ tone: 'ok', values: { capacity: 5 } });
  // A plan for tomorrow waits for tomorrow, also over a restart.
  const tomorrow = new Date(hut.clock.wallMs() + 24 * 3_600_000).toISOString();
  await hut.central.publishPlan({ version: 'plan-3', poolSize: 20, validFrom: tomorrow });
  const applied = (version: string) =>
    hut.received.some(
      ({ type, data }) =>
        type === 'org.hutgate.audit.config-applied.v1' && (data as { version?: string }).version === version,
    );
  await until('the plan of tomorrow', () => applied('plan-3'));
  expect((await one.view()).poolSize).toBe(5);
  await hut.restart();
  expect((await one.view()).poolSize).toBe(5);
  hut.clock.pass(25 * 3_600_000);
  await two.until('tomorrow', ({ poolSize }) => poolSize === 20);
  expect((await one.view()).tube).toMatchObject({ code: tube(2), capacity: 5 });
  await arrived(hut);
  expect(dataOf(hut, 'tube-opened').map((data) => data.poolSize)).toEqual([10, 5]);
});

test('courier refuses / box short by one tube', async () => {
  const hut = await laneHut({ campaign: { flow: 'box-first', poolSize: 1 } });
  const { one } = hut;
  await one.signIn();
  expect(await one.scan(tube(1))).toMatchObject({ tone: 'refused', code: 'scan-box-first' });
  await one.scan(box(1));
  for (const n of [1, 2, 3]) {
    expect(await one.scan(tube(n))).toMatchObject({ tone: 'ok', code: 'tube-opened' });
    expect(await one.scan(phone(n))).toMatchObject({ tone: 'full' });
  }
  await one.tap('pack');
  await one.scan(tube(1));
  await one.scan(tube(2));
  // The third is not there: the box cannot be sealed, and says which it is.
  expect(await one.tap('seal')).toMatchObject({ tone: 'refused', code: 'tubes-still-missing', values: { count: 1 } });
  expect((await one.view()).box).toMatchObject({ tubes: [tube(1), tube(2)], expected: [tube(3)] });
  expect(await one.tap({ action: 'missing', reason: 'lost' })).toMatchObject({
    tone: 'question',
    code: 'missing-tubes',
  });
  expect((await one.view()).question).toMatchObject({ tubes: [tube(3)] });
  expect(await one.tap('confirm')).toMatchObject({ tone: 'ok', code: 'tubes-missing-recorded' });
  expect(await one.tap('seal')).toMatchObject({ tone: 'question', code: 'count-box' });
  expect(await one.tap({ action: 'count', count: 3 })).toMatchObject({
    ...{ tone: 'refused', code: 'count-differs' },
    values: { system: 2, counted: 3 },
  });
  await one.scan(tube(1));
  expect(await one.scan(tube(2))).toMatchObject({ tone: 'question', code: 'scan-seal' });
  expect(await one.scan(seal(1))).toMatchObject({ tone: 'ok', code: 'box-sealed' });
  // The courier counts another number, and refuses the box.
  await one.tap('hand-over');
  expect(await one.scan(operators[0].badge)).toMatchObject({ tone: 'refused', code: 'same-signer' });
  expect(await one.scan(courier)).toMatchObject({ tone: 'question', code: 'count-by-courier' });
  expect(await one.tap({ action: 'count', count: 1 })).toMatchObject({
    ...{ tone: 'refused', code: 'count-differs' },
    values: { system: 2, counted: 1 },
  });
  await one.tap({ action: 'reopen-box', reason: 'courier-refused' });
  expect(await one.scan(box(1))).toMatchObject({ tone: 'ok', code: 'box-reopened' });
  // The lost tube was in the drawer.
  expect(await one.scan(tube(3))).toMatchObject({ tone: 'ok', code: 'tube-packed', values: { count: 3 } });
  await one.tap('seal');
  expect(await one.tap({ action: 'count', count: 3 })).toMatchObject({ code: 'scan-seal' });
  expect(await one.scan(seal(1))).toMatchObject({ tone: 'refused', code: 'seal-used' });
  expect(await one.scan(seal(2))).toMatchObject({ tone: 'ok', code: 'box-sealed' });
  await one.tap('hand-over');
  await one.scan(courier);
  expect(await one.tap({ action: 'count', count: 3 })).toMatchObject({ tone: 'ok', code: 'box-handed-over' });
  expect(await overview(hut)).toMatchObject({ unpacked: [], boxes: [] });
  await arrived(hut);
  expect(dataOf(hut, 'tubes-missing')).toMatchObject([{ box: box(1), tubes: [tube(3)], reason: 'lost' }]);
  expect(dataOf(hut, 'box-opened')).toMatchObject([{ box: box(1) }, { box: box(1), reason: 'courier-refused' }]);
  expect(dataOf(hut, 'box-sealed')).toMatchObject([
    { seal: seal(1), tubes: [tube(1), tube(2)], counted: 2 },
    { seal: seal(2), tubes: [tube(1), tube(2), tube(3)], counted: 3 },
  ]);
  expect(dataOf(hut, 'box-handed-over')).toMatchObject([
    { box: box(1), operator: 'op-001', courier: 'CR000001', counted: 3 },
  ]);
});

test('gateway cloned/replaced', async () => {
  const hut = await laneHut();
  const { one } = hut;
  await one.signIn();
  await one.scanAll(tube(1), phone(1));
  await arrived(hut);
  const { epoch } = hut.gateway().view.gateway;
  // Another machine with the same configuration and an empty disk.
  await hut.restart(() => rmSync(hut.dataDir, { recursive: true }));
  const fresh = hut.gateway().view.gateway.epoch;
  expect(fresh).not.toBe(epoch);
  expect(await one.view()).toMatchObject({ phase: 'signed-out', next: { step: 'sign-in' } });
  await one.signIn();
  await one.scan(tube(2));
  expect(await one.scan(single(2))).toMatchObject({ tone: 'refused', code: 'needs-single-tube' });
  expect(await one.scan(phone(2))).toMatchObject({ tone: 'ok' });
  await until('the person of the new epoch', () => dataOf(hut, 'person-added').length === 2);
  const seen = (of: string) =>
    hut.received.filter((event) => event.epoch === of && event.stream === 'sampling').map(({ seq }) => Number(seq));
  expect(seen(epoch)).toEqual([1, 2, 3]);
  expect(seen(fresh)).toEqual([1, 2, 3]);
  await until('no gap', () => hut.central.report().gaps === 0);
  expect(hut.central.report()).toMatchObject({ gaps: 0, violations: 0 });
  expect(hut.central.report().huts).toMatchObject([{ gateway: 'hut-1', online: true }]);
  expect(samplingTypes(hut)).toHaveLength(6);
});
