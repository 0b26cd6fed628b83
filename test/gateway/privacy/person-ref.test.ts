import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { personRef as personRefSchema } from '../../../gateway/contract/fields.ts';
import { generateKeys } from '../../../gateway/privacy/generate-keys.ts';
import { makeReferences, parseReferenceKey } from '../../../gateway/privacy/person-ref.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 64 });
const idNumber = fc.stringMatching(/^410199[0-9]{11}[0-9X]$/);

describe('references', () => {
  // RFC 4231, test case 6: a key of 131 bytes aa.
  test('are HMAC-SHA-256', () => {
    const { textRef } = makeReferences(new Uint8Array(131).fill(0xaa));
    expect(
      Buffer.from(textRef('Test Using Larger Than Block-Size Key - Hash Key First'), 'base64url').toString('hex'),
    ).toBe('60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54');
  });

  test('the same person has the same reference, another person and another campaign another', () => {
    fc.assert(
      fc.property(key, key, idNumber, idNumber, (campaign, next, one, two) => {
        const { personRef } = makeReferences(campaign);
        expect(personRef('01', one)).toBe(makeReferences(campaign).personRef('01', one));
        expect(personRef('01', one.toLowerCase())).toBe(personRef('01', one));
        expect(personRef('01', one) === personRef('01', two)).toBe(one === two);
        expect(personRef('01', one)).not.toBe(personRef('03', one));
        fc.pre(Buffer.compare(campaign, next) !== 0);
        expect(makeReferences(next).personRef('01', one)).not.toBe(personRef('01', one));
      }),
    );
  });

  test('fit the contract and hold nothing of the number', () => {
    fc.assert(
      fc.property(key, idNumber, (campaign, number) => {
        const reference = makeReferences(campaign).personRef('01', number);
        expect(personRefSchema.safeParse(reference).success).toBe(true);
        expect(reference).not.toContain(number);
      }),
    );
  });

  test('need a key of 32 bytes', () => {
    expect(() => makeReferences(new Uint8Array(31))).toThrow('at least 32 bytes');
  });
});

describe('the key file', () => {
  test('is base64 or base64url, whatever line feed an editor adds', () => {
    const bytes = Buffer.from(Array.from({ length: 32 }, (_, i) => 255 - i));
    for (const text of [bytes.toString('base64'), bytes.toString('base64url')])
      for (const end of ['', '\n', '\r\n']) expect(Buffer.from(parseReferenceKey(text + end))).toEqual(bytes);
  });

  test('made for a demo can be read', async () => {
    expect(parseReferenceKey((await generateKeys()).personRefKey)).toHaveLength(32);
  });

  test.each(['', 'short', '{"kty":"oct"}', 'A'.repeat(41)])('%j is refused without being repeated', (text) => {
    expect(() => parseReferenceKey(text)).toThrow(/^the reference key must/);
  });
});
