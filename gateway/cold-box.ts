/**
 * The rule of a cold box: what one probe's readings say about whether the samples in it are still good. Pure: readings and
 * moments in, state and what is to be said out. Samples are kept at 2 to 8 °C (WHO, CDC and 国家卫健委 〔2020〕313 agree); a
 * box that is opened is outside for seconds, so only a longer time is an excursion, but freezing is one at once.
 *
 * Intervals are monotonic: a step of the wall clock neither makes an excursion nor hides one.
 */
export interface BoxRule {
  readonly minC: number;
  readonly maxC: number;
  /** An excursion is over when the value is this far inside the limits. */
  readonly hysteresisC: number;
  /** Outside the limits for so long is an excursion. */
  readonly afterMs: number;
  /** What begins while the door was opened no longer ago than this is no excursion before it is over; freezing is. */
  readonly doorGraceMs: number;
  /** Below is an excursion at once. Of no account for a box that is to be colder. */
  readonly freezingC: number;
  /** Without a usable value for so long the sensor is lost, which is an excursion too: nobody knows better. */
  readonly lostAfterMs: number;
  /** A reading is kept this often, and at once when it moves over a limit. */
  readonly keepEveryMs: number;
}

export interface Moment {
  readonly wallMs: number;
  readonly monoMs: number;
}

export type ExcursionReason = 'too-warm' | 'too-cold' | 'freezing' | 'sensor-lost';

export interface Excursion {
  readonly reason: ExcursionReason;
  readonly sinceWallMs: number;
  /** The value farthest outside; null while there was none outside. */
  readonly extremeC: number | null;
}

export interface BoxState {
  readonly excursion: Excursion | null;
  /** Outside the limits, not yet for long enough. */
  readonly outside: {
    readonly since: Moment;
    readonly extremeC: number;
    /** Monotonic, of the opening before it began: opening the door again does not put it off. Absent: none is known. */
    readonly graceEndsMs?: number;
  } | null;
  readonly lastValue: Moment;
  /** false: there may be no sensor at all, so none can be lost. */
  readonly isWatched: boolean;
  readonly kept: { readonly monoMs: number; readonly zone: Zone } | null;
}

export interface Said {
  readonly state: 'began' | 'ended';
  readonly excursion: Excursion;
  readonly celsius: number | null;
  readonly at: Moment;
}

type Zone = 'none' | 'freezing' | 'cold' | 'inside' | 'warm';

export const bornBox = (at: Moment, isWatched: boolean): BoxState => ({
  ...{ excursion: null, outside: null, kept: null },
  ...{ lastValue: at, isWatched },
});

const isFreezing = (celsius: number, { freezingC, minC }: BoxRule) => celsius < freezingC && freezingC <= minC;

function zoneOf(celsius: number | null, rule: BoxRule): Zone {
  if (celsius === null) return 'none';
  if (isFreezing(celsius, rule)) return 'freezing';
  if (celsius < rule.minC) return 'cold';
  return celsius > rule.maxC ? 'warm' : 'inside';
}

const reasons = { freezing: 'freezing', cold: 'too-cold', warm: 'too-warm' } as const;

const farther = (a: number | null, b: number, { minC, maxC }: BoxRule): number => {
  const beyond = (celsius: number) => Math.max(minC - celsius, celsius - maxC);
  return a === null || beyond(b) > beyond(a) ? b : a;
};

/** A reading: `celsius` null where the sensor gave no usable value; `openedMs`, monotonic: when the door was opened last. */
export function readBox(before: BoxState, celsius: number | null, at: Moment, rule: BoxRule, openedMs?: number) {
  const { state, said } = celsius === null ? passBox(before, at, rule) : valued(before, celsius, at, rule, openedMs);
  const zone = zoneOf(celsius, rule);
  const { kept } = before;
  const isKept = !kept || said !== null || kept.zone !== zone || at.monoMs - kept.monoMs >= rule.keepEveryMs;
  return { state: isKept ? { ...state, kept: { monoMs: at.monoMs, zone } } : state, said, isKept };
}

/** Time passes without a usable value. */
export function passBox(before: BoxState, at: Moment, rule: BoxRule): { state: BoxState; said: Said | null } {
  const isLost = before.isWatched && at.monoMs - before.lastValue.monoMs >= rule.lostAfterMs;
  if (before.excursion || !isLost) return { state: before, said: null };
  const excursion: Excursion = {
    reason: 'sensor-lost',
    sinceWallMs: before.lastValue.wallMs,
    extremeC: before.outside?.extremeC ?? null,
  };
  return { state: { ...before, excursion, outside: null }, said: { state: 'began', excursion, celsius: null, at } };
}

function valued(
  before: BoxState,
  celsius: number,
  at: Moment,
  rule: BoxRule,
  openedMs: number | undefined,
): { state: BoxState; said: Said | null } {
  const state: BoxState = { ...before, lastValue: at, isWatched: true };
  const zone = zoneOf(celsius, rule);
  const isInside = zone === 'inside' || zone === 'none';

  if (before.excursion) {
    const { extremeC } = before.excursion;
    // A lost sensor that comes back inside has nothing to come back from.
    const marginC = extremeC === null ? 0 : rule.hysteresisC;
    if (celsius >= rule.minC + marginC && celsius <= rule.maxC - marginC) {
      const said: Said = { state: 'ended', excursion: before.excursion, celsius, at };
      return { state: { ...state, excursion: null }, said };
    }
    if (isInside) return { state, said: null };
    return {
      state: { ...state, excursion: { ...before.excursion, extremeC: farther(extremeC, celsius, rule) } },
      said: null,
    };
  }

  if (isInside) return { state: { ...state, outside: null }, said: null };
  const { since, graceEndsMs } = before.outside ?? {
    since: at,
    ...(openedMs !== undefined && { graceEndsMs: openedMs + rule.doorGraceMs }),
  };
  const extremeC = farther(before.outside?.extremeC ?? null, celsius, rule);
  const isGrace = graceEndsMs !== undefined && at.monoMs < graceEndsMs;
  if (zone !== 'freezing' && (at.monoMs - since.monoMs < rule.afterMs || isGrace)) {
    const outside = { since, extremeC, ...(graceEndsMs !== undefined && { graceEndsMs }) };
    return { state: { ...state, outside }, said: null };
  }
  const excursion: Excursion = { reason: reasons[zone], sinceWallMs: since.wallMs, extremeC };
  return { state: { ...state, excursion, outside: null }, said: { state: 'began', excursion, celsius, at } };
}
