import { expect, test } from 'vitest';
import { healthOf } from '../../gateway/api/health.ts';
import type { LiveMessage } from '../../gateway/contract/api.ts';
import { emptyHut, type Hut, isConfirmed, liveness, reduce } from '../../kiosk-ui/src/hut.ts';
import { createFakeHut, fakeDevice, fourDevices } from '../support/fake-hut.ts';
import { manualClock } from '../support/manual-clock.ts';
import { fakeLane, openLane } from '../support/sampling-hut.ts';

const hello = (epoch = 'epoch-1'): LiveMessage => {
  const { view } = createFakeHut({ epoch });
  return {
    type: 'hello',
    gateway: view.gateway,
    cursor: view.cursor(),
    devices: fourDevices(),
    uplink: view.uplink(),
    demo: false,
    lanes: [],
  };
};
const pulse = async (confirmed = 0): Promise<LiveMessage> => {
  const hut = createFakeHut();
  hut.confirm(confirmed);
  return { type: 'pulse', health: await healthOf(hut.view, manualClock()), devices: fourDevices() };
};
const committed = (seq: number): LiveMessage => ({
  type: 'committed',
  stream: 'reading',
  seq,
  eventType: 'reading.scanned',
  at: '2022-11-07T07:13:08.412+08:00',
  summary: `T${seq}`,
});
const tell = (hut: Hut, messages: LiveMessage[], nowMs = 0) =>
  messages.reduce((hut, message) => reduce(hut, { type: 'message', message, nowMs, wallMs: nowMs }), hut);

test('only a pulse makes it live, and silence of more than five seconds ends that', async () => {
  let hut = tell(emptyHut, [hello(), committed(1)]);
  expect(liveness(hut)).toBe('connecting');
  hut = tell(hut, [await pulse()], 1_000);
  expect(liveness(hut)).toBe('live');
  hut = reduce(hut, { type: 'tick', nowMs: 6_000 });
  expect(liveness(hut)).toBe('live');
  hut = reduce(hut, { type: 'tick', nowMs: 6_001 });
  expect(liveness(hut)).toBe('stale');
  hut = tell(hut, [committed(2), hello()], 6_500);
  expect(liveness(hut)).toBe('stale');
  hut = tell(hut, [await pulse()], 7_000);
  expect(liveness(hut)).toBe('live');
  expect(liveness(reduce(hut, { type: 'closed' }))).toBe('stale');
});

test('an event that comes twice is shown once; a gap is counted once in one line', () => {
  const missed: LiveMessage = { type: 'missed', stream: 'reading', count: 7, upTo: 9, why: 'too-fast' };
  const hut = tell(emptyHut, [hello(), committed(1), committed(2), committed(2), missed, missed, committed(10)]);
  expect(hut.lines.map((line) => (line.kind === 'event' ? line.event.seq : `+${line.count}`))).toEqual([
    10,
    '+14',
    2,
    1,
  ]);
  expect(hut.seen).toEqual({ reading: 10 });
});

test('after a restart with the same store the list goes on; with another store it starts anew', () => {
  const before = tell(emptyHut, [hello(), committed(1), committed(2)]);
  expect(tell(before, [hello(), committed(3)]).lines).toHaveLength(3);
  const anew = tell(before, [hello('epoch-2'), committed(1)]);
  expect(anew.lines).toHaveLength(1);
  expect(anew.seen).toEqual({ reading: 1 });
});

test('a flood leaves fifty lines', () => {
  const hut = tell(emptyHut, [hello(), ...Array.from({ length: 500 }, (_, i) => committed(i + 1))]);
  expect(hut.lines).toHaveLength(50);
});

test('confirmed is what the centre has', async () => {
  const hut = tell(emptyHut, [hello(), committed(1), committed(2), await pulse(1)]);
  expect(hut.lines.map((line) => line.kind === 'event' && isConfirmed(hut, line.event))).toEqual([false, true]);
});

test('a device changes in its place; a message of a newer gateway changes nothing', () => {
  const missing = fakeDevice('card-1', 'id-reader', 'id-sam', { state: 'missing' });
  const hut = tell(emptyHut, [hello(), { type: 'device', device: missing }]);
  expect(hut.devices.map(({ id, state }) => [id, state])[1]).toEqual(['card-1', 'missing']);
  expect(tell(hut, [{ type: 'later' } as never])).toBe(hut);
});

test('a lane changes in its place, and what belongs to the hut with it', () => {
  const lanes = [fakeLane('lane-1'), fakeLane('lane-2')];
  const sampling = { unpacked: [], boxes: [{ code: 'B00000001', state: 'open' as const, tubes: 2 }] };
  const hut = tell(emptyHut, [
    { ...hello(), lanes } as LiveMessage,
    { type: 'lane', lane: openLane('lane-2') },
    { type: 'lane', lane: openLane('lane-9') },
    { type: 'sampling', sampling },
  ]);
  expect(hut.lanes.map(({ id, phase }) => [id, phase])).toEqual([
    ['lane-1', 'signed-out'],
    ['lane-2', 'open'],
  ]);
  expect(hut.sampling).toEqual(sampling);
  // A gateway that was configured anew: what it does not have is not shown.
  expect(tell(hut, [hello()])).toMatchObject({ lanes: [], sampling: undefined });
});

test('after a sign-out nothing is left that was shown', async () => {
  const hut = tell(
    emptyHut,
    [{ ...hello(), lanes: [openLane('lane-1')] } as LiveMessage, committed(1), await pulse()],
    7,
  );
  expect(reduce(hut, { type: 'forget' })).toEqual({ ...emptyHut, nowMs: 7 });
});
