/**
 * Bench of a whole hut with two lanes and a crowd in it: from the last byte of a scan on the PTY to the lane's change on a
 * page's live feed, by default and with an fsync as slow as an SD card's.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../device-drivers/clock.ts';
import { startCrowd } from '../../simulators/crowd.ts';
import { startCrowdHut } from '../support/crowd-hut.ts';
import { type Spread, spread } from './measure.ts';
import { hutEnv } from './processes.ts';

export interface LaneFigures extends Spread {
  readonly fsyncMs: number;
  readonly scans: number;
}

/** Far more than come: a second for each person and lane. What is slower at this rate is not slower at theirs. */
const peoplePerHour = 7_200;
const visits = 150;
const seed = 1;

export async function benchLane(workDir: string, scale: number): Promise<readonly LaneFigures[]> {
  const figures: LaneFigures[] = [];
  for (const fsyncMs of [0, 20]) {
    const dir = join(workDir, `lane-${fsyncMs}`);
    mkdirSync(dir);
    const hut = await startCrowdHut(dir, { env: hutEnv({ workDir, fsyncMs }), cardMs: [20, 60] });
    try {
      const crowd = await startCrowd({
        ...{ url: hut.url, lanes: hut.lanes, act: hut.rack.act, clock: systemClock },
        ...{ seed, peoplePerHour, visits: Math.ceil(visits * scale), first: 1 },
      });
      await crowd.served;
      crowd.stop();
      const times = crowd.scanToScreenMs();
      figures.push({ ...spread(times), fsyncMs, scans: times.length });
    } finally {
      await hut.stop();
    }
  }
  return figures;
}
