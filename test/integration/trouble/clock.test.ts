/** A hut without a battery-backed clock, and one whose clock is set (workflow 3.6): sampling goes on, and the events say so. */
import { expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { arrived, type LaneHut, laneHut, phone, slipPrinter, tube } from '../lane-hut.ts';

const qualities = ({ received }: LaneHut, type: string) =>
  received.filter((event) => event.type === `org.hutgate.sampling.${type}.v1`).map(({ clockq }) => clockq);
const slips = (hut: LaneHut) =>
  (hut.rack.state().find(({ id }) => id === 'slip-1')!.device as { printed: readonly string[] }).printed;
const slip = (hut: LaneHut, n: number) => until(`slip ${n}`, () => slips(hut)[n - 1]);

test('clock wrong (no RTC, 1970, jump)', async () => {
  const hut = await laneHut({
    devices: [slipPrinter],
    wallMs: Date.parse('1970-01-01T00:00:11Z'),
    isSynced: false,
    more: { labels: { slip: 'on-person' } },
  });
  const { one } = hut;
  await one.signIn();
  await one.scan(tube(1));
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'ok', code: 'person-added' });
  // Undo runs on the other clock.
  expect((await one.view()).undoLeftMs).toBeGreaterThan(50_000);
  expect(await slip(hut, 1)).not.toMatch(/\d{4}-\d\d-\d\d/);
  expect(await slip(hut, 1)).toContain('--');

  hut.setNtp(true);
  hut.clock.setWall(Date.parse('2026-11-22T08:00:00Z'));
  await hut.clockSeen();
  expect(await one.scan(phone(2))).toMatchObject({ tone: 'ok', code: 'person-added' });
  expect(await slip(hut, 2)).toContain('2026-11-22');

  // NTP lost and somebody sets the clock back a year: what follows is still in its order, and flagged.
  hut.setNtp(false);
  hut.clock.setWall(Date.parse('2025-11-22T08:00:00Z'));
  await hut.clockSeen();
  expect(await one.scan(phone(3))).toMatchObject({ tone: 'ok', code: 'person-added' });
  expect(await one.scan(phone(3))).toMatchObject({ tone: 'repeat' });
  expect(await slip(hut, 3)).not.toMatch(/\d{4}-\d\d-\d\d/);

  await arrived(hut);
  expect(qualities(hut, 'person-added')).toEqual(['unsynced', 'synced', 'unsynced']);
  const added = hut.received.filter(({ type }) => type === 'org.hutgate.sampling.person-added.v1');
  expect(added[0]!.time).toMatch(/^1970-/);
  for (const { bootid } of added) expect(bootid).toBe(added[0]!.bootid);
  const monoms = added.map(({ monoms }) => Number(monoms));
  expect(monoms).toEqual(monoms.toSorted((a, b) => a - b));
  const steps = hut.received
    .filter(({ type }) => type === 'org.hutgate.audit.clock-adjusted.v1')
    .map(({ data }) => data as { stepMs: number; before: string; after: string });
  expect(steps).toMatchObject([
    { before: 'unsynced', after: 'synced' },
    { before: 'synced', after: 'unsynced' },
  ]);
  expect(steps[0]!.stepMs).toBeGreaterThan(0);
  expect(steps[1]!.stepMs).toBeLessThan(0);
});
