/** The campaign in force: the configuration, the centre's plan, and a plan for later, over restarts and with clocks that are wrong. */
import pino from 'pino';
import { expect, test } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { drivers } from '../../device-drivers/registry.ts';
import type { LaneView } from '../../gateway/contract/lane.ts';
import type { ClockQuality } from '../../gateway/contract/streams.ts';
import { startLanes } from '../../gateway/lanes.ts';
import { rfc3339 } from '../../gateway/wall-time.ts';
import { manualClock } from '../support/manual-clock.ts';
import { memoryStore } from '../support/memory-store.ts';

const { config } = loadConfig(
  `gateway: { id: hut-1, region: r, site: { name: n } }
uplink: { url: "mqtts://broker.example" }
privacy: { recipient: registry.jwk, personRefKey: personref.key }
devices: [{ id: scanner-1, driver: scanner-line, at: "serial:/dev/ttyS0" }]
lanes: [{ id: lane-1, scanner: scanner-1 }]
staff: staff.yaml
campaign: { poolSize: 10, codes: { tube: '^T\\d{10}$', operator: '^OP\\d{6}$' } }
`,
  'hut.yaml',
  drivers,
);

const hourMs = 3_600_000;

function rig() {
  const clock = manualClock();
  const store = memoryStore({ gateway: 'hut-1', region: 'r', bootId: 'boot' });
  const shown: LaneView[] = [];
  let quality: ClockQuality = 'synced';
  const start = () =>
    startLanes({
      ...{ config: config!, store, clock, drivers, bootId: 'boot', clockQuality: () => quality },
      secrets: { seal: async () => 'sealed', references: { personRef: () => 'ref', textRef: () => 'ref' } },
      staff: { withBadge: () => undefined },
      signIn: {
        badgeScanned: () => ({ answer: 'unknown' }),
        isBadgeWaiting: () => false,
        laneUsed: () => {},
        operatorOf: () => undefined,
      },
      devices: {
        command: async () => ({ status: 'refused', why: 'unknown-device' }),
        hold: () => {},
        release: () => {},
      },
      boxTemperature: () => undefined,
      notRecorded: () => {},
      feed: { lane: (view) => shown.push(view), sampling: () => {}, committed: () => {} },
      planApplied: (version, sha256) => ({
        ...{ stream: 'audit', type: 'audit.config-applied', time: '2022-11-07T08:00:00.000+08:00', monoMs: 0 },
        ...{ clockQuality: quality, data: JSON.stringify({ source: 'plan', status: 'applied', version, sha256 }) },
      }),
      log: pino({ level: 'silent' }),
    });
  return {
    ...{ clock, store, shown, start },
    setQuality(now: ClockQuality) {
      quality = now;
    },
    in: (hours: number) => new Date(clock.wallMs() + hours * hourMs).toISOString(),
  };
}
const poolSize = ({ sampling }: Awaited<ReturnType<ReturnType<typeof rig>['start']>>) => sampling.lanes()[0]!.poolSize;

test('a plan is in force at once, over a restart, until the next one', async () => {
  const r = rig();
  const lanes = await r.start();
  expect([poolSize(lanes), lanes.planVersion]).toEqual([10, undefined]);
  expect(await lanes.plan({ version: '1', poolSize: 5 })).toEqual([]);
  expect(r.shown.at(-1)!.poolSize).toBe(5);
  expect(await lanes.plan({ version: '2', poolSize: 20, codes: { tube: '^(a+)+$' } })).toHaveLength(1);
  expect([poolSize(lanes), lanes.planVersion]).toEqual([5, '1']);
  lanes.stop();
  const again = await r.start();
  expect([poolSize(again), again.planVersion]).toEqual([5, '1']);
  // What a plan leaves out is as configured, not as the plan before had it.
  await again.plan({ version: '3', round: 'r2' });
  expect(poolSize(again)).toBe(10);
  again.stop();
});

test('a plan for later waits for its time, and the screens are told when it has come', async () => {
  const r = rig();
  const lanes = await r.start();
  await lanes.plan({ version: '1', poolSize: 5 });
  await lanes.plan({ version: '2', poolSize: 20, validFrom: r.in(2) });
  expect([poolSize(lanes), lanes.planVersion]).toEqual([5, '2']);
  r.clock.advance(2 * hourMs - 1);
  expect(r.shown.at(-1)!.poolSize).toBe(5);
  r.clock.advance(1);
  expect(r.shown.at(-1)!.poolSize).toBe(20);
  lanes.stop();
  const again = await r.start();
  expect(poolSize(again)).toBe(20);
  // The plan after that is still to come; what is in force meanwhile is not the one before it.
  await again.plan({ version: '3', poolSize: 1, validFrom: r.in(24) });
  again.stop();
  const third = await r.start();
  expect([poolSize(third), third.planVersion]).toEqual([20, '3']);
  third.stop();
});

test('with a clock that cannot be trusted a plan for later is taken, until the clock says that it was too early', async () => {
  const r = rig();
  const lanes = await r.start();
  await lanes.plan({ version: '1', poolSize: 5 });
  await lanes.plan({ version: '2', poolSize: 20, validFrom: r.in(24) });
  lanes.stop();
  r.setQuality('unsynced');
  const rebooted = await r.start();
  expect(poolSize(rebooted)).toBe(20);
  r.setQuality('synced');
  expect(poolSize(rebooted)).toBe(5);
  r.clock.advance(24 * hourMs);
  expect(poolSize(rebooted)).toBe(20);
  rebooted.stop();
});

test('screens are told when a window of the plan begins and ends, in the time of the hut, and once the clock is right', async () => {
  const r = rig();
  const lanes = await r.start();
  const times = () => r.shown.at(-1)!.samplingTimes;
  await lanes.plan({ version: '1' });
  expect(times()).toBeUndefined();
  await lanes.plan({ version: '2', windows: [{ from: r.in(1), to: r.in(2) }] });
  const window = { from: rfc3339(Date.parse(r.in(1))), to: rfc3339(Date.parse(r.in(2))) };
  expect(times()).toMatchObject({ next: window });
  r.clock.advance(hourMs - 1);
  expect(times()).toMatchObject({ next: window });
  r.clock.advance(2);
  expect(times()).toMatchObject({ present: window });
  r.setQuality('unsynced');
  r.clock.advance(60_001);
  expect(times()).toBeUndefined();
  r.setQuality('synced');
  r.clock.advance(60_001);
  expect(times()).toMatchObject({ present: window });
  r.clock.advance(hourMs);
  expect(times()).toMatchObject({ last: window });
  lanes.stop();
});

test.each([
  ['card-unreadable', 'card-unreadable'],
  ['card-read-failed', 'card-unreadable'],
  ['document-misread', 'card-unreadable'],
] as const)('%s: whoever laid it down hears that nothing was recorded', async (fault, code) => {
  const r = rig();
  const lanes = await r.start();
  lanes.fault('scanner-1', { code: fault });
  await lanes.sampling.settled();
  expect(lanes.sampling.lanes()[0]!.said).toMatchObject({ tone: 'refused', code });
});
