/** No network, no broker, no centre (workflow 3.6): sampling goes on, and everything arrives later, in its order. */
import { expect, test } from 'vitest';
import { getJson } from '../../support/gateway-process.ts';
import { until } from '../../support/until.ts';
import { arrived, dataOf, type LaneHut, laneHut, phone, samplingTypes, tube } from '../lane-hut.ts';

interface Backlog {
  readonly uplink: { readonly state: string };
  readonly streams: readonly { readonly stream: string; readonly pending: number; readonly oldestPendingAt?: string }[];
}
const backlog = async ({ files }: LaneHut) => {
  const { uplink, streams } = (await getJson<Backlog>(files, '/api/health'))!;
  return { uplink, ...streams.find(({ stream }) => stream === 'sampling')! };
};

test('network down', async () => {
  const hut = await laneHut();
  const { one } = hut;
  await one.signIn();
  await arrived(hut);
  await hut.broker.stop();
  await until('the loss is noticed', async () => (await backlog(hut)).uplink.state !== 'online');
  for (const n of [1, 2]) {
    expect(await one.scan(tube(n))).toMatchObject({ tone: 'ok' });
    for (const person of [1, 2, 3, 4]) expect(await one.scan(phone(10 * n + person))).toMatchObject({ tone: 'ok' });
    expect(await one.scan(phone(10 * n + 5))).toMatchObject({ tone: 'full', code: 'tube-full' });
  }
  expect(await backlog(hut)).toMatchObject({ pending: 14, oldestPendingAt: expect.any(String) });
  // Nothing stands in the way of the next scan.
  expect(await one.view()).toMatchObject({ phase: 'open', next: { step: 'scan-tube' } });
  expect((await one.view()).question).toBeUndefined();

  await hut.brokerBack();
  await arrived(hut);
  const once = ['tube-opened', ...Array.from({ length: 5 }, () => 'person-added'), 'tube-closed'];
  expect(samplingTypes(hut)).toEqual(['session-opened', ...once, ...once]);
  const seqs = hut.received.filter(({ stream }) => stream === 'sampling').map(({ seq }) => Number(seq));
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
});

test('broker rejects / poison event', async () => {
  const hut = await laneHut();
  const { one } = hut;
  await one.signIn();
  await one.scan(tube(1));
  await arrived(hut);
  hut.broker.faults.closeOn = tube(666);
  await one.scan(phone(1));
  await one.tap('close-tube');
  expect(await one.scan(tube(666))).toMatchObject({ tone: 'ok' });
  expect(await one.scan(phone(2))).toMatchObject({ tone: 'ok' });
  expect(await one.tap('undo')).toMatchObject({ tone: 'ok' });
  await one.scan(tube(3));
  expect(await one.tap('confirm')).toMatchObject({ tone: 'ok', code: 'tube-opened' });
  expect(await one.scan(phone(3))).toMatchObject({ tone: 'ok', code: 'person-added' });
  // Everything that names this tube is set aside; the hut says which numbers, and the rest flows.
  await until(
    'the person after it',
    () => {
      // Time between the tries of a connection.
      hut.clock.pass(11_000);
      return dataOf(hut, 'person-added').some((data) => data.tube === tube(3));
    },
    45_000,
  );
  const health = await getJson<{ quarantined: number }>(hut.files, '/api/health');
  expect(health!.quarantined).toBeGreaterThan(0);
  expect(hut.received.some(({ subject }) => subject === tube(666))).toBe(false);
  await until('the gaps explained', () => {
    const { gaps, violations } = hut.central.report();
    return gaps === 0 && violations === 0;
  });
  const explained = hut.received.filter(({ type }) => type === 'org.hutgate.audit.event-quarantined.v1');
  expect(explained.length).toBeGreaterThan(0);
  expect(await one.view()).toMatchObject({ tube: { code: tube(3), count: 1 } });
});
