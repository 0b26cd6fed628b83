import { describe, expect, test } from 'vitest';
import type { Reading } from '../../device-drivers/driver.ts';
import { checkDraft } from '../../gateway/contract/events.ts';
import { type ReadingPolicy, readingEvent } from '../../gateway/reading-event.ts';

const policy: ReadingPolicy = {
  clockQuality: () => 'synced',
  personRef: () => 'A'.repeat(43),
  textRef: () => 'B'.repeat(43),
  isCode: (text) => /^T\d{10}$/.test(text),
};
const day = Date.parse('2026-11-22T12:00:00Z');
const card: Reading = {
  type: 'identity',
  source: 'card',
  idType: '01',
  name: '张三',
  idNumber: '410199199003070018',
  birthDate: '1990-03-07',
  validTo: '2040-01-01',
  checkDigitOk: true,
};
const readings: Reading[] = [
  { type: 'scan', text: 'T0000000001', symbology: ']C0' },
  { type: 'scan', text: 'somebody' },
  card,
  { ...card, source: 'document', idType: '03' },
  { type: 'temperature', celsius: 4.2, channel: 1, quality: 'ok', raw: 42 },
  { type: 'temperature', celsius: null, quality: 'invalid', raw: 0x8000 },
  { type: 'input', input: 'door', level: 1 },
];

describe('what a reading becomes', () => {
  test.each(readings)('$type is what the contract says of a producer', (reading) => {
    const { type, data, personal } = readingEvent('device-1', reading, day, policy);
    const pii = personal && 'a.b.c.d.e';
    expect(checkDraft(type, JSON.parse(JSON.stringify(data)), pii)).toEqual([]);
  });

  test('nothing personal stands outside the sealed part', () => {
    const { data, summary, subject, personal } = readingEvent('card-1', card, day, policy);
    const clear = JSON.stringify({ data, summary, subject });
    for (const secret of ['张三', '410199199003070018', '1990-03-07']) expect(clear).not.toContain(secret);
    expect(personal).toMatchObject({ name: '张三', idType: '01', idNumber: '410199199003070018' });
  });

  test.each([
    ['2026-11-21', 'synced', 'expired'],
    ['2040-01-01', 'synced', 'valid'],
    ['2040-01-01', 'unsynced', 'unknown'],
    ['long-term', 'unsynced', 'long-term'],
    [undefined, 'synced', 'unknown'],
  ] as const)('validity %s by a clock that is %s: %s', (validTo, quality, expected) => {
    const event = readingEvent('card-1', { ...card, validTo }, day, { ...policy, clockQuality: () => quality });
    expect(event.data.checks).toMatchObject({ expiry: expected });
  });
});
