import { describe, expect, test } from 'vitest';
import { crowdPlan, type PlanSetup, type Visit } from '../../../simulators/crowd/plan.ts';

const setup: PlanSetup = { seed: 7, peoplePerHour: 1_100, lanes: 2, firstPerson: 100 };

function take(count: number, more: Partial<PlanSetup> = {}): Visit[] {
  const visits: Visit[] = [];
  for (const visit of crowdPlan({ ...setup, ...more })) {
    visits.push(visit);
    if (visits.length === count) break;
  }
  return visits;
}
const share = (visits: readonly Visit[], is: (visit: Visit) => boolean) => visits.filter(is).length / visits.length;

describe('a plan', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(take(200)).toEqual(take(200));
    expect(take(200, { seed: 8 })).not.toEqual(take(200));
  });

  test('has some of each kind in every hundred', () => {
    const visits = take(1_000);
    for (let from = 100; from < 1_000; from += 100) {
      const kinds = new Set(visits.slice(from, from + 100).map(({ kind }) => kind));
      expect([...kinds].sort()).toEqual(
        [...['again', 'card', 'child', 'corrected', 'fever', 'paper', 'passport', 'phone', 'single'], 'undone'].concat([
          ...['vaccinated', 'voided', 'wrong-code'],
        ]),
      );
    }
  });

  test('brings people at the rate that was asked for, more of them in a wave', () => {
    const visits = take(6_000);
    const hours = visits.at(-1)!.atMs / 3_600_000;
    expect(6_000 / hours).toBeGreaterThan(1_000);
    expect(6_000 / hours).toBeLessThan(1_150);
    const gaps = visits.map(({ atMs }, n) => atMs - (visits[n - 1]?.atMs ?? 0));
    const mean = (fits: (n: number) => boolean) => {
      const some = gaps.filter((_, n) => fits(n));
      return some.reduce((sum, gap) => sum + gap, 0) / some.length;
    };
    expect(mean((n) => n % 60 < 30)).toBeLessThan(mean((n) => n % 60 >= 30) * 0.8);
  });

  test('leaves the lanes time for everybody', () => {
    const visits = take(6_000);
    const workMs = visits.reduce((sum, { handMs }) => sum + handMs, 0);
    expect(workMs / 2).toBeLessThan(visits.at(-1)!.atMs / 2);
  });

  test('never brings one person twice, but those who come again', () => {
    const visits = take(2_000);
    const fresh = visits.filter(({ kind }) => kind !== 'again').map(({ person }) => person);
    expect(new Set(fresh).size).toBe(fresh.length);
    expect(Math.min(...fresh)).toBe(100);
    const known = new Map(visits.filter(({ kind }) => kind !== 'again').map((visit) => [visit.person, visit]));
    for (const visit of visits.filter(({ kind }) => kind === 'again')) {
      const before = known.get(visit.person)!;
      expect(before.n).toBeLessThan(visit.n);
      expect(before.brings).toBe(visit.brings);
      // Somebody who was sampled, and is sampled no more.
      expect(['phone', 'paper', 'card', 'passport', 'child', 'wrong-code']).toContain(before.kind);
    }
  });

  test('measures a fever where there is one, and nowhere else', () => {
    const visits = take(1_000);
    for (const { kind, celsius } of visits) {
      if (kind === 'fever') expect(celsius).toBeGreaterThanOrEqual(37.3);
      else if (celsius !== undefined) expect(celsius).toBeLessThan(37.3);
    }
    expect(share(visits, ({ celsius }) => celsius !== undefined)).toBeGreaterThan(0.2);
  });
});
