/**
 * The gateway killed with SIGKILL at random moments while a crowd walks through its lanes, and started again at once. Every
 * success tone that was on the screen has its one event at the centre, the events make the state that is kept, nobody is in
 * two open tubes, the screen right after the start says what is open and asks for the tube, and the page is still signed in.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../device-drivers/clock.ts';
import type { LaneView, Said, SayingCode } from '../../gateway/contract/lane.ts';
import { compare } from '../../simulators/crowd/compare.ts';
import { startCrowd } from '../../simulators/crowd.ts';
import { seededRandom } from '../../simulators/random.ts';
import { startCrowdHut } from '../support/crowd-hut.ts';
import { until } from '../support/until.ts';

const kills = Number(process.env.CROWD_KILLS ?? 50);
const seed = Number(process.env.CROWD_SEED ?? Date.now() % 1_000_000);
/** More than two samplers can serve: somebody is always on the way. */
const peoplePerHour = 36_000;
const workBeforeKillMs = 2_000;
const verifyEvery = 10;
const eachKillMs = 60_000;

/** The event that stands behind a success tone. */
const typeBehind: ReadonlyMap<SayingCode, string> = new Map([
  ...(['person-added', 'person-removed', 'person-corrected', 'person-excluded', 'person-diverted'] as const).map(same),
  ...(['tube-opened', 'tube-confirmed', 'tube-closed', 'tube-reopened', 'tube-voided', 'tube-packed'] as const).map(
    same,
  ),
  ...(['box-opened', 'box-sealed', 'box-handed-over', 'session-opened', 'session-closed'] as const).map(same),
  ['tube-full', 'sampling.person-added'],
]);
function same(code: SayingCode): [SayingCode, string] {
  return [code, `sampling.${code}`];
}

test(`killed ${kills} times in a crowd`, { timeout: 120_000 + kills * eachKillMs }, async () => {
  console.log(`seed ${seed} (CROWD_SEED=${seed} repeats the people and the pauses, not the kernel)`);
  const random = seededRandom(seed, 'kills');
  mkdirSync('.data', { recursive: true });
  const dir = mkdtempSync(join(process.cwd(), '.data/crowd-kill-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const hut = await startCrowdHut(dir, { cardMs: [20, 60] });
  onTestFinished(() => hut.stop());

  const tones = new Map<string, Said[]>();
  const silent: Said[] = [];
  const screens: (readonly LaneView[])[] = [];
  const crowd = await startCrowd({
    ...{ url: hut.url, lanes: hut.lanes, act: hut.rack.act, clock: systemClock },
    ...{ seed, peoplePerHour, first: seed },
    said(_lane, said, epoch) {
      if (said.tone !== 'ok' && said.tone !== 'full') return;
      if (!said.event) silent.push(said);
      else {
        const key = `${epoch}/${said.event.seq}`;
        tones.set(key, [...(tones.get(key) ?? []), said]);
      }
    },
    joined: (lanes) => screens.push(lanes),
  });
  onTestFinished(() => crowd.stop());

  const wrongScreens: string[] = [];
  let openTubes = 0;
  for (let killed = 1; killed <= kills; killed += 1) {
    await pause(random() * workBeforeKillMs);
    const inTube = new Map([...crowd.books.tubes()].map((tube) => [tube, crowd.books.inTube(tube).length]));
    const seen = screens.length;
    await hut.gateway().kill('SIGKILL');
    // The state is what the events make of it also in the moment of the kill.
    if (killed % verifyEvery === 0) expect(await hut.verify()).toMatchObject({ code: 0 });
    hut.start();
    const lanes = await until(`the screen after kill ${killed}`, () => screens[seen], eachKillMs);
    for (const { id, phase, tube, next, lastPersons } of lanes) {
      const wrong = (what: string) => wrongScreens.push(`kill ${killed}, ${id}: ${what}`);
      if (phase !== 'open') wrong(`is ${phase}`);
      if (!tube) continue;
      openTubes += 1;
      if (!tube.unconfirmed || next.step !== 'confirm-tube') wrong(`asks for ${next.step}, not for the tube`);
      // One may have come or gone unseen.
      const hands = inTube.get(tube.code) ?? 0;
      if (Math.abs(tube.count - hands) > 1) wrong(`shows ${tube.count}, ${hands} are in ${tube.code}`);
      // Who was taken back is not shown any more.
      if (lastPersons.length > 3 || lastPersons.length < Math.min(3, tube.count) - 1)
        wrong(`shows ${lastPersons.length} of ${tube.count}`);
    }
    await Promise.all(hut.lanes.map(({ scanner }) => crowd.page.ready(scanner)));
  }
  await crowd.close();
  await crowd.closeHut();
  const events = await hut.confirmed();

  const result = compare(crowd.books, hut.ledger, await hut.opener.identities());
  const wrongTones = [...tones].flatMap(([key, said]) => {
    const type = hut.sampled.get(key)?.type;
    const codes = [...new Set(said.map(({ id, code }) => `${id} ${code}`))];
    const fits = codes.length === 1 && type !== undefined && typeBehind.get(said[0]!.code) === type;
    return fits ? [] : [`${codes.join(', ')}: ${type ?? 'no event'}`];
  });
  console.log(
    [
      `killed ${kills} times; ${openTubes} tubes were open at a start, the feed broke ${crowd.page.breaks} times`,
      `persons ${JSON.stringify(result.persons)} ${JSON.stringify(result.outcomes)}`,
      `tubes ${JSON.stringify(result.tubes)}, boxes ${JSON.stringify(result.boxes)}, ${events} events, ${tones.size} success tones seen`,
    ].join('\n'),
  );
  expect(silent).toEqual([]);
  expect(wrongTones).toEqual([]);
  expect(wrongScreens).toEqual([]);
  expect(result.differences).toEqual([]);
  expect(crowd.page.signedOut).toBe(0);
  expect(hut.central.report()).toMatchObject({ gaps: 0, violations: 0 });
  expect(await hut.verify()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sound: /) });
  expect(openTubes).toBeGreaterThan(0);
  expect(await hut.gateway().kill('SIGTERM')).toBe(0);
});
