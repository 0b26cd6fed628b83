/**
 * The cold boxes of a hut, between the devices and the intake: thins the readings of their probes, and says when an
 * excursion begins and ends. The state of a box moves in the same commit as the event that says so, and what the store
 * refused is said again: a restart or a full disk neither repeats nor loses a `began` or an `ended`.
 */
import type { Clock } from '../device-drivers/clock.ts';
import type { Reading } from '../device-drivers/driver.ts';
import type { BoxTemperatures } from './box-temperature.ts';
import {
  type BoxRule,
  type BoxState,
  bornBox,
  type Excursion,
  type Moment,
  passBox,
  readBox,
  type Said,
} from './cold-box.ts';
import type { EventData } from './contract/events.ts';
import type { Intake, WithReading } from './intake.ts';
import type { ReadingEvent } from './reading-event.ts';
import { summaryOf } from './summary.ts';
import { rfc3339 } from './wall-time.ts';

export interface ColdBox extends BoxRule {
  readonly device: string;
  /** undefined: every channel of the device, each by itself. */
  readonly channel?: number | undefined;
  /** Device id of the contact on its door. */
  readonly door?: string | undefined;
}

export interface ColdBoxesSetup {
  readonly boxes: readonly ColdBox[];
  readonly intake: Pick<Intake, 'accept' | 'record'>;
  /** The transport boxes that the probes are in. */
  readonly transport?: Pick<BoxTemperatures, 'measured' | 'passed'> | undefined;
  readonly clock: Clock;
  readonly bootId: string;
  /** What the store has under `coldBoxPrefix`. */
  readonly saved: ReadonlyMap<string, string>;
}

export interface ColdBoxes {
  /** Every reading of the hut; those that are of no box go on as they are. */
  accept(device: string, reading: Reading, at: Moment): void;
  stop(): void;
}

export const coldBoxPrefix = 'cold-box/';
/** How often is looked whether a sensor was lost. */
const lookEveryMs = 1_000;

const keyOf = (device: string, channel: number | undefined) => `${coldBoxPrefix}${device}/${channel ?? ''}`;

/** What a restart must not forget. Monotonic moments are worth nothing after a reboot. */
interface Saved {
  readonly bootId: string;
  readonly minC: number;
  readonly maxC: number;
  readonly excursion: Excursion | null;
  readonly outside: BoxState['outside'];
}

interface Watched {
  readonly key: string;
  readonly device: string;
  readonly channel: number | undefined;
  readonly rule: ColdBox;
  state: BoxState;
  /** Not committed yet, oldest first, each with what is to be saved with it. An alarm a minute at most: it stays short. */
  readonly unsaid: { readonly said: Said; readonly saved: string | null }[];
  isSaying: boolean;
  /** As the store has it. */
  saved: string | null;
}

export function createColdBoxes({ boxes, intake, transport, clock, bootId, saved }: ColdBoxesSetup): ColdBoxes {
  const watched = new Map<string, Watched>();
  /** When each door was opened last, by its device; monotonic. */
  const openedMs = new Map<string, number>();
  const now = (): Moment => ({ wallMs: clock.wallMs(), monoMs: clock.monotonicMs() });
  const ruleOf = (device: string, channel: number | undefined) =>
    boxes.find((box) => box.device === device && box.channel === channel) ??
    boxes.find((box) => box.device === device && box.channel === undefined);

  const watch = (device: string, channel: number | undefined, rule: ColdBox, isWatched: boolean): Watched => {
    const key = keyOf(device, channel);
    const text = saved.get(key);
    const born = bornBox(now(), isWatched);
    const state = text === undefined ? born : restored(text, born, bootId);
    const box = { ...{ key, device, channel, rule, state }, unsaid: [], isSaying: false, saved: text ?? null };
    watched.set(key, box);
    return box;
  };

  const toSave = ({ state: { excursion, outside }, rule: { minC, maxC } }: Watched): string | null =>
    excursion || outside ? JSON.stringify({ bootId, minC, maxC, excursion, outside } satisfies Saved) : null;

  const say = (box: Watched, said: Said) => {
    box.unsaid.push({ said, saved: toSave(box) });
    sayNext(box);
  };
  const sayNext = (box: Watched) => {
    const [next] = box.unsaid;
    if (!next || box.isSaying) return;
    box.isSaying = true;
    intake.record(box.device, excursionEvent(box.device, box.channel, next.said, box.rule), next.said.at, {
      moves: [{ key: box.key, value: next.saved }],
      settled(isCommitted) {
        box.isSaying = false;
        if (!isCommitted) return;
        box.saved = next.saved;
        box.unsaid.shift();
        sayNext(box);
      },
    });
  };

  /** With what changed since the last commit, but never ahead of an event that is still to be said. */
  const keep = (box: Watched, reading: Reading, at: Moment, more: WithReading | undefined) => {
    const value = toSave(box);
    const isMoved = value !== box.saved && box.unsaid.length === 0;
    intake.accept(box.device, reading, at, {
      moves: [...(isMoved ? [{ key: box.key, value }] : []), ...(more?.moves ?? [])],
      settled(isCommitted) {
        if (isCommitted && isMoved) box.saved = value;
        more?.settled?.(isCommitted);
      },
    });
  };

  /** The device as a whole was waited for until one of its channels showed itself. */
  const endWaiting = (device: string, celsius: number, at: Moment) => {
    const waiting = watched.get(keyOf(device, undefined));
    if (!waiting?.state.isWatched) return;
    const { excursion } = waiting.state;
    waiting.state = { ...bornBox(at, false), kept: waiting.state.kept };
    if (excursion) say(waiting, { state: 'ended', excursion, celsius, at });
  };

  const accept = (device: string, reading: Reading, at: Moment) => {
    if (reading.type === 'input' && reading.input === 'door' && reading.level === 1) openedMs.set(device, at.monoMs);
    const rule = reading.type === 'temperature' ? ruleOf(device, reading.channel) : undefined;
    if (reading.type !== 'temperature' || !rule) {
      intake.accept(device, reading, at);
      return;
    }
    const { channel } = reading;
    const celsius = reading.quality === 'invalid' ? null : reading.celsius;
    const box = watched.get(keyOf(device, channel)) ?? watch(device, channel, rule, false);
    if (channel !== undefined && celsius !== null && rule.channel === undefined) endWaiting(device, celsius, at);
    const before = box.state.excursion;
    const { state, said, isKept } = readBox(box.state, celsius, at, rule, openedMs.get(rule.door ?? ''));
    box.state = state;
    if (said) say(box, said);
    else sayNext(box);
    // What the store refused to save is saved with the next reading.
    const isStale = box.unsaid.length === 0 && (toSave(box) === null) !== (box.saved === null);
    const extreme = transport?.measured({ device, channel, celsius, excursions: [before, state.excursion] });
    if (isKept || isStale || extreme) keep(box, reading, at, extreme);
  };

  const look = () => {
    const at = now();
    for (const box of watched.values()) {
      const { state, said } = passBox(box.state, at, box.rule);
      box.state = state;
      if (said) say(box, said);
      const { device, channel } = box;
      transport?.passed({ device, channel, celsius: null, excursions: [state.excursion] });
    }
    cancelLook = clock.after(lookEveryMs, look);
  };
  let cancelLook = boxes.length > 0 ? clock.after(lookEveryMs, look) : () => {};

  for (const [key, text] of saved) {
    const [device = '', channelText = ''] = key.slice(coldBoxPrefix.length).split('/');
    const channel = channelText === '' ? undefined : Number(channelText);
    const rule = ruleOf(device, channel);
    if (rule) watch(device, channel, rule, true);
    else forget(key, device, channel, text);
  }
  for (const box of boxes) {
    const isKnown = [...watched.values()].some(
      ({ device, channel }) => device === box.device && (box.channel === undefined || channel === box.channel),
    );
    if (!isKnown) watch(box.device, box.channel, box, true);
  }

  return { accept, stop: () => cancelLook() };

  /** The box was taken out of the configuration in mid-excursion: nobody will ever see it end. */
  function forget(key: string, device: string, channel: number | undefined, text: string): void {
    const { excursion, minC, maxC } = JSON.parse(text) as Saved;
    if (!excursion) return;
    const said: Said = { state: 'ended', excursion, celsius: null, at: now() };
    const event = excursionEvent(device, channel, said, { minC, maxC }, 'no-longer-watched');
    intake.record(device, event, said.at, { moves: [{ key, value: null }] });
  }
}

function restored(text: string, born: BoxState, bootId: string): BoxState {
  const saved = JSON.parse(text) as Saved;
  return { ...born, excursion: saved.excursion, outside: saved.bootId === bootId ? saved.outside : null };
}

function excursionEvent(
  device: string,
  channel: number | undefined,
  { state, excursion, celsius }: Said,
  { minC, maxC }: Pick<BoxRule, 'minC' | 'maxC'>,
  reason: EventData<'reading.probe-excursion'>['reason'] = excursion.reason,
): ReadingEvent {
  const data: EventData<'reading.probe-excursion'> = {
    ...{ device, channel, state, reason, celsius },
    ...{ minCelsius: minC, maxCelsius: maxC, since: rfc3339(excursion.sinceWallMs) },
    ...(excursion.extremeC !== null && { extremeCelsius: excursion.extremeC }),
  };
  const where = channel === undefined ? [] : [{ text: `${channel}:` }];
  const value = celsius === null ? [] : [{ text: `${celsius.toFixed(1)} °C` }];
  const words = [reason ?? '', state].map((word) => ({ word }));
  return { type: 'reading.probe-excursion', data, ...summaryOf([...where, ...words, ...value]) };
}
