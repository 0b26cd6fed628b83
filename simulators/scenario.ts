/**
 * A scenario: what people do with the devices of a rack, step by step, what has to come of it, and the player. How one
 * stands in a file is read by `gateway/cli/scenario-file.ts`; the steps are explained in `README.md`.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Clock } from '../device-drivers/clock.ts';
import type { RackEvent } from './rack.ts';
import type { DeviceState } from './slot.ts';

const ms = z.int().min(0).max(86_400_000);
const withinMs = ms.default(5_000);

/** The steps that are no action of a device, by their key; `repeat` has further steps inside. */
export const waitStep = z.union([
  ms,
  z.tuple([ms, ms]).refine(([least, most]) => least <= most, 'must be two times, the shorter one first'),
  z.strictObject({
    event: z.enum(['plugged', 'unplugged', 'acted']),
    device: z.string().optional(),
    action: z.string().optional(),
    withinMs,
  }),
]);
const part = z.record(z.string(), z.json());
export const expectStep = z.strictObject({
  device: z.string(),
  plugged: z.boolean().optional(),
  state: part.optional(),
  counters: part.optional(),
  withinMs,
});
export const repeatStep = z.strictObject({
  times: z.int().min(1).max(1_000_000),
  steps: z.array(z.unknown()).min(1),
});

export type ScenarioStep = { readonly path: readonly PropertyKey[] } & (
  | { readonly kind: 'act'; readonly device: string; readonly action: string; readonly args: unknown }
  | { readonly kind: 'wait'; readonly for: z.output<typeof waitStep> }
  | { readonly kind: 'expect'; readonly expect: z.output<typeof expectStep> }
  | { readonly kind: 'repeat'; readonly times: number; readonly steps: readonly ScenarioStep[] }
);

/** What is played on: a rack in this process, or one in another (`client.ts`). */
export interface ScenarioRack {
  act(id: string, action: string, args: unknown): Promise<unknown>;
  state(): readonly DeviceState[] | Promise<readonly DeviceState[]>;
  /** May resolve when the listener is in its place. */
  watch(listener: (event: RackEvent) => void): unknown;
}

export interface Played {
  /** The step that did not come true, and why in words for a person; undefined when all did. */
  readonly failed?: { readonly path: readonly PropertyKey[]; readonly why: string };
}

export interface Play {
  readonly steps: readonly ScenarioStep[];
  readonly rack: ScenarioRack;
  readonly clock: Clock;
  /** 0 <= x < 1, for waits between two times. */
  readonly random: () => number;
  /** Called before each action and each wait, without its arguments: they may be a person's. */
  readonly told: (what: string) => void;
  readonly signal: AbortSignal;
}

const lookEveryMs = 50;

/** Plays to the end, the first step that fails, or the abort. Rejects only when the rack goes away. */
export async function playScenario({ steps, rack, clock, random, told, signal }: Play): Promise<Played> {
  /** Events since the step before this one began: what an action causes may be over before the wait for it begins. */
  let events: { readonly step: number; readonly event: RackEvent }[] = [];
  let stepsBegun = 0;
  let wake = () => {};
  await rack.watch((event) => {
    events.push({ step: stepsBegun, event });
    wake();
  });

  /** Until `wake`, the abort, or `ms` have passed. */
  const rest = (ms: number) =>
    new Promise<void>((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        wake = () => {};
        resolve();
      };
      const cancel = clock.after(ms, end);
      signal.addEventListener('abort', end);
      wake = end;
    });
  const sleep = async (ms: number) => {
    const untilMs = clock.monotonicMs() + ms;
    while (!signal.aborted && clock.monotonicMs() < untilMs) await rest(untilMs - clock.monotonicMs());
  };

  /** The reason why it did not come true. */
  async function perform(step: Exclude<ScenarioStep, { kind: 'repeat' }>, round: number): Promise<string | undefined> {
    switch (step.kind) {
      case 'act':
        told(`${step.device} ${step.action}`);
        try {
          await rack.act(step.device, step.action, numbered(step.args, round));
          return undefined;
        } catch (error) {
          return (error as Error).message;
        }
      case 'wait':
        return wait(step.for);
      case 'expect':
        return expectState(step.expect);
    }
  }

  async function wait(what: z.output<typeof waitStep>): Promise<string | undefined> {
    if (typeof what === 'number' || Array.isArray(what)) {
      const [least, most] = typeof what === 'number' ? [what, what] : what;
      await sleep(least + random() * (most - least));
      return undefined;
    }
    const name = [what.device ?? 'any device', what.event, what.action].filter(Boolean).join(' ');
    told(`wait for ${name}`);
    const untilMs = clock.monotonicMs() + what.withinMs;
    while (!signal.aborted) {
      if (events.some(({ event }) => isWanted(event, what))) return undefined;
      const leftMs = untilMs - clock.monotonicMs();
      if (leftMs <= 0) return `did not happen within ${what.withinMs} ms: ${name}`;
      await rest(leftMs);
    }
    return undefined;
  }

  async function expectState(wanted: z.output<typeof expectStep>): Promise<string | undefined> {
    told(`expect ${wanted.device}`);
    const untilMs = clock.monotonicMs() + wanted.withinMs;
    while (!signal.aborted) {
      const found = (await rack.state()).find(({ id }) => id === wanted.device);
      if (!found) return `there is no device ${wanted.device}`;
      const { plugged, state, counters } = wanted;
      const differences = [
        ...(plugged === undefined ? [] : differencesOf({ plugged }, { plugged: found.plugged })),
        ...differencesOf(state ?? {}, found.device),
        ...differencesOf(counters ?? {}, found.counters),
      ];
      if (differences.length === 0) return undefined;
      if (clock.monotonicMs() >= untilMs) return `not within ${wanted.withinMs} ms: ${differences.join(', ')}`;
      await rest(lookEveryMs);
    }
    return undefined;
  }

  async function run(some: readonly ScenarioStep[], round: number): Promise<Played> {
    for (const step of some) {
      if (signal.aborted) return {};
      if (step.kind === 'repeat') {
        for (let n = 1; n <= step.times; n++) {
          const inside = await run(step.steps, n);
          if (inside.failed) return inside;
        }
        continue;
      }
      stepsBegun += 1;
      events = events.filter((entry) => entry.step >= stepsBegun - 1);
      const why = await perform(step, round);
      if (why !== undefined) return { failed: { path: step.path, why } };
    }
    return {};
  }
  return run(steps, 1);
}

function isWanted(
  event: RackEvent,
  { event: type, device, action }: { event: string; device?: string; action?: string },
) {
  if (event.type !== type || (device !== undefined && event.id !== device)) return false;
  return action === undefined || (event.type === 'acted' && event.action === action);
}

/** Puts the number of the round, from 1, into the texts of arguments: `{n}`, or with leading zeros `{n:10}`. */
export function numbered(value: unknown, round: number): unknown {
  if (typeof value === 'string')
    return value.replace(/\{n(?::(\d{1,2}))?\}/g, (_, width = '1') => String(round).padStart(Number(width), '0'));
  if (Array.isArray(value)) return value.map((item) => numbered(item, round));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, numbered(item, round)]));
}

/** What of `wanted` is not so in `found`; of objects only the named keys count. Texts are not repeated: they may be a person's. */
function differencesOf(wanted: object, found: object, under = ''): string[] {
  const there = new Map<string, unknown>(Object.entries(found));
  return Object.entries(wanted).flatMap(([key, value]) => {
    const name = `${under}${key}`;
    if (!there.has(key)) return [`there is no ${name}`];
    const is = there.get(key);
    if (isGroup(value) && isGroup(is)) return differencesOf(value, is, `${name}.`);
    return isDeepStrictEqual(value, is) ? [] : [`${name} is ${shown(is)}, not ${shown(value)}`];
  });
}

const isGroup = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function shown(value: unknown): string {
  if (typeof value === 'string') return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' && value !== null ? 'a group' : String(value);
}
