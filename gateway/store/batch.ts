/** Cuts events into MQTT payloads: JSON arrays within both limits. Pure: knows sizes, not texts. */
import type { BatchLimits } from './store.ts';

export interface Sized {
  /** Of the event as JSON. */
  readonly bytes: number;
}

/** The brackets around a batch. */
const bracketBytes = 2;
const commaBytes = 1;

export const payloadBytes = (events: readonly Sized[]) =>
  events.reduce((sum, { bytes }) => sum + bytes + commaBytes, bracketBytes - commaBytes);

/**
 * Whole batches from the front of `events`; an event larger than the limit stands alone. What is left over and may
 * still grow by events that follow is only given when `ended`.
 */
export function cut<E extends Sized>(events: readonly E[], limits: BatchLimits, ended: boolean): E[][] {
  const batches: E[][] = [];
  let start = 0;
  let bytes = bracketBytes;
  for (const [index, event] of events.entries()) {
    const count = index - start;
    if (count > 0 && (count >= limits.eventsMax || bytes + commaBytes + event.bytes > limits.payloadBytesMax)) {
      batches.push(events.slice(start, index));
      start = index;
      bytes = bracketBytes;
    }
    bytes += event.bytes + (index === start ? 0 : commaBytes);
  }
  const left = events.length - start;
  if (left > 0 && (ended || left >= limits.eventsMax)) batches.push(events.slice(start));
  return batches;
}

/** The parts of a batch in which `of` is the same for all. */
export function uniformParts<E, K>(events: readonly E[], of: (event: E) => K): E[][] {
  const parts: E[][] = [];
  for (let start = 0; start < events.length; ) {
    const key = of(events[start]!);
    let end = start + 1;
    while (end < events.length && of(events[end]!) === key) end += 1;
    parts.push(events.slice(start, end));
    start = end;
  }
  return parts;
}
