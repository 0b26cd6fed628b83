import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkDraft, dataSchemas, parseEvent } from '../../../gateway/contract/events.ts';
import { sampleEvent, samples } from './samples.ts';

const types = Object.entries(samples);
const scanned = samples['reading.scanned'];
const cardRead = samples['reading.card-read'];

test('every type of the contract has a sample', () => {
  expect(Object.keys(samples).sort()).toEqual([...dataSchemas.keys()].sort());
});

describe('a consumer', () => {
  test.each(types)('takes %s', (type, data) => {
    expect(parseEvent(sampleEvent(type, data))).toMatchObject({ type });
  });

  test.each(types)('ignores unknown fields of %s', (type, data) => {
    const event = { ...sampleEvent(type, { ...data, later: { added: 1 } }), traceparent: 'x' };
    expect(parseEvent(event).problems).toBeUndefined();
  });

  test('takes a resend whose sealed part was purged', () => {
    const { pii: _, ...purged } = cardRead;
    expect(parseEvent(sampleEvent('reading.card-read', purged)).problems).toBeUndefined();
  });

  test('takes a salvaged event, which keeps the id of its former epoch', () => {
    const id = 'hut-old/00000000-7c1c-4f0e-9d2a-1a2b3c4d5e6f/reading/7';
    expect(parseEvent({ ...sampleEvent('reading.scanned', scanned), id }).problems).toBeUndefined();
  });

  test.each([
    ['id', { id: 'hut-0417/other/reading/1042' }],
    ['id', { id: 'hut-0417/6f1c2b1e-7c1c-4f0e-9d2a-1a2b3c4d5e6f/reading/1041' }],
    ['id', { id: 'hut-0417/00000000-7c1c-4f0e-9d2a-1a2b3c4d5e6f/audit/1042' }],
    ['stream', { stream: 'audit', id: 'hut-0417/6f1c2b1e-7c1c-4f0e-9d2a-1a2b3c4d5e6f/audit/1042' }],
    ['dataschema', { dataschema: 'urn:hutgate:schema:reading.temperature:1' }],
    ['type', { type: 'org.hutgate.reading.unheard-of.v1' }],
    ['seq', { seq: '01' }],
    ['seq', { seq: 1042 }],
    ['time', { time: '2022-11-07 07:13' }],
    ['data.text', { data: { device: 'scanner-1' } }],
    ['data', { data: [] }],
  ])('names the key %s', (key, change) => {
    const { problems } = parseEvent({ ...sampleEvent('reading.scanned', scanned), ...change });
    expect(problems?.map((problem) => problem.slice(0, problem.indexOf(':')))).toEqual([key]);
  });

  test('does not take a method of Object for a type', () => {
    const event = { ...sampleEvent('reading.scanned', scanned), type: 'org.hutgate.constructor.v1' };
    expect(parseEvent(event).problems).toBeDefined();
  });

  test('never throws and never repeats a value', () => {
    const secret = '410199199003070018';
    const paths = ['id', 'source', 'type', 'time', 'seq', 'clockq', 'stream', 'data'];
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...paths), (junk, path) => {
        parseEvent(junk);
        const event = { ...sampleEvent('reading.scanned', { device: secret + secret }), [path]: secret };
        const { problems } = parseEvent(event);
        expect(problems?.length).toBeGreaterThan(0);
        expect(problems?.join()).not.toContain(secret);
      }),
    );
  });
});

describe('a producer', () => {
  test.each(types)('may send %s', (type, data) => {
    const { pii, ...clear } = data as { pii?: string };
    expect(checkDraft(type, clear, pii)).toEqual([]);
  });

  test('may not send an unknown field', () => {
    expect(checkDraft('reading.scanned', { ...scanned, extra: 1 })).toEqual(['data: Unrecognized key: "extra"']);
  });

  test('must seal what is personal', () => {
    const { pii: _, ...clear } = cardRead;
    expect(checkDraft('reading.card-read', clear)).toEqual(['pii: the sealed part is missing']);
    const { text: _text, ...unseen } = scanned;
    expect(checkDraft('reading.scanned', { ...unseen, textRef: cardRead.personRef })).toEqual([
      'pii: the sealed part is missing',
    ]);
  });

  test('may not send text in clear and sealed', () => {
    expect(checkDraft('reading.scanned', scanned, cardRead.pii)).not.toEqual([]);
  });
});
