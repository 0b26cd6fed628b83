/**
 * The crowd: 1,100 people an hour through the two lanes of a real gateway process, each of them with exactly one outcome at
 * the centre, and the counts of persons, tubes, boxes and the centre the same. Ten times as fast for a minute if nothing
 * else is said; CROWD_MINUTES=10 CROWD_PER_HOUR=1100 is the real one. CROWD_FSYNC_MS slows the disk (see test/bench).
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../device-drivers/clock.ts';
import { compare } from '../../simulators/crowd/compare.ts';
import { startCrowd } from '../../simulators/crowd.ts';
import { p50p99, spread } from '../bench/measure.ts';
import { hutEnv } from '../bench/processes.ts';
import { startCrowdHut } from '../support/crowd-hut.ts';
import { hutgateBin } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';

const minutes = Number(process.env.CROWD_MINUTES ?? 1);
const peoplePerHour = Number(process.env.CROWD_PER_HOUR ?? 11_000);
const fsyncMs = Number(process.env.CROWD_FSYNC_MS ?? 20);
const seed = Number(process.env.CROWD_SEED ?? Date.now() % 1_000_000);
const visits = Math.round((peoplePerHour * minutes) / 60);
/** A card takes half a second to a second; ten times as fast it would be the only thing there is time for. */
const cardMs = peoplePerHour > 2_000 ? ([20, 60] as const) : undefined;

test('everybody ends in exactly one outcome, and all counts agree', {
  timeout: minutes * 60_000 * 3 + 240_000,
}, async () => {
  console.log(`seed ${seed} (CROWD_SEED=${seed} repeats it)`);
  // On the project's own disk: /tmp may be memory.
  mkdirSync('.data', { recursive: true });
  const dir = mkdtempSync(join(process.cwd(), '.data/crowd-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const hut = await startCrowdHut(dir, { env: hutEnv({ workDir: dir, fsyncMs }), ...(cardMs && { cardMs }) });
  onTestFinished(() => hut.stop());
  const crowd = await startCrowd({
    ...{ url: hut.url, lanes: hut.lanes, act: hut.rack.act, clock: systemClock },
    ...{ seed, peoplePerHour, visits, first: seed },
    // What was said, for who looks into a failure: codes only.
    ...(process.env.CROWD_SAID === '1' && { said: (lane, { tone, code }) => console.log(`${lane} ${tone} ${code}`) }),
  });
  onTestFinished(() => crowd.stop());
  const startMs = performance.now();
  const telling = setInterval(() => console.log(crowd.progress()), 30_000);
  onTestFinished(() => clearInterval(telling));

  await crowd.served;
  const tookMs = performance.now() - startMs;
  await crowd.closeHut();
  const events = await hut.confirmed();

  const result = compare(crowd.books, hut.ledger, await hut.opener.identities());
  const took = crowd.scanToScreenMs();
  console.log(
    [
      `${visits} visits in ${Math.round(tookMs / 1000)} s at ${peoplePerHour}/h, fsync +${fsyncMs} ms`,
      `persons ${JSON.stringify(result.persons)} ${JSON.stringify(result.outcomes)}`,
      `tubes ${JSON.stringify(result.tubes)}, boxes ${JSON.stringify(result.boxes)}, ${events} events`,
      `scan to screen, ${took.length} scans: p50 / p99 ${p50p99(spread(took))}, slowest ${Math.max(...took).toFixed(1)} ms`,
    ].join('\n'),
  );
  expect(result.differences).toEqual([]);
  // A deck of a hundred has some of each.
  if (visits >= 100)
    expect(Object.keys(result.outcomes)).toEqual(
      expect.arrayContaining(['sampled', 'excluded', 'diverted', 'removed']),
    );
  expect(hut.ledger.events).toBe(events);
  expect(hut.central.report()).toMatchObject({ gaps: 0, violations: 0 });
  expect(crowd.page).toMatchObject({ breaks: 0, signedOut: 0 });
  expect(await hut.verify()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sound: /) });
  expect(await hut.gateway().kill('SIGTERM')).toBe(0);
});

test('the demo with a crowd says what it has come to, and at Ctrl-C that all of it agrees, also in its second run', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-demo-crowd-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  for (const run of [1, 2]) {
    const ports = ['--port', '0', '--mqtt-port', '0'];
    const demo = spawn(hutgateBin, ['demo', '--data', dir, ...ports, '--people-per-hour', '7200']);
    onTestFinished(() => void demo.kill('SIGKILL'));
    let out = '';
    demo.stdout.on('data', (chunk) => {
      out += chunk;
    });
    const code = new Promise<number | null>((resolve) => demo.once('exit', resolve));
    await until(`people in run ${run}`, () => /\d+ sampled.*\n.*\d+ sampled/.test(out), 60_000);
    demo.kill('SIGINT');
    expect(await code, out).toBe(0);
    expect(out).toContain('All of it agrees');
    expect(out).not.toContain('410199');
  }
}, 150_000);
