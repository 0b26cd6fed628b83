/** The generated documents say the same as the code: JSON Schemas by ajv, AsyncAPI by its structure. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { asyncApiDocument } from '../../../gateway/contract/asyncapi.ts';
import { dataSchemaUrn } from '../../../gateway/contract/envelope.ts';
import { jsonSchemaFiles } from '../../../gateway/contract/json-schemas.ts';
import { messages } from '../../../gateway/contract/messages.ts';
import { topics } from '../../../gateway/contract/topics.ts';
import { sampleEvent, samples } from './samples.ts';

describe('the JSON Schemas', () => {
  // zod writes a pattern beside each format.
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, validateFormats: false });
  for (const schema of jsonSchemaFiles().values()) ajv.addSchema(schema);
  const accepts = (urn: string, value: unknown) => ajv.validate(urn, value);

  test.each(Object.entries(samples))('take %s', (type, data) => {
    expect(accepts(dataSchemaUrn(type), data)).toBe(true);
    expect(accepts(dataSchemaUrn(type), { ...data, later: 1 })).toBe(true);
    expect(accepts('urn:hutgate:schema:envelope:1', sampleEvent(type, data))).toBe(true);
  });

  test.each(Object.entries(samples))('miss what is missing in %s', (type, data) => {
    const [first] = Object.keys(data);
    const { [first as keyof typeof data]: _, ...rest } = data;
    expect(accepts(dataSchemaUrn(type), rest)).toBe(false);
  });

  test('do not take a text in clear beside its reference', () => {
    const both = { ...samples['reading.scanned'], textRef: 'A'.repeat(43) };
    expect(accepts(dataSchemaUrn('reading.scanned'), both)).toBe(false);
  });

  test('of every message compile', () => {
    for (const name of Object.keys(messages))
      expect(ajv.getSchema(`urn:hutgate:schema:message.${name}:1`)).toBeTypeOf('function');
  });
});

describe('the AsyncAPI document', () => {
  type Node = Record<string, unknown>;
  const document = asyncApiDocument('1.0.0') as { channels: Record<string, Node>; operations: Record<string, Node> };
  const resolve = (ref: string) =>
    ref
      .slice(2)
      .split('/')
      .reduce<unknown>((node, step) => (node as Node | undefined)?.[step], document);

  test('has no reference that leads nowhere', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!);
    expect(refs.length).toBeGreaterThan(50);
    expect(refs.filter((ref) => resolve(ref) === undefined)).toEqual([]);
  });

  test('has a channel for every topic, with its parameters', () => {
    const all = topics({ region: '{region}', gateway: '{gateway}' });
    const addresses: string[] = Object.values(all).flatMap((topic) => (typeof topic === 'string' ? [topic] : []));
    addresses.push(all.device('{device}'), ...(['sampling', 'reading', 'audit'] as const).map(all.event));
    expect(
      Object.values(document.channels)
        .map(({ address }) => address)
        .sort(),
    ).toEqual(addresses.sort());
    for (const { address, parameters } of Object.values(document.channels)) {
      const named = [...(address as string).matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect(Object.keys(parameters as Node).sort()).toEqual(named.sort());
    }
  });

  test('has one operation per channel, with a message of that channel', () => {
    for (const operation of Object.values(document.operations)) {
      expect(['send', 'receive']).toContain(operation.action);
      const channel = (operation.channel as Node).$ref as string;
      for (const { $ref } of operation.messages as { $ref: string }[]) expect($ref).toContain(`${channel}/messages/`);
    }
    const channels = Object.values(document.operations).map(({ channel }) => (channel as Node).$ref);
    expect(new Set(channels).size).toBe(Object.keys(document.channels).length);
  });
});
