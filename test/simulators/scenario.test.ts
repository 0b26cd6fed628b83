import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../device-drivers/clock.ts';
import { type Rack, type RackEvent, startRack } from '../../simulators/rack.ts';
import { numbered, playScenario, type ScenarioStep } from '../../simulators/scenario.ts';
import { manualClock } from '../support/manual-clock.ts';
import { echoOnly } from './echo.ts';

let dir: string;
let rack: Rack;
let events: RackEvent[];
let told: string[];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-scenario-'));
  const devices = [{ id: 'echo-1', driver: 'echo', paced: false }];
  rack = await startRack({ devices, dir, seed: 7, clock: systemClock, simulators: echoOnly });
  events = [];
  told = [];
  rack.subscribe((event) => events.push(event));
});
afterEach(async () => {
  await rack.stop();
  rmSync(dir, { recursive: true, force: true });
});

type Bare = ScenarioStep extends infer S ? (S extends unknown ? Omit<S, 'path'> : never) : never;
const steps = (...bare: Bare[]) => bare.map((step, at) => ({ ...step, path: ['steps', at] }) as ScenarioStep);
const act = (action: string, args: unknown = {}): Bare => ({ kind: 'act', device: 'echo-1', action, args });
const expectState = (wanted: object, withinMs = 10_000): Bare => ({
  kind: 'expect',
  expect: { device: 'echo-1', withinMs, ...wanted },
});

const play = (some: readonly ScenarioStep[], more: { signal?: AbortSignal } = {}) =>
  playScenario({
    ...{ steps: some, clock: systemClock, random: () => 0.5, told: (what: string) => told.push(what) },
    rack: { ...rack, watch: (listener: (event: RackEvent) => void) => rack.subscribe(listener) },
    signal: new AbortController().signal,
    ...more,
  });

test('steps are done in their order, with the number of the round in texts', async () => {
  const round = steps(act('say', { text: '{n:3}' }));
  expect(await play(steps(act('lid', { open: true }), { kind: 'repeat', times: 11, steps: round }))).toEqual({});
  expect(told).toEqual(['echo-1 lid', ...Array<string>(11).fill('echo-1 say')]);
  expect(rack.state()[0]!.counters.sentBytes).toBe(33);
});

describe('expect', () => {
  test('waits until it is so, by the named keys only', async () => {
    const cable = play(steps(act('unplug'), expectState({ plugged: true, state: { lid: 'open', powered: true } })));
    await rack.act('echo-1', 'lid', { open: true });
    await rack.plug('echo-1');
    expect(await cable).toEqual({});
  });

  test('says what is different, and where, without repeating a text', async () => {
    const wanted = {
      plugged: false,
      state: { lid: 'ZHANG SAN', powered: true, colour: 'red' },
      counters: { sentBytes: 1 },
    };
    const { failed } = await play(steps(act('lid', { open: false }), expectState(wanted, 0), act('unplug')));
    expect(failed?.path).toEqual(['steps', 1]);
    expect(failed?.why).toBe(
      'not within 0 ms: plugged is true, not false, lid is a text of 6 characters, not a text of 9 characters, ' +
        'there is no colour, sentBytes is 0, not 1',
    );
    expect(events.map(({ type }) => type)).toEqual(['acted']);
  });
});

describe('wait', () => {
  test('for an event finds the one that the step before has caused', async () => {
    const wait: Bare = { kind: 'wait', for: { event: 'unplugged', device: 'echo-1', withinMs: 0 } };
    expect(await play(steps(act('unplug'), wait))).toEqual({});
    const { failed } = await play(steps(act('plug'), act('lid', { open: true }), wait));
    expect(failed).toEqual({ path: ['steps', 2], why: 'did not happen within 0 ms: echo-1 unplugged' });
  });

  test('for an action that somebody else does', async () => {
    const watched = play(steps({ kind: 'wait', for: { event: 'acted', action: 'lid', withinMs: 10_000 } }));
    await rack.act('echo-1', 'say', { text: 'x' });
    await rack.act('echo-1', 'lid', { open: true });
    expect(await watched).toEqual({});
  });

  test('takes its time from the clock and, between two times, from the seed', async () => {
    const clock = manualClock();
    const some = steps({ kind: 'wait', for: 100 }, { kind: 'wait', for: [1000, 2000] }, act('lid', { open: true }));
    const playing = playScenario({
      ...{ steps: some, clock, random: () => 0.25, told: () => {}, signal: new AbortController().signal },
      rack: { act: rack.act, state: rack.state, watch() {} },
    });
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    await settled();
    expect(clock.nextDueMs()).toBe(100);
    clock.advance(100);
    await settled();
    expect(clock.nextDueMs()).toBe(1350);
    clock.advance(1249);
    await settled();
    expect(events).toEqual([]);
    clock.advance(1);
    expect(await playing).toEqual({});
  });
});

test('a refused action ends it, and says why', async () => {
  const { failed } = await play(steps(act('unplug'), act('say', { text: 'ZHANG SAN' }), act('plug')));
  expect(failed).toEqual({ path: ['steps', 1], why: 'echo-1 say: the device has no power' });
  expect(rack.state()[0]!.plugged).toBe(false);
});

test('an abort ends waits and endless rounds', async () => {
  const stop = new AbortController();
  const endless = steps({ kind: 'repeat', times: 1_000_000, steps: steps({ kind: 'wait', for: 86_400_000 }) });
  const playing = play(endless, { signal: stop.signal });
  stop.abort();
  expect(await playing).toEqual({});
});

test('round numbers go into texts at any depth, and nowhere else', () => {
  const args = { a: 'T{n:4}', b: ['{n}', 7, null], c: { d: '{n}-{n:2}', n: true } };
  expect(numbered(args, 12)).toEqual({ a: 'T0012', b: ['12', 7, null], c: { d: '12-12', n: true } });
  expect(numbered('{x} {n:} {n:100}', 1)).toBe('{x} {n:} {n:100}');
});
