/** What can be taken back, for how long, and what never (workflow 3.4): undo, undo close, correct, void, broken seals. */
import { expect, test } from 'vitest';
import { arrived, box, courier, dataOf, laneHut, phone, samplingTypes, seal, tube } from '../lane-hut.ts';

test('undo within the minute and not after, also of the person who filled the tube', async () => {
  const hut = await laneHut();
  const { one } = hut;
  await one.signIn();
  await one.scanAll(tube(1), phone(1));
  hut.clock.pass(59_000);
  expect((await one.view()).undoLeftMs).toBeLessThan(1_500);
  await one.scan(phone(2));
  expect(await one.tap('undo')).toMatchObject({ tone: 'ok', code: 'person-removed', values: { slot: 2 } });
  hut.clock.pass(2_000);
  expect(await one.tap('undo')).toMatchObject({ tone: 'refused', code: 'undo-too-late' });
  for (const n of [3, 4, 5]) await one.scan(phone(n));
  expect(await one.scan(phone(6))).toMatchObject({ tone: 'full' });
  // The tube opens again for the place that is free.
  expect(await one.tap('undo')).toMatchObject({ tone: 'ok', code: 'person-removed', values: { slot: 5 } });
  expect(await one.view()).toMatchObject({ tube: { code: tube(1), count: 4 } });
  expect(await one.scan(phone(7))).toMatchObject({ tone: 'full' });
  hut.clock.pass(61_000);
  expect(await one.tap('undo')).toMatchObject({ tone: 'refused', code: 'undo-too-late' });
  await arrived(hut);
  expect(samplingTypes(hut).slice(-5)).toEqual([
    ...['tube-closed', 'tube-reopened', 'person-removed', 'person-added', 'tube-closed'],
  ]);
  const refs = dataOf(hut, 'person-added').map(({ personRef }) => personRef);
  const [, last] = dataOf(hut, 'tube-closed');
  expect(last!.roster).toEqual([0, 2, 3, 4, 6].map((n, at) => ({ slot: at + 1, personRef: refs[n] })));
});

test('undo close within two minutes and not after, and never of a full or a packed tube', async () => {
  const hut = await laneHut();
  const { one, two } = hut;
  await one.signIn();
  await one.scanAll(tube(1), phone(1));
  await one.scan('HUTGATE:CLOSE-TUBE');
  hut.clock.pass(100_000);
  expect((await one.view()).reopenLeftMs).toBeGreaterThan(0);
  expect(await one.scan('HUTGATE:REOPEN-TUBE')).toMatchObject({ tone: 'ok', code: 'tube-reopened' });
  await one.scan(phone(2));
  await one.tap('close-tube');
  hut.clock.pass(121_000);
  await one.until('no reopen', ({ reopenLeftMs, can }) => reopenLeftMs === undefined && !can.includes('reopen-tube'));
  expect(await one.tap('reopen-tube')).toMatchObject({ tone: 'refused', code: 'reopen-too-late' });
  expect(await two.view()).toMatchObject({ phase: 'signed-out' });

  await one.scanAll(tube(2), phone(3));
  await one.tap('close-tube');
  await one.tap('pack');
  await one.scanAll(box(1), tube(2));
  await one.tap('sample');
  expect(await one.tap('reopen-tube')).toMatchObject({ tone: 'refused', code: 'nothing-to-reopen' });
  await arrived(hut);
  expect(dataOf(hut, 'tube-reopened')).toMatchObject([{ tube: tube(1), count: 1, reason: 'undo' }]);
  expect(dataOf(hut, 'tube-closed').map(({ tube, count }) => [tube, count])).toEqual([
    [tube(1), 1],
    [tube(1), 2],
    [tube(2), 1],
  ]);
});

test('a tube with people in it is voided in two steps, and says who must come again', async () => {
  const hut = await laneHut();
  const { one } = hut;
  await one.signIn();
  await one.scanAll(tube(1), phone(1), phone(2));
  expect(await one.scan('HUTGATE:VOID:UNKNOWN-SWAB')).toMatchObject({ tone: 'question', code: 'void-tube' });
  expect(await one.scan('HUTGATE:NO')).toMatchObject({ code: 'cancelled' });
  expect((await one.view()).tube).toMatchObject({ code: tube(1), count: 2 });
  await one.scan('HUTGATE:VOID:UNKNOWN-SWAB');
  expect(await one.scan('HUTGATE:YES')).toMatchObject({ tone: 'ok', code: 'tube-voided', values: { count: 2 } });
  const { resample } = await one.view();
  expect(resample).toMatchObject({ tube: tube(1), slots: [{ slot: 1 }, { slot: 2 }] });
  expect(resample!.slots.map(({ shown }) => shown)).toEqual([
    expect.stringContaining('*'),
    expect.stringContaining('*'),
  ]);
  // They may come again at once; the tube never.
  await one.scan(tube(2));
  expect(await one.scan(phone(1))).toMatchObject({ tone: 'ok', code: 'person-added' });
  await one.tap('close-tube');
  // An empty one at once.
  await one.scan(tube(3));
  expect(await one.tap({ action: 'void-tube', reason: 'damaged' })).toMatchObject({ tone: 'ok', code: 'tube-voided' });
  // One that is closed, by scanning it.
  expect(await one.tap({ action: 'void-tube', reason: 'leaked' })).toMatchObject({ code: 'void-which-tube' });
  expect(await one.scan(tube(2))).toMatchObject({ tone: 'question', code: 'void-tube' });
  expect(await one.tap('confirm')).toMatchObject({ tone: 'ok', code: 'tube-voided' });
  await one.tap('close-session');
  expect(await one.tap('confirm')).toMatchObject({ values: { persons: 0, tubes: 0 } });
  await arrived(hut);
  expect(dataOf(hut, 'tube-voided').map(({ tube, count, reason }) => [tube, count, reason])).toEqual([
    [tube(1), 2, 'unknown-swab'],
    [tube(3), 0, 'damaged'],
    [tube(2), 1, 'leaked'],
  ]);
});

test('a box: recounted, never sealed with a wrong count, opened again with another seal, given away by two', async () => {
  const hut = await laneHut({ campaign: { poolSize: 1 } });
  const { one, two } = hut;
  await one.signIn();
  for (const n of [1, 2, 3]) await one.scanAll(tube(n), phone(n));
  await one.scan(tube(4));
  await one.scan('HUTGATE:PACK');
  expect(await one.scan(tube(1))).toMatchObject({ tone: 'refused', code: 'scan-box-first' });
  await one.scan(box(1));
  expect(await one.scan(tube(4))).toMatchObject({ tone: 'refused', code: 'tube-still-open' });
  expect(await one.scan(tube(9))).toMatchObject({ tone: 'refused', code: 'tube-unknown' });
  await one.scanAll(tube(1), tube(2), tube(3));
  expect(await one.scan(tube(1))).toMatchObject({ tone: 'repeat', code: 'tube-is-packed' });
  // Counting by scanning each once more.
  await one.scan('HUTGATE:SEAL');
  expect(await one.scan(tube(2))).toMatchObject({ code: 'counted', values: { count: 1, of: 3 } });
  expect((await one.view()).box).toMatchObject({ scanned: [tube(2)] });
  await one.scan(tube(3));
  expect(await one.scan(tube(2))).toMatchObject({ tone: 'repeat', code: 'tube-is-counted' });
  expect(await one.scan(seal(1))).toMatchObject({ tone: 'refused', code: 'answer-first' });
  expect(await one.tap('confirm')).toMatchObject({
    ...{ tone: 'refused', code: 'count-differs' },
    values: { system: 3, counted: 2 },
  });
  expect(await one.scan(tube(1))).toMatchObject({ tone: 'question', code: 'scan-seal' });
  expect(await one.scan(seal(1))).toMatchObject({ tone: 'ok', code: 'box-sealed' });
  expect(await one.scan(tube(1))).toMatchObject({ tone: 'refused', code: 'box-is-sealed' });

  // The seal broke: with its reason, a recount and another number.
  await one.scan('HUTGATE:REOPEN-BOX:SEAL-BROKEN');
  expect(await one.scan(box(1))).toMatchObject({ tone: 'ok', code: 'box-reopened' });
  await one.tap({ action: 'unpack', reason: 'leaked' });
  expect(await one.scan(tube(3))).toMatchObject({ tone: 'ok', code: 'tube-unpacked', values: { count: 2 } });
  await one.scan('HUTGATE:SEAL');
  await one.tap({ action: 'count', count: 2 });
  expect(await one.scan(seal(1))).toMatchObject({ tone: 'refused', code: 'seal-used' });
  expect(await one.scan(seal(2))).toMatchObject({ tone: 'ok', code: 'box-sealed' });

  await one.scan('HUTGATE:HAND-OVER');
  expect((await one.view()).next.step).toBe('scan-courier');
  expect(await one.scan('OP000001')).toMatchObject({ tone: 'refused', code: 'same-signer' });
  expect(await one.scan(courier)).toMatchObject({ code: 'count-by-courier' });
  expect(await one.tap({ action: 'count', count: 2 })).toMatchObject({ tone: 'ok', code: 'box-handed-over' });
  expect(await two.view()).toMatchObject({ phase: 'signed-out' });
  // Sealed away: no way back into it.
  await one.tap({ action: 'reopen-box', reason: 'seal-broken' });
  expect(await one.scan(box(1))).toMatchObject({ tone: 'refused', code: 'box-is-gone' });
  await one.tap({ action: 'void-tube', reason: 'lost' });
  expect(await one.scan(tube(1))).toMatchObject({ tone: 'refused' });
  await arrived(hut);
  expect(dataOf(hut, 'box-sealed').map(({ seal, tubes, counted }) => [seal, tubes, counted])).toEqual([
    [seal(1), [tube(1), tube(2), tube(3)], 3],
    [seal(2), [tube(1), tube(2)], 2],
  ]);
  expect(dataOf(hut, 'tube-unpacked')).toMatchObject([{ tube: tube(3), box: box(1), reason: 'leaked' }]);
  expect(dataOf(hut, 'box-handed-over')).toMatchObject([{ operator: 'op-001', courier: 'CR000001', counted: 2 }]);
});
