/** What an event must be before it may take a number: one bad event in the file would spoil every batch it stands in. Pure. */
import { type StreamName, streams } from '../contract/streams.ts';
import type { EventDraft } from './store.ts';

/** One event in a batch of its own: 128 KiB of payload (contract, topics) without the brackets. */
const eventBytesMax = 128 * 1024 - 2;
/** More than the envelope around `data` ever takes: ids of 32, two UUIDs and fixed text. */
const envelopeBytes = 1024;

export const isStream = (name: unknown): name is StreamName => (streams as readonly unknown[]).includes(name);

export type DraftProblem = { readonly why: 'too-large' | 'malformed'; readonly message: string };

/** Messages name the type and sizes, never the data. */
export function problemOf(draft: EventDraft): DraftProblem | undefined {
  const malformed = (message: string): DraftProblem => ({
    why: 'malformed',
    message: `event ${draft.type}: ${message}`,
  });
  if (!isStream(draft.stream)) return { why: 'malformed', message: 'event stream is not one of the contract' };
  if (!/^[a-z]+\.[a-z-]+$/.test(draft.type) || !draft.type.startsWith(`${draft.stream}.`)) {
    return {
      why: 'malformed',
      message: `event type in stream ${draft.stream} is not of the form ${draft.stream}.name`,
    };
  }
  if (!Number.isFinite(draft.monoMs)) return malformed('monoMs is not a number');
  if (!isObjectText(draft.data)) return malformed('data is not the JSON text of an object');
  const subjectBytes = draft.subject === undefined ? 0 : Buffer.byteLength(JSON.stringify(draft.subject));
  const bytes = envelopeBytes + subjectBytes + Buffer.byteLength(draft.data) + Buffer.byteLength(draft.pii ?? '');
  if (bytes > eventBytesMax) {
    return {
      why: 'too-large',
      message: `event ${draft.type} takes ${bytes} bytes, at most ${eventBytesMax} fit a payload`,
    };
  }
  return undefined;
}

function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
