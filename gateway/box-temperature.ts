/**
 * What the probe in a transport box saw since the box was opened: lowest, highest, and how often it was outside by the
 * rule of its cold box. Said when the box is sealed (workflow 3.1, step 8). It is kept beside the state: a new extreme
 * goes into the same commit as its reading, and that reading is stored for it. What was seen while the store took
 * nothing counts all the same, and is kept with the next reading.
 */
import type { Excursion } from './cold-box.ts';
import type { WithReading } from './intake.ts';
import type { BoxEntity } from './lane/entities.ts';
import type { BoxTemperature } from './lane/situation.ts';
import type { StateMove } from './store/store.ts';

export const boxTemperaturePrefix = 'box-temperature/';

export interface BoxProbe {
  readonly device: string;
  /** undefined: every channel of the device. */
  readonly channel?: number | undefined;
}

/** One measurement, or that time went by without one. */
export interface Measured {
  readonly device: string;
  readonly channel: number | undefined;
  /** null: no usable value. */
  readonly celsius: number | null;
  /** In force before it and after it. */
  readonly excursions: readonly (Excursion | null)[];
}

interface Seen extends BoxTemperature {
  /** By sensor, when the excursion that was counted last began: one that goes on is counted once, also over a restart. */
  readonly counted: readonly (readonly [sensor: string, sinceWallMs: number])[];
}

const nothing: Seen = { excursions: 0, counted: [] };

/** Pure. Gives back what it was given when there is nothing new. */
export function saw(before: Seen, { device, channel, celsius, excursions }: Measured): Seen {
  const sensor = `${device}/${channel ?? ''}`;
  let after = before;
  for (const excursion of excursions) {
    if (!excursion || after.counted.some(([of, since]) => of === sensor && since === excursion.sinceWallMs)) continue;
    const others = after.counted.filter(([of]) => of !== sensor);
    const counted = [...others, [sensor, excursion.sinceWallMs] as const];
    after = { ...after, excursions: after.excursions + 1, counted };
  }
  if (celsius === null || (celsius >= (after.min ?? Infinity) && celsius <= (after.max ?? -Infinity))) return after;
  return { ...after, min: Math.min(celsius, after.min ?? celsius), max: Math.max(celsius, after.max ?? celsius) };
}

export interface BoxTemperaturesSetup {
  /** By lane. */
  readonly probes: ReadonlyMap<string, BoxProbe>;
  /** All boxes that the hut knows, as they are now. */
  readonly boxes: () => Iterable<BoxEntity>;
  /** What the store has under `boxTemperaturePrefix`. */
  readonly saved: ReadonlyMap<string, string>;
  /** A screen may show something else now. */
  readonly changed: () => void;
}

export interface BoxTemperatures {
  /** undefined: there is nothing to keep. Otherwise the reading is to be stored, with this. */
  measured(measured: Measured): WithReading | undefined;
  /** Time went by; there is no reading to keep anything with. */
  passed(measured: Measured): void;
  /** undefined: no probe was ever with it. Without a usable value `min` and `max` are left out. */
  of(box: BoxEntity): BoxTemperature | undefined;
}

export function createBoxTemperatures({ probes, boxes, saved, changed }: BoxTemperaturesSetup): BoxTemperatures {
  const seen = new Map<string, Seen>();
  /** As the store has it, or will have it when what is on its way is committed. */
  const kept = new Map<string, string>();
  for (const [key, text] of saved) {
    const code = key.slice(boxTemperaturePrefix.length);
    seen.set(code, JSON.parse(text) as Seen);
    kept.set(code, text);
  }
  const probeOf = ({ lane }: BoxEntity) => (lane === undefined ? undefined : probes.get(lane));

  function passed(measured: Measured): void {
    let isNew = false;
    for (const box of boxes()) {
      const probe = box.state === 'open' ? probeOf(box) : undefined;
      if (!probe || !isOf(probe, measured)) continue;
      const before = seen.get(box.code) ?? nothing;
      const after = saw(before, measured);
      if (after === before) continue;
      seen.set(box.code, after);
      isNew = true;
    }
    if (isNew) changed();
  }

  /** What the store does not have, and what it has of boxes that left. */
  function toKeep(): StateMove[] {
    const here = new Set<string>();
    for (const { code, state } of boxes()) if (state !== 'handed-over') here.add(code);
    for (const code of seen.keys()) if (!here.has(code)) seen.delete(code);
    const moves: StateMove[] = [];
    for (const code of kept.keys()) if (!here.has(code)) moves.push({ key: boxTemperaturePrefix + code, value: null });
    for (const [code, now] of seen) {
      const value = JSON.stringify(now);
      if (value !== kept.get(code)) moves.push({ key: boxTemperaturePrefix + code, value });
    }
    return moves;
  }

  return {
    passed,
    measured(measured) {
      passed(measured);
      const moves = toKeep();
      if (moves.every(({ value }) => value === null)) return undefined;
      const before = moves.map(({ key }) => [key, kept.get(key.slice(boxTemperaturePrefix.length))] as const);
      for (const { key, value } of moves) keep(key, value ?? undefined);
      return {
        moves,
        settled(isCommitted) {
          if (!isCommitted) for (const [key, value] of before) keep(key, value);
        },
      };
    },
    of(box) {
      const { min, max, excursions } = seen.get(box.code) ?? nothing;
      if (min === undefined || max === undefined) return probeOf(box) && { excursions };
      return { min, max, excursions };
    },
  };

  function keep(key: string, value: string | undefined): void {
    const code = key.slice(boxTemperaturePrefix.length);
    if (value === undefined) kept.delete(code);
    else kept.set(code, value);
  }
}

/** What befalls a device as a whole befalls each of its channels. */
const isOf = (probe: BoxProbe, { device, channel }: Measured) =>
  probe.device === device && (probe.channel === undefined || channel === undefined || probe.channel === channel);
