/**
 * All event types of the contract, and the two checks: a consumer ignores unknown fields (they are only ever added
 * within v1), a producer may not send any. Problems name the key, never the value: it could be personal data.
 */
import type { z } from 'zod';
import { auditEvents } from './audit-events.ts';
import { dataSchemaUrn, type EventEnvelope, eventEnvelope, eventType, typePrefix, typeSuffix } from './envelope.ts';
import { readingEvents } from './reading-events.ts';
import { samplingEvents } from './sampling-events.ts';
import type { StreamName } from './streams.ts';

export const eventData = { ...samplingEvents, ...readingEvents, ...auditEvents };
export type EventType = keyof typeof eventData;
/** What a producer writes into `data` for one type, `pii` included. */
export type EventData<T extends EventType> = z.input<(typeof eventData)[T]>;

/** Schema of `data` by short type name, such as `reading.scanned`. Tolerant: for consumers. */
export const dataSchemas: ReadonlyMap<string, z.ZodObject> = new Map(Object.entries(eventData));

const strictSchemas: ReadonlyMap<string, z.ZodObject> = new Map(
  Object.entries(eventData).map(([type, schema]) => [type, (schema as z.ZodObject).strict()]),
);

/** The stream that a type belongs to: its first word. */
export const streamOf = (type: EventType): StreamName => type.slice(0, type.indexOf('.')) as StreamName;

export type ParsedEvent =
  | { readonly event: EventEnvelope; readonly type: EventType; readonly problems?: never }
  | { readonly problems: readonly string[]; readonly event?: never };

/** Checks one event as a consumer. Problems read `key: what is wrong`. */
export function parseEvent(value: unknown): ParsedEvent {
  const envelope = eventEnvelope.safeParse(value);
  if (!envelope.success) return { problems: describeIssues(envelope.error.issues) };
  const event = envelope.data;
  const type = event.type.slice(typePrefix.length, -typeSuffix.length);
  const schema = dataSchemas.get(type);
  if (!schema) return { problems: ['type: is not a type of this contract'] };

  const problems: string[] = [];
  if (!idFits(event)) problems.push('id: must be {gateway}/{epoch}/{stream}/{seq} of the same event');
  if (event.stream !== streamOf(type as EventType)) problems.push('stream: is not the stream of this type');
  if (event.dataschema !== dataSchemaUrn(type)) problems.push('dataschema: is not the schema of this type');
  const data = schema.safeParse(event.data);
  if (!data.success) problems.push(...describeIssues(data.error.issues, ['data']));
  return problems.length > 0 ? { problems } : { event, type: type as EventType };
}

/** A salvaged event was numbered in another epoch, perhaps when the hut had another name; its stream is the same. */
function idFits({ id, source, epoch, stream, seq }: EventEnvelope): boolean {
  const [, formerEpoch, formerStream] = id.split('/');
  const gateway = source.slice(source.lastIndexOf(':') + 1);
  return formerEpoch === epoch ? id === `${gateway}/${epoch}/${stream}/${seq}` : formerStream === stream;
}

/** Checks what a producer is about to append (`pii` is its sealed part, kept apart by the store). Empty when it is right. */
export function checkDraft(type: string, data: unknown, pii?: string): readonly string[] {
  const schema = strictSchemas.get(type);
  if (!schema) return [`type: ${eventType(type)} is not a type of this contract`];
  const whole = pii !== undefined && typeof data === 'object' && data !== null ? { ...data, pii } : data;
  const result = schema.safeParse(whole);
  if (!result.success) return describeIssues(result.error.issues, ['data']);
  const sealed = 'pii' in schema.shape && !('text' in result.data);
  return sealed && pii === undefined ? ['pii: the sealed part is missing'] : [];
}

/** zod's messages name allowed values and kinds, not the value that was found. */
function describeIssues(issues: readonly z.core.$ZodIssue[], under: readonly PropertyKey[] = []): string[] {
  return issues.map((issue) => {
    const path = [...under, ...issue.path].map(String).join('.');
    return `${path || 'event'}: ${issue.message}`;
  });
}
