/** What is committed is told, on the real store: in the order of its numbers, and nothing of a person in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFeed } from '../../gateway/api/feed.ts';
import { committedView as schema } from '../../gateway/contract/api.ts';
import type { EventData, EventType } from '../../gateway/contract/events.ts';
import { dataSchemas, streamOf } from '../../gateway/contract/events.ts';
import { openStore } from '../../gateway/store/open.ts';
import type { EventDraft } from '../../gateway/store/store.ts';
import { committedView, toldStore } from '../../gateway/told-store.ts';

const stamp = () => ({ time: '2022-11-07T07:13:08.412+08:00', monoMs: 1_000, clockQuality: 'synced' as const });
const draft = <T extends EventType>(type: T, data: EventData<T>): EventDraft => ({
  ...{ stream: streamOf(type), type, ...stamp(), data: JSON.stringify(data) },
});
const label = (code: string) =>
  draft('sampling.label-printed', {
    ...{ device: 'printer-1', jobId: 'job-1', lane: 'lane-1', copies: 1, outcome: 'done', code },
  });
const signedIn = draft('audit.operator-signed-in', { operator: 'op-001', lane: 'lane-1', method: 'badge-and-pin' });

async function rig() {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-told-'));
  const store = await openStore({ dir, gateway: 'hut-1', region: 'test', bootId: crypto.randomUUID(), stamp });
  onTestFinished(async () => {
    await store.close();
    rmSync(dir, { recursive: true });
  });
  const feed = createFeed({ last: { sampling: 0, reading: 0, audit: 0 }, eventsMax: 10_000 });
  const last = async () =>
    Object.fromEntries((await store.status()).streams.map(({ stream, lastSeq }) => [stream, lastSeq]));
  return { store, told: toldStore(store, feed.committed), feed, last };
}

test('the feed is where the store is when the caller goes on', async () => {
  const { told, feed, last } = await rig();
  await told.append([label('T0000000001')]);
  expect(feed.cursor()).toEqual(await last());
  await told.append([signedIn, signedIn], [{ key: 'a', value: 'b' }]);
  expect(feed.cursor()).toEqual(await last());
  await told.append([], [{ key: 'a', value: null }]);
  expect(feed.recent().map((event) => schema.parse(event).summary)).toEqual([
    'lane-1 T0000000001 done',
    'lane-1 op-001',
    'lane-1 op-001',
  ]);
  expect(feed.recent()[0]).toMatchObject({ device: 'printer-1', eventType: 'sampling.label-printed', seq: 1 });
});

test('what others commit and tell themselves does not change the order', async () => {
  const { store, told, feed, last } = await rig();
  const tellingItself = async (n: number) => {
    const own = label(`T${n}`);
    const [number] = await store.append([own]);
    feed.committed([committedView(own, number!)]);
  };
  await Promise.all(
    Array.from({ length: 400 }, (_, n) => (n % 3 === 0 ? tellingItself(n) : told.append([label(`T${n}`), signedIn]))),
  );
  for (const stream of ['sampling', 'audit'])
    expect(feed.recent().flatMap((event) => (event.stream === stream ? [event.seq] : []))).toEqual(
      Array.from({ length: (await last())[stream]! }, (_, n) => n + 1),
    );
});

test('an event that is set aside is told by its audit', async () => {
  const { told, feed, last } = await rig();
  await told.append([label('T0000000001')]);
  const audit = draft('audit.event-quarantined', {
    ...{ stream: 'sampling', epoch: crypto.randomUUID(), firstSeq: '1', lastSeq: '1', reason: 'refused' },
  });
  await Promise.all([told.quarantine('sampling', 1, 'refused', audit), told.append([signedIn])]);
  expect(feed.cursor()).toEqual(await last());
  expect(feed.recent().find(({ eventType }) => eventType === 'audit.event-quarantined')?.summary).toBe('sampling 1 1');
});

test('what is refused is not told', async () => {
  const { told, feed } = await rig();
  await expect(told.append([{ ...signedIn, data: JSON.stringify({ x: 'x'.repeat(200_000) }) }])).rejects.toThrow();
  expect(feed.recent()).toEqual([]);
});

test('of no event a member is shown that could be of a person', () => {
  for (const type of dataSchemas.keys()) {
    const data = JSON.stringify({
      ...{ idNumber: '410199199001010018', personRef: 'ref', text: 'QR:x', pii: 'jwe', shown: '张*' },
      // The centre's commands have names; whoever they are about has none.
      ...(type !== 'audit.command-executed' && { name: '张三' }),
      roster: [{ slot: 1, personRef: 'ref' }],
    });
    const view = committedView({ ...signedIn, type, data }, { stream: 'audit', seq: 1 });
    expect(view.summary).toBe('');
    expect(JSON.stringify(view)).not.toMatch(/张|410199|"ref|QR|jwe/);
  }
});
