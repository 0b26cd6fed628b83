/**
 * Seals personal data to the registry: compact JWE (RFC 7516) with ECDH-ES (RFC 7518, 4.6) on P-256 and A256GCM. The
 * hut holds the public key only and cannot open what it sealed.
 */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { CompactEncrypt } from 'jose';

export type Sealer = (personal: object) => Promise<string>;

/** A key file that cannot be used. The message never holds any of its content. */
export class KeyUnfit extends Error {
  override readonly name = 'KeyUnfit';
}

/**
 * `recipient` is the registry's public key as a parsed JWK: EC, P-256, with a `kid`.
 * Throws KeyUnfit, also for a private key: it has no business in a hut.
 */
export function makeSealer(recipient: unknown): Sealer {
  const { key, kid } = checkRecipient(recipient);
  const header = { alg: 'ECDH-ES', enc: 'A256GCM', kid };
  const encoder = new TextEncoder();
  return (personal) =>
    new CompactEncrypt(encoder.encode(JSON.stringify(personal))).setProtectedHeader(header).encrypt(key);
}

/** Reads the key file. JSON.parse's own message would repeat some of it. */
export function parseRecipient(fileText: string): unknown {
  try {
    return JSON.parse(fileText);
  } catch {
    throw new KeyUnfit('the recipient key is not JSON (JWK, RFC 7517)');
  }
}

function checkRecipient(recipient: unknown): { key: KeyObject; kid: string } {
  if (typeof recipient !== 'object' || recipient === null || Array.isArray(recipient))
    throw new KeyUnfit('the recipient key must be a JSON object (JWK, RFC 7517)');
  const jwk = new Map(Object.entries(recipient));
  if (jwk.has('keys')) throw new KeyUnfit('this is a set of keys; the file must hold one JWK');
  // An EC private key says so in `d`, an RSA one too, a symmetric one in `k`.
  if (jwk.has('d') || jwk.has('k'))
    throw new KeyUnfit('this is a private key: take it off this machine and put the public key here');
  if (jwk.get('kty') !== 'EC' || jwk.get('crv') !== 'P-256')
    throw new KeyUnfit('the recipient key must have kty EC and crv P-256');
  if (jwk.has('use') && jwk.get('use') !== 'enc')
    throw new KeyUnfit('the recipient key is not for encryption: use must be enc');
  if (jwk.has('alg') && jwk.get('alg') !== 'ECDH-ES')
    throw new KeyUnfit('the recipient key is for another algorithm: alg must be ECDH-ES');
  const kid = jwk.get('kid');
  if (typeof kid !== 'string' || kid.length === 0 || kid.length > 64)
    throw new KeyUnfit(
      'the recipient key needs a kid of 1 to 64 characters, by which the registry finds its private key',
    );
  try {
    return { key: createPublicKey({ key: recipient as JsonWebKey, format: 'jwk' }), kid };
  } catch {
    throw new KeyUnfit('x and y of the recipient key are not a point of P-256');
  }
}
