import fc from 'fast-check';
import { compactDecrypt, exportJWK, generateKeyPair, importJWK } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DemoKeys, generateKeys } from '../../../gateway/privacy/generate-keys.ts';
import { KeyUnfit, makeSealer, parseRecipient, type Sealer } from '../../../gateway/privacy/seal.ts';

let keys: DemoKeys;
let seal: Sealer;
beforeAll(async () => {
  keys = await generateKeys();
  seal = makeSealer(keys.recipient);
});

const open = async (jwe: string) => {
  const { plaintext, protectedHeader } = await compactDecrypt(jwe, await importJWK(keys.privateKey, 'ECDH-ES'));
  return { personal: JSON.parse(new TextDecoder().decode(plaintext)) as unknown, protectedHeader };
};

describe('sealing', () => {
  test('opens with the private key, and nothing of it is in clear', async () => {
    const person = fc.record({
      name: fc.string({ unit: 'grapheme', minLength: 6 }),
      idNumber: fc.stringMatching(/^410199[0-9]{11}[0-9X]$/),
    });
    await fc.assert(
      fc.asyncProperty(person, async (personal) => {
        const jwe = await seal(personal);
        expect((await open(jwe)).personal).toEqual(JSON.parse(JSON.stringify(personal)));
        const everyPart = jwe
          .split('.')
          .map((part) => Buffer.from(part, 'base64url').toString('latin1'))
          .join();
        for (const clear of [personal.idNumber, Buffer.from(personal.name).toString('latin1')]) {
          expect(jwe).not.toContain(clear);
          expect(everyPart).not.toContain(clear);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('says who can open it and how', async () => {
    const { protectedHeader } = await open(await seal({ text: 'x' }));
    expect(protectedHeader).toMatchObject({ alg: 'ECDH-ES', enc: 'A256GCM', kid: keys.recipient.kid });
  });

  test('never gives the same text twice', async () => {
    expect(await seal({ text: 'x' })).not.toBe(await seal({ text: 'x' }));
  });

  test('notices a changed byte', async () => {
    const parts = (await seal({ text: 'x' })).split('.');
    parts[3] = (parts[3]!.startsWith('A') ? 'B' : 'A') + parts[3]!.slice(1);
    await expect(open(parts.join('.'))).rejects.toThrow();
  });
});

describe('an unfit key', () => {
  test('that is no JSON is not repeated', () => {
    expect(() => parseRecipient('hunter2')).toThrow(/^the recipient key is not JSON/);
    expect(() => parseRecipient('hunter2')).not.toThrow('hunter2');
    expect(parseRecipient('{"kty":"EC"}')).toEqual({ kty: 'EC' });
  });

  test('a private key is refused, and its secret is not repeated', () => {
    const refuse = () => makeSealer(keys.privateKey);
    expect(refuse).toThrow(KeyUnfit);
    expect(refuse).toThrow('this is a private key');
    expect(refuse).not.toThrow(keys.privateKey.d);
  });

  test('a key of another curve is refused', async () => {
    const { publicKey } = await generateKeyPair('ECDH-ES', { crv: 'P-384', extractable: true });
    expect(() => makeSealer({ ...({ kid: 'k' } as object) })).toThrow('P-256');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k' };
    expect(() => makeSealer(jwk)).toThrow('P-256');
  });

  test.each([
    ['a text', 'key', 'JSON object'],
    ['nothing', null, 'JSON object'],
    ['a list', [], 'JSON object'],
    ['a key set', { keys: [] }, 'one JWK'],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }, 'private key'],
  ])('%s is refused', (_, jwk, message) => {
    expect(() => makeSealer(jwk)).toThrow(message);
  });

  test.each([
    ['use', 'sig', 'use must be enc'],
    ['alg', 'ES256', 'alg must be ECDH-ES'],
    ['kid', undefined, 'needs a kid'],
    ['x', 'AAAA', 'not a point'],
  ])('a wrong %s is refused', (key, value, message) => {
    expect(() => makeSealer({ ...keys.recipient, [key]: value })).toThrow(message);
  });
});
