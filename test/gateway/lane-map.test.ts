/** A reload may not change who scans for a lane that has something in hand. */
import { expect, test } from 'vitest';
import type { Config } from '../../config/load.ts';
import { lanesInTheWay } from '../../gateway/lane-map.ts';

type Mapped = Pick<Config, 'lanes' | 'devices'>;

const hut = (
  lanes: Record<string, { scanner: string; card?: string; printer?: string }>,
  ...ports: string[]
): Mapped => ({
  lanes: Object.entries(lanes).map(([id, lane]) => ({ id, extraScanners: [], ...lane })),
  devices: ['scanner-1', 'scanner-2', 'card-1'].map((id, n) => ({
    ...{ id, driver: id.startsWith('card') ? 'id-sam' : 'scanner-line', options: {}, line: {} },
    at: { scheme: 'serial', path: ports[n] ?? `/dev/${id}` },
  })) as unknown as Mapped['devices'],
});
const before = hut({ 'lane-1': { scanner: 'scanner-1' }, 'lane-2': { scanner: 'scanner-2' } });
const open = [{ lane: 'lane-1', tube: 'T0000000001', waiting: 0 }];
const refused = ['lane-1: tube T0000000001 is open; its scanners and readers may change when that is finished'];

test.each<[string, Mapped, readonly string[]]>([
  ['nothing changed', before, []],
  [
    'another printer',
    hut({ 'lane-1': { scanner: 'scanner-1', printer: 'p' }, 'lane-2': { scanner: 'scanner-2' } }),
    [],
  ],
  ['the other lane', hut({ 'lane-1': { scanner: 'scanner-1' } }), []],
  ['names exchanged', hut({ 'lane-1': { scanner: 'scanner-2' }, 'lane-2': { scanner: 'scanner-1' } }), refused],
  [
    'sockets exchanged',
    hut({ 'lane-1': { scanner: 'scanner-1' }, 'lane-2': { scanner: 'scanner-2' } }, '/dev/scanner-2', '/dev/scanner-1'),
    refused,
  ],
  [
    'a reader more',
    hut({ 'lane-1': { scanner: 'scanner-1', card: 'card-1' }, 'lane-2': { scanner: 'scanner-2' } }),
    refused,
  ],
  ['the lane gone', hut({ 'lane-2': { scanner: 'scanner-2' } }), refused],
])('%s', (_, after, wrong) => {
  expect(lanesInTheWay(before, after, open)).toEqual(wrong);
  expect(lanesInTheWay(before, after, [{ lane: 'lane-1', waiting: 0 }])).toEqual([]);
});

test('people who wait for their tube count as well', () => {
  const after = hut({ 'lane-1': { scanner: 'scanner-2' } });
  expect(lanesInTheWay(before, after, [{ lane: 'lane-1', waiting: 3 }])).toEqual([
    'lane-1: 3 people wait for their tube; its scanners and readers may change when that is finished',
  ]);
});
