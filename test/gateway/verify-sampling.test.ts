/** The log done again against the state that is kept: what is the same, what is too old to tell, and what is wrong. */
import { describe, expect, test } from 'vitest';
import type { Happened } from '../../gateway/lane/events.ts';
import { evolve } from '../../gateway/lane/evolve.ts';
import { createHut, samplingPrefix } from '../../gateway/lane/hut.ts';
import { compareSampling } from '../../gateway/verify-sampling.ts';
import { crowdPerson } from '../../simulators/people.ts';
import { createLaneBench, type LaneBench, type LoggedEvent } from '../support/lane-bench.ts';

const saved = (bench: LaneBench) => new Map([...bench.state()].filter(([key]) => key.startsWith(samplingPrefix)));

function rebuilt(log: readonly LoggedEvent[]): ReadonlyMap<string, string> {
  const hut = createHut();
  for (const { type, data, time, monoMs, bootId, pii } of log) {
    const draft = hut.draft();
    evolve(draft, { type, data, at: { time, monoMs, bootId }, ...(pii && { pii }) } as unknown as Happened);
    hut.apply(draft.changes());
  }
  return hut.dump();
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
