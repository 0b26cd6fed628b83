/**
 * Finds the event on which connections die, without ever accusing one because the broker is restarted at random. What
 * was in flight at two deaths in a row without progress is suspected; from then on few events are in flight at a time,
 * fewer with each further death, until the suspected range is behind. Three connections, each proven healthy before,
 * must die on the same single event. Pure: the uplink feeds it deaths and progress.
 */
import type { StreamName } from '../contract/streams.ts';
import { strikesForQuarantine } from './limits.ts';
import type { Range } from './stream-progress.ts';

export interface InFlight extends Range {
  /** Confirmed sequence number of the stream at that moment. */
  readonly confirmed: number;
}

export interface Death {
  /**
   * closed: by the broker or the network; refused: the PUBACK's reason speaks of the message; not-confirmed: the broker
   * took it and the centre went on answering, but without it; other: says nothing about an event.
   */
  readonly cause: 'closed' | 'refused' | 'not-confirmed' | 'other';
  /** CONNACK and the birth's PUBACK had come. */
  readonly proven: boolean;
  readonly inFlight: ReadonlyMap<StreamName, InFlight>;
  readonly detail: string;
}

/** Up to this sequence number, at most so many events may be in flight; other streams wait. */
export interface Care {
  readonly upTo: number;
  readonly eventsMax: number;
}

export interface Suspicion {
  readonly lastInFlight: ReadonlyMap<StreamName, InFlight>;
  readonly care: ReadonlyMap<StreamName, Care>;
  readonly strikes: { readonly stream: StreamName; readonly seq: number; readonly count: number } | undefined;
  /** Quarantines of a stream since it last made progress: when everything is refused, the events are not to blame. */
  readonly inARow: ReadonlyMap<StreamName, number>;
}

export const noSuspicion: Suspicion = Object.freeze({
  lastInFlight: new Map(),
  care: new Map(),
  strikes: undefined,
  inARow: new Map(),
});

export interface Quarantine {
  readonly stream: StreamName;
  readonly seq: number;
  readonly reason: string;
}

/** So much smaller is the next suspected range: 1,600 events in flight come down to one in three deaths. */
const narrowing = 16;
/** Each quarantine in a row needs twice as many strikes as the one before, up to this power of two. */
const doublingsMax = 6;

export function afterDeath(before: Suspicion, death: Death): { suspicion: Suspicion; quarantine?: Quarantine } {
  if (!death.proven || death.cause === 'other') return { suspicion: before };
  const single = singleEvent(death.inFlight);
  if (single) return strike(before, death, single);

  const care = new Map(before.care);
  for (const [stream, now] of death.inFlight) {
    const last = before.lastInFlight.get(stream);
    const again = last !== undefined && last.confirmed === now.confirmed && last.last >= now.first;
    if (!again && !care.has(stream) && death.cause !== 'refused') continue;
    const upTo = again ? Math.min(last.last, now.last) : now.last;
    care.set(stream, { upTo, eventsMax: Math.ceil((upTo - now.first + 1) / narrowing) });
  }
  return { suspicion: { ...before, lastInFlight: death.inFlight, care } };
}

/** `confirmed` of `stream` moved: nothing up to there is poison. */
export function afterProgress(before: Suspicion, stream: StreamName, confirmed: number): Suspicion {
  const cleared = (before.care.get(stream)?.upTo ?? Infinity) <= confirmed;
  const acquitted = before.strikes?.stream === stream && before.strikes.seq <= confirmed;
  if (!cleared && !acquitted && !before.inARow.has(stream)) return before;
  return {
    ...before,
    care: cleared ? without(before.care, stream) : before.care,
    strikes: acquitted ? undefined : before.strikes,
    inARow: without(before.inARow, stream),
  };
}

function strike(before: Suspicion, death: Death, { stream, seq }: { stream: StreamName; seq: number }) {
  const same = before.strikes?.stream === stream && before.strikes.seq === seq;
  const count = same ? before.strikes.count + 1 : 1;
  const inARow = before.inARow.get(stream) ?? 0;
  if (count < strikesForQuarantine * 2 ** Math.min(inARow, doublingsMax)) {
    const care = new Map(before.care).set(stream, { upTo: seq, eventsMax: 1 });
    return { suspicion: { ...before, lastInFlight: death.inFlight, care, strikes: { stream, seq, count } } };
  }
  // From here on as before: everything may flow, the audit event that explains the gap included.
  const suspicion = { ...noSuspicion, inARow: new Map(before.inARow).set(stream, inARow + 1) };
  return { suspicion, quarantine: { stream, seq, reason: `${count} connections died on it: ${death.detail}` } };
}

function singleEvent(inFlight: ReadonlyMap<StreamName, Range>) {
  const [only, second] = inFlight;
  if (!only || second || only[1].first !== only[1].last) return undefined;
  return { stream: only[0], seq: only[1].first };
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
