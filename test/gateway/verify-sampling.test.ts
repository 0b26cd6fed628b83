/** The log done again against the state that is kept: what is the same, what is too old to tell, and what is wrong. */
import { describe, expect, test } from 'vitest';
import type { Happened } from '../../gateway/lane/events.ts';
import { samplingPrefix } from '../../gateway/lane/hut.ts';
import { storeFile } from '../../gateway/store/directory.ts';
import { openSqlite } from '../../gateway/store/sqlite.ts';
import { compareSampling, createReplay, verifySampling } from '../../gateway/verify-sampling.ts';
import { crowdPerson } from '../../simulators/people.ts';
import { createLaneBench, type LaneBench, type LoggedEvent } from '../support/lane-bench.ts';
import { draft, hour, limits, open, tempDir } from './store/support/fixture.ts';

const saved = (bench: LaneBench) => new Map([...bench.state()].filter(([key]) => key.startsWith(samplingPrefix)));

function rebuilt(log: readonly LoggedEvent[]) {
  const replay = createReplay();
  for (const { type, data, time, monoMs, bootId, pii } of log)
    replay.add({ type, data, at: { time, monoMs, bootId }, ...(pii && { pii }) } as unknown as Happened);
  return replay.rebuilt();
}

async function workedHut(): Promise<LaneBench> {
  const bench = createLaneBench();
  await bench.signIn('lane-1', 'op-1');
  for (const tube of ['T0000000001', 'T0000000002']) {
    await bench.scan('lane-1', tube);
    for (let n = 0; n < 5; n += 1) {
      const { idNumber, name } = crowdPerson(n + (tube.endsWith('2') ? 10 : 0));
      await bench.scan('lane-1', `QR:${idNumber}|${name}|`);
    }
  }
  await bench.act('lane-1', { action: 'pack' });
  await bench.scan('lane-1', 'B00000001');
  await bench.scan('lane-1', 'T0000000001');
  return bench;
}

describe('the state against the log', () => {
  test('is the same after work, and after a restart', async () => {
    const bench = await workedHut();
    bench.restart(true);
    const { same, older, problems } = compareSampling(saved(bench), rebuilt(bench.log), false);
    expect(problems).toEqual([]);
    expect(older).toBe(0);
    expect(same).toBe(4);
  });

  test('a person who was slipped into the state is named by tube, not by person', async () => {
    const bench = await workedHut();
    const key = `${samplingPrefix}tube/T0000000002`;
    bench.spoil((state) => {
      const tube = JSON.parse(state.get(key)!);
      state.set(key, JSON.stringify({ ...tube, roster: tube.roster.slice(1) }));
    });
    const { problems } = compareSampling(saved(bench), rebuilt(bench.log), false);
    expect(problems).toEqual(['tube/T0000000002: the log makes another state of it (roster)']);
  });

  test('what no event made, and what the state lost, is wrong', async () => {
    const bench = await workedHut();
    bench.spoil((state) => {
      state.set(`${samplingPrefix}box/B99999999`, '{}');
      state.delete(`${samplingPrefix}tube/T0000000001`);
    });
    const { problems } = compareSampling(saved(bench), rebuilt(bench.log), false);
    expect(problems).toEqual([
      'box/B99999999: is in the state, and no event made it',
      'tube/T0000000001: an event made it, and the state does not have it',
    ]);
  });

  test('what began before the log is counted, and the rest is compared all the same', async () => {
    const bench = await workedHut();
    const second = bench.log.findIndex(({ subject }) => subject === 'T0000000002');
    const { same, older, problems } = compareSampling(saved(bench), rebuilt(bench.log.slice(second)), true);
    expect(problems).toEqual([]);
    // The second tube and the box are whole in it; the first tube and the session of the lane are older.
    expect({ same, older }).toEqual({ same: 2, older: 2 });
  });

  test('a waiting group is the same when the log has lost its sealed parts', async () => {
    const bench = createLaneBench({ campaign: { flow: 'people-first' } });
    await bench.signIn('lane-1', 'op-1');
    const { idNumber, name } = crowdPerson(3);
    await bench.scan('lane-1', `QR:${idNumber}|${name}|`);
    const purged = bench.log.map(({ pii: _, ...event }) => event);
    expect(compareSampling(saved(bench), rebuilt(purged), false).problems).toEqual([]);
  });
});

/** A hut with a real file, in which time passes: the uplink confirms or does not, what is confirmed is purged after three days. */
function hutOnDisk() {
  const dir = tempDir();
  const origin = { region: 'jinshui', gateway: 'hut-0417', bootId: 'boot-1' };
  const { database, release } = open(dir, { origin });
  const last = () => database.status().streams.find(({ stream }) => stream === 'sampling')!.lastSeq;
  const bench = createLaneBench({
    store: {
      append: (drafts, moves) => void database.append([{ drafts, moves }]),
      keptLog() {
        const first = database.batches('sampling', 0, { ...limits, eventsMax: 1, batchesMax: 1 })[0]?.first;
        return { first: first ?? last() + 1, last: last() };
      },
    },
  });
  /** A day as a hut has it: housekeeping, and a machine that is switched on in the morning. */
  async function days(count: number): Promise<void> {
    for (let day = 0; day < count; day += 1) {
      while (database.retain(bench.now()));
      bench.wait(24 * hour);
      while (database.retain(bench.now()));
      bench.restart();
      await bench.settled();
    }
  }
  return {
    ...{ bench, dir, database, days, last },
    confirmAll: () => database.confirm('sampling', last()),
    close() {
      database.close();
      release();
    },
  };
}

/** From the tube to the courier. */
async function fillAndHandOver(bench: LaneBench, n: number): Promise<void> {
  const [tube, box, seal] = [
    `T${String(n).padStart(10, '0')}`,
    `B${String(n).padStart(8, '0')}`,
    `S${String(n).padStart(8, '0')}`,
  ];
  await bench.signIn('lane-1', 'op-1');
  await bench.act('lane-1', { action: 'sample' });
  await bench.scan('lane-1', tube);
  await bench.scan('lane-1', tube);
  const { idNumber, name } = crowdPerson(n);
  await bench.scan('lane-1', `QR:${idNumber}|${name}|`);
  await bench.act('lane-1', { action: 'close-tube' });
  await bench.act('lane-1', { action: 'pack' });
  await bench.scan('lane-1', box);
  await bench.scan('lane-1', tube);
  await bench.act('lane-1', { action: 'seal' });
  await bench.act('lane-1', { action: 'count', count: 1 });
  await bench.scan('lane-1', seal);
  await bench.act('lane-1', { action: 'hand-over' });
  await bench.scan('lane-1', 'CR000001');
  const said = await bench.act('lane-1', { action: 'count', count: 1 });
  expect(said?.code).toBe('box-handed-over');
}

const tubesOf = (bench: LaneBench) =>
  [...bench.state()].filter(([key]) => key.startsWith(`${samplingPrefix}tube/`)).map(([, text]) => JSON.parse(text));

describe('after what left is forgotten, on a real file', () => {
  test('an uplink that is down for 40 days: nothing is forgotten, everything is the same', async () => {
    const { bench, dir, days, close } = hutOnDisk();
    await fillAndHandOver(bench, 1);
    await days(40);
    expect(tubesOf(bench)).toMatchObject([{ state: 'handed-over', roster: [{ slot: 1 }] }]);
    expect(verifySampling(dir)).toEqual({ same: 3, older: 0, problems: [] });
    // Nor may its code be used for another tube while the centre has not even heard of the first.
    await bench.act('lane-1', { action: 'sample' });
    await bench.signIn('lane-1', 'op-1');
    await bench.act('lane-1', { action: 'sample' });
    expect((await bench.scan('lane-1', 'T0000000001'))?.code).toBe('tube-code-used');
    close();
  });

  test('some is confirmed and purged, some is not: each is compared with what is left of the log', async () => {
    const { bench, dir, days, confirmAll, close } = hutOnDisk();
    await fillAndHandOver(bench, 1);
    confirmAll();
    // Switched off at night: three days later the log has let go, and the roster goes.
    await days(5);
    expect(tubesOf(bench)).toMatchObject([{ code: 'T0000000001', roster: [] }]);
    expect(verifySampling(dir)).toEqual({ same: 0, older: 3, problems: [] });
    // From here on the uplink is down.
    await fillAndHandOver(bench, 2);
    expect(verifySampling(dir)).toMatchObject({ same: 2, problems: [] });
    await days(30);
    expect(tubesOf(bench).map(({ code }) => code)).toEqual(['T0000000001', 'T0000000002']);
    await days(10);
    // The code of the first is free now; the second is kept whole until it is confirmed.
    expect(tubesOf(bench)).toMatchObject([{ code: 'T0000000002', roster: [{ slot: 1 }] }]);
    expect(verifySampling(dir)).toEqual({ same: 2, older: 1, problems: [] });
    confirmAll();
    await days(41);
    expect(tubesOf(bench)).toEqual([]);
    expect(verifySampling(dir)).toMatchObject({ same: 0, problems: [] });
    close();
  });

  test('a tube of a hut with the date of 1970 is not forgotten when the clock is right again', async () => {
    const { bench, dir, days, confirmAll, close } = hutOnDisk();
    const { wallMs } = bench.now();
    bench.setWallClock(0);
    await fillAndHandOver(bench, 1);
    bench.setWallClock(wallMs, true);
    confirmAll();
    await days(2);
    expect(tubesOf(bench)).toMatchObject([{ roster: [{ slot: 1 }] }]);
    expect(verifySampling(dir)).toEqual({ same: 3, older: 0, problems: [] });
    close();
  });

  test('damage is not taken for forgetting: a tube, a box or a roster that is gone while the log has it', async () => {
    const { bench, dir, days, database, confirmAll, close } = hutOnDisk();
    await fillAndHandOver(bench, 1);
    confirmAll();
    await days(5);
    await fillAndHandOver(bench, 2);
    await days(40);
    const key = `${samplingPrefix}tube/T0000000002`;
    const tube = JSON.parse(bench.state().get(key)!);
    const forgotten = JSON.stringify({ ...tube, roster: [], left: { bySeq: 1, since: tube.roster[0].at } });
    database.append([{ drafts: [], moves: [{ key, value: forgotten }] }]);
    expect(verifySampling(dir).problems).toEqual(['tube/T0000000002: the log makes another state of it (roster)']);
    database.append([
      {
        drafts: [],
        moves: [
          { key, value: null },
          { key: `${samplingPrefix}box/B00000002`, value: null },
        ],
      },
    ]);
    expect(verifySampling(dir).problems).toEqual([
      'tube/T0000000002: an event made it, and the state does not have it',
      'box/B00000002: an event made it, and the state does not have it',
    ]);
    close();
  });

  test('an event that no broker takes was set aside, and still counts', async () => {
    const { bench, dir, database, confirmAll, days, close } = hutOnDisk();
    await fillAndHandOver(bench, 1);
    const opened = bench.log.find(({ type }) => type === 'sampling.tube-opened')!;
    const aside = (seq: number) => database.quarantine('sampling', seq, 'refused', draft('audit', seq));
    aside(opened.seq);
    expect(verifySampling(dir)).toEqual({ same: 3, older: 0, problems: [] });
    // The last one too, and the first.
    aside(bench.log.length);
    aside(1);
    expect(verifySampling(dir)).toEqual({ same: 3, older: 0, problems: [] });
    confirmAll();
    await days(5);
    await fillAndHandOver(bench, 2);
    expect(verifySampling(dir)).toMatchObject({ same: 2, problems: [] });
    close();
  });

  test('a file that was salvaged goes on without the events that were confirmed', async () => {
    const { bench, dir, database: before, confirmAll, close } = hutOnDisk();
    await fillAndHandOver(bench, 1);
    confirmAll();
    await bench.act('lane-1', { action: 'sample' });
    await bench.scan('lane-1', 'T0000000002');
    before.append([{ drafts: [draft('audit', 1)], moves: [] }]);
    close();
    const file = openSqlite(storeFile(dir));
    file.exec("UPDATE event_audit SET body = 'spoilt'");
    file.close();
    const { database, release } = open(dir, { origin: { region: 'jinshui', gateway: 'hut-0417', bootId: 'boot-1' } });
    const sampling = database.status().streams.find(({ stream }) => stream === 'sampling');
    expect(sampling).toMatchObject({ lastSeq: 1, confirmedSeq: 0 });
    expect(verifySampling(dir)).toEqual({ same: 1, older: 3, problems: [] });
    database.close();
    release();
  });
});

describe('a log that is cut', () => {
  /** What the log from `type` on makes, against the state. */
  const from = (bench: LaneBench, type: string) =>
    compareSampling(saved(bench), rebuilt(bench.log.slice(bench.log.findIndex((event) => event.type === type))), true);

  test('in the middle of a box: its tubes are as far as the state says', async () => {
    const bench = createLaneBench();
    await fillAndHandOver(bench, 1);
    for (const type of new Set(bench.log.map(({ type }) => type))) expect(from(bench, type).problems).toEqual([]);
    expect(from(bench, 'sampling.tube-opened')).toMatchObject({ same: 2 });
  });

  test('before a box is opened again', async () => {
    const bench = await workedHut();
    await bench.act('lane-1', { action: 'seal' });
    await bench.act('lane-1', { action: 'count', count: 1 });
    await bench.scan('lane-1', 'S00000001');
    const cut = bench.log.length;
    await bench.act('lane-1', { action: 'reopen-box', reason: 'seal-broken' });
    expect((await bench.scan('lane-1', 'B00000001'))?.code).toBe('box-reopened');
    await bench.scan('lane-1', 'T0000000002');
    expect(compareSampling(saved(bench), rebuilt(bench.log.slice(cut)), true).problems).toEqual([]);
  });

  test('with a tube in hand that the next operator voids', async () => {
    const bench = createLaneBench();
    await bench.signIn('lane-1', 'op-1');
    await bench.scan('lane-1', 'T0000000001');
    const person = (n: number) => `QR:${crowdPerson(n).idNumber}|${crowdPerson(n).name}|`;
    await bench.scan('lane-1', person(1));
    const cut = bench.log.length;
    await bench.signIn('lane-1', 'op-2');
    const cutCompare = () => compareSampling(saved(bench), rebuilt(bench.log.slice(cut)), true).problems;
    expect(cutCompare()).toEqual([]);
    await bench.scan('lane-1', 'T0000000001');
    await bench.scan('lane-1', person(2));
    expect(cutCompare()).toEqual([]);
    await bench.act('lane-1', { action: 'void-tube', reason: 'leaked' });
    await bench.act('lane-1', { action: 'confirm' });
    expect(cutCompare()).toEqual([]);
    expect(bench.view('lane-1').session?.persons).toBe(0);
  });

  test('with a group that goes on', async () => {
    const bench = createLaneBench({ campaign: { flow: 'people-first' } });
    await bench.signIn('lane-1', 'op-1');
    const person = (n: number) => `QR:${crowdPerson(n).idNumber}|${crowdPerson(n).name}|`;
    await bench.scan('lane-1', person(1));
    const cut = bench.log.length;
    await bench.scan('lane-1', person(2));
    await bench.signIn('lane-1', 'op-2');
    expect(compareSampling(saved(bench), rebuilt(bench.log.slice(cut)), true).problems).toEqual([]);
  });
});
