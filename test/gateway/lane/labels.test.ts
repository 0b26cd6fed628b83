/** Scan-back: a printed label is asked for, scanned once, and in nobody's way. */
import { describe, expect, test } from 'vitest';
import { crowdPerson } from '../../../simulators/people.ts';
import { createLaneBench, type LaneBench } from '../../support/lane-bench.ts';

const lane = 'lane-1';
const [one, two, three] = ['T0000000001', 'T0000000002', 'T0000000003'] as const;
const person = (n: number) => `QR:${crowdPerson(n).idNumber}|${crowdPerson(n).name}|`;
const unchecked = (bench: LaneBench, id = lane) => bench.view(id).label.unchecked;
const checks = (bench: LaneBench) => bench.log.filter(({ type }) => type === 'sampling.label-checked');

async function openLane(campaign = {}, lanes = [lane]): Promise<LaneBench> {
  const bench = createLaneBench({ lanes, campaign: { scanBack: true, ...campaign } });
  for (const id of lanes) await bench.signIn(id, `op-${id}`);
  return bench;
}
/** A closed tube with one person; its label is not printed yet. */
async function closedTube(bench: LaneBench, code: string, n: number): Promise<void> {
  await bench.scan(lane, code);
  await bench.scan(lane, person(n));
  await bench.act(lane, { action: 'close-tube' });
}

test('a label is asked for when it is printed, and gets its tone once', async () => {
  const bench = await openLane();
  await bench.scan(lane, one);
  expect(unchecked(bench)).toBeUndefined();
  await bench.print();
  expect(unchecked(bench)).toEqual([one]);
  // Persons go on being scanned in between.
  expect(await bench.scan(lane, person(1))).toMatchObject({ tone: 'ok', code: 'person-added' });
  expect(unchecked(bench)).toEqual([one]);
  const said = await bench.scan(lane, one);
  expect(said).toMatchObject({ tone: 'ok', code: 'label-checked', values: { code: '0001' } });
  expect(bench.log[said!.event!.seq - 1]).toMatchObject({
    type: 'sampling.label-checked',
    subject: one,
    data: { lane, operator: 'op-lane-1', code: one },
  });
  expect(unchecked(bench)).toBeUndefined();
  expect(await bench.scan(lane, one)).toMatchObject({ tone: 'repeat', code: 'tube-is-open' });
  expect(checks(bench)).toHaveLength(1);
});

test('off, nothing is asked for, and scans mean what they always meant', async () => {
  const bench = await openLane({ scanBack: false });
  await closedTube(bench, one, 1);
  await bench.print();
  expect(unchecked(bench)).toBeUndefined();
  expect(await bench.scan(lane, one)).toMatchObject({ tone: 'refused', code: 'tube-code-used' });
});

test.each([
  ['printed_unconfirmed', [one]],
  // Whether it was printed, scanning it tells.
  ['unknown', [one]],
  ['failed', undefined],
] as const)('a printer that says %s', async (outcome, asked) => {
  const bench = await openLane();
  await bench.scan(lane, one);
  await bench.print(outcome);
  expect(unchecked(bench)).toEqual(asked);
});

describe('the label of something else', () => {
  test('is refused, and the lane is as it was', async () => {
    const bench = await openLane();
    await closedTube(bench, one, 1);
    await closedTube(bench, two, 2);
    await bench.print();
    expect(unchecked(bench)?.toSorted()).toEqual([one, two]);
    await bench.scan(lane, one);
    await bench.scan(lane, three);
    await bench.scan(lane, person(3));
    const before = bench.view(lane);
    for (const other of [one, three]) {
      const said = await bench.scan(lane, other);
      expect(said).toMatchObject({ tone: 'refused', code: 'label-of-other', values: { expected: '0002' } });
      expect({ ...bench.view(lane), said: undefined }).toEqual({ ...before, said: undefined });
    }
    expect(await bench.scan(lane, person(4))).toMatchObject({ code: 'person-added', values: { slot: 2 } });
    expect(await bench.scan(lane, two)).toMatchObject({ code: 'label-checked' });
    // A new tube is a new tube, whatever label is asked for.
    await bench.print();
    expect(await bench.scan(lane, 'T0000000004')).toMatchObject({ tone: 'question', code: 'close-and-open' });
  });

  test('of another lane is theirs', async () => {
    const bench = await openLane({}, ['lane-1', 'lane-2']);
    await bench.scan('lane-1', one);
    await bench.scan('lane-2', two);
    await bench.print();
    expect(await bench.scan('lane-1', two)).toMatchObject({ tone: 'refused', code: 'label-of-other' });
    expect(await bench.scan('lane-2', two)).toMatchObject({ code: 'label-checked' });
    expect(unchecked(bench, 'lane-1')).toEqual([one]);
  });
});

test('a question stays open', async () => {
  const bench = await openLane();
  await closedTube(bench, one, 1);
  await bench.print();
  await bench.scan(lane, two);
  await bench.scan(lane, person(2));
  await bench.scan(lane, three);
  expect(bench.view(lane).question?.code).toBe('close-and-open');
  expect(await bench.scan(lane, one)).toMatchObject({ tone: 'ok', code: 'label-checked' });
  expect(bench.view(lane).question?.code).toBe('close-and-open');
  expect(await bench.act(lane, { action: 'confirm' })).toMatchObject({ code: 'tube-opened' });
});

test('a closed tube stays unchecked until it is scanned, packed or voided; a reprint is asked for anew', async () => {
  const bench = await openLane();
  await closedTube(bench, one, 1);
  await bench.print();
  await bench.scan(lane, one);
  bench.sampling().printed({ device: 'p', jobId: 'again', lane, code: one, copies: 1, outcome: 'done' });
  await bench.settled();
  expect(unchecked(bench)).toEqual([one]);
  expect(await bench.scan(lane, one)).toMatchObject({ code: 'label-checked' });
  expect(checks(bench)).toHaveLength(2);

  await closedTube(bench, two, 2);
  await closedTube(bench, three, 3);
  await bench.print();
  await bench.act(lane, { action: 'void-tube', reason: 'leaked' });
  await bench.scan(lane, three);
  await bench.act(lane, { action: 'confirm' });
  expect(unchecked(bench)).toEqual([two]);
  await bench.act(lane, { action: 'pack' });
  await bench.scan(lane, 'B00000001');
  expect(await bench.scan(lane, two)).toMatchObject({ code: 'tube-packed' });
  expect(unchecked(bench)).toBeUndefined();
});

test('a label that was checked is an ordinary repeat, but no new tube', async () => {
  const bench = await openLane();
  await closedTube(bench, one, 1);
  await bench.print();
  await bench.scan(lane, one);
  expect(await bench.scan(lane, one)).toMatchObject({ tone: 'repeat', code: 'label-is-checked' });
  await bench.scan(lane, two);
  expect(await bench.scan(lane, one)).toMatchObject({ tone: 'repeat', code: 'label-is-checked' });
  await bench.act(lane, { action: 'void-tube', reason: 'unused' });
  expect(await bench.scan(lane, one)).toMatchObject({ tone: 'refused', code: 'tube-code-used' });
  expect(checks(bench)).toHaveLength(1);
});

test('after a restart, and after a change of shift, it is still asked for; the open tube first', async () => {
  const bench = await openLane();
  await bench.scan(lane, one);
  await bench.scan(lane, person(1));
  await bench.print();
  bench.restart(true);
  expect(unchecked(bench)).toEqual([one]);
  await bench.signIn(lane, 'op-2');
  expect(await bench.scan(lane, one)).toMatchObject({ code: 'tube-confirmed' });
  expect(await bench.scan(lane, one)).toMatchObject({ code: 'label-checked' });
  expect(checks(bench)).toMatchObject([{ data: { operator: 'op-2' } }]);
});

test('a disk that is full, or a power cut: no tone, and it is asked for again', async () => {
  const bench = await openLane();
  await bench.scan(lane, one);
  await bench.print();
  bench.power('refuse');
  expect(await bench.scan(lane, one)).toMatchObject({ tone: 'refused', code: 'not-recorded' });
  expect(unchecked(bench)).toEqual([one]);
  bench.power('off-before');
  await bench.scan(lane, one);
  await bench.scan(lane, one);
  expect(await bench.scan(lane, one)).toMatchObject({ code: 'label-checked' });
  // That it was printed could not be written: then nobody asks.
  await bench.act(lane, { action: 'void-tube', reason: 'unused' });
  await bench.scan(lane, two);
  bench.power('refuse');
  await bench.print();
  expect(unchecked(bench)).toBeUndefined();
});

test('a box: its label is asked for after the seal, and another sealed box is not it', async () => {
  const bench = await openLane();
  for (const [n, tube] of [one, two].entries()) {
    const box = `B0000000${n + 1}`;
    await bench.act(lane, { action: 'sample' });
    await closedTube(bench, tube, n);
    await bench.act(lane, { action: 'pack' });
    for (const code of [box, tube]) await bench.scan(lane, code);
    await bench.act(lane, { action: 'seal' });
    await bench.act(lane, { action: 'count', count: 1 });
    await bench.scan(lane, `S0000000${n + 1}`);
    if (n === 1) await bench.print();
    else bench.effects.length = 0;
  }
  expect(unchecked(bench)).toEqual(['B00000002']);
  expect(await bench.scan(lane, 'B00000001')).toMatchObject({ tone: 'refused', code: 'label-of-other' });
  expect(await bench.scan(lane, 'B00000002')).toMatchObject({ tone: 'ok', code: 'label-checked' });
  expect(await bench.scan(lane, 'B00000002')).toMatchObject({ tone: 'repeat', code: 'label-is-checked' });
});
