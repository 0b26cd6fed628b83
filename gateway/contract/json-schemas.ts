/** The contract as JSON Schemas, made from the zod schemas. They describe what a consumer accepts: unknown fields are ignored. */
import { z } from 'zod';
import { dataSchemaUrn, eventEnvelope } from './envelope.ts';
import { dataSchemas } from './events.ts';
import { messages } from './messages.ts';

type JsonSchema = Record<string, unknown>;

/** `draft-7` is what AsyncAPI 3 embeds; the files of their own are draft 2020-12. */
export function jsonSchema(schema: z.ZodType, target: 'draft-7' | 'draft-2020-12'): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { target, io: 'input' });
  return target === 'draft-7' ? rest : { $schema, ...rest };
}

/** By file name: the envelope, `data` of each event type (its `$id` is the event's `dataschema`), each other message. */
export function jsonSchemaFiles(): ReadonlyMap<string, JsonSchema> {
  const files = new Map<string, JsonSchema>();
  const add = (name: string, $id: string, title: string, schema: z.ZodType) =>
    files.set(`${name}.schema.json`, { $id, title, ...jsonSchema(schema, 'draft-2020-12') });
  add('envelope', 'urn:hutgate:schema:envelope:1', 'Event envelope', eventEnvelope);
  for (const [type, schema] of dataSchemas) add(type, dataSchemaUrn(type), `data of ${type}`, schema);
  for (const [name, schema] of Object.entries(messages))
    add(`message.${name}`, `urn:hutgate:schema:message.${name}:1`, `message ${name}`, schema);
  return files;
}
