/**
 * Every SW3 code of a card reader, through the whole hut: whatever the reader answers once, the person's card is read at
 * the latest when it is lifted and laid down again, and arrives once. Codes by GA/T 467 and reader headers; 4E is a
 * firmware's own.
 */
import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { dataOf, deviceOf, drained, ready, type WholeHut, wholeHut } from './whole-hut.ts';

type On = 'find' | 'select' | 'read';
/** Code, the command that it answers, and the fault that a technician is told; undefined where trying again is enough. */
const codes: readonly (readonly [sw3: string, on: On, fault: string | undefined])[] = [
  ['10', 'find', undefined],
  ['11', 'read', undefined],
  ['21', 'select', 'reader-refuses-command'],
  ['23', 'read', 'reader-refuses-command'],
  ['24', 'select', undefined],
  ['31', 'select', 'card-not-authenticated'],
  ['32', 'select', 'card-not-authenticated'],
  ['33', 'read', 'card-not-authenticated'],
  ['40', 'find', 'card-wrong-type'],
  ['41', 'read', undefined],
  ['47', 'select', undefined],
  ['4E', 'select', 'reader-refuses-command'],
  ['60', 'find', undefined],
  ['66', 'select', 'reader-unauthorised'],
  ['80', 'select', undefined],
  ['81', 'select', undefined],
  ['91', 'read', 'card-read-failed'],
];
const readers = ['card-1', 'card-2', 'card-3', 'card-4'];

const counters = async (hut: WholeHut, reader: string) => {
  const { readings, faults } = (await deviceOf(hut, reader))!.counters;
  return { readings, faults, faulted: Object.values(faults).reduce((a, b) => a + b, 0) };
};

async function lift(hut: WholeHut, reader: string) {
  await hut.rack.act(reader, 'lift');
  const received = async () => (await hut.rack.state()).find(({ id }) => id === reader)!.counters.receivedBytes;
  const before = await received();
  const findBytes = 10;
  await until('the reader looks again and again', async () => (await received()) >= before + 6 * findBytes);
}

test('each error code of the reader costs a second look or a second try, and no reading', async () => {
  const hut = await wholeHut({
    devices: readers.map((id) => ({
      ...{ id, driver: 'id-sam', options: { pollMs: 100, sameCardWindowMs: 0 } },
      simulator: { options: { findMs: [0, 0], readMs: [0, 0], otherMs: [0, 0] } },
    })),
  });
  hut.start();
  await ready(hut);
  const waiting = [...codes.entries()];
  const again: string[] = [];

  async function work(reader: string) {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [n, [sw3, on, fault]] = next;
      const before = await counters(hut, reader);
      const present = () => hut.rack.act(reader, 'present', { person: `crowd-${n}` });
      const read = async () => (await counters(hut, reader)).readings > before.readings;
      await hut.rack.act(reader, 'fail', { sw3, on });
      await present();
      await until(`${sw3}: a reading or a fault`, async () => {
        const { readings, faulted } = await counters(hut, reader);
        return readings > before.readings || faulted > before.faulted;
      });
      await lift(hut, reader);
      if (!(await read())) {
        again.push(sw3);
        await present();
        await until(`${sw3}: the reading`, read);
        await lift(hut, reader);
      }
      const after = await counters(hut, reader);
      if (fault) expect(after.faults[fault] ?? 0, sw3).toBeGreaterThan(before.faults[fault] ?? 0);
      else expect(after.faults, sw3).toEqual(before.faults);
      expect(after.readings, sw3).toBe(before.readings + 1);
    }
  }
  await Promise.all(readers.map(work));

  await drained(hut, codes.length);
  const references = dataOf(hut, 'reading.card-read').map(({ personRef }) => personRef);
  expect(references).toHaveLength(codes.length);
  expect(new Set(references).size).toBe(codes.length);
  // Nobody is sent away for what the reader can try again by itself. After 66 the reader is opened anew: before or after the lift.
  const tellsFault = codes.filter(([, , fault]) => fault !== undefined).map(([sw3]) => sw3);
  const but66 = (list: readonly string[]) => list.filter((sw3) => sw3 !== '66').sort();
  expect(but66(again)).toEqual(but66(tellsFault));
});
