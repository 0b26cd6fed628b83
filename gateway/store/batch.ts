/** Packs events into MQTT payloads: JSON arrays within both limits. Pure. */
import type { BatchLimits } from './store.ts';

export interface PackedEvent {
  readonly seq: number;
  readonly json: string;
}

export interface Packed {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** One payload from the front of `events`; an event larger than the limit stands alone. `events` must not be empty. */
export function pack(events: Iterable<PackedEvent>, limits: BatchLimits): Packed {
  const texts: string[] = [];
  let first = 0;
  let last = 0;
  let bytes = 2;
  for (const { seq, json } of events) {
    const eventBytes = Buffer.byteLength(json) + (texts.length === 0 ? 0 : 1);
    if (texts.length > 0 && (texts.length >= limits.eventsMax || bytes + eventBytes > limits.payloadBytesMax)) break;
    if (texts.length === 0) first = seq;
    texts.push(json);
    bytes += eventBytes;
    last = seq;
  }
  // TextEncoder gives each payload a buffer of its own, which can be handed to another thread without a copy.
  return { first, last, count: texts.length, payload: new TextEncoder().encode(`[${texts.join(',')}]`) };
}
