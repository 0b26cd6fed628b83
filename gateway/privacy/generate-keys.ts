/** Makes the keys of a demo or a test hut. A real campaign's keys come from the registry, and its private key never sees a hut. */
import { randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';

export interface DemoKeys {
  /** Public JWK for `privacy.recipient`. */
  readonly recipient: JWK;
  /** Private JWK, to open what was sealed. */
  readonly privateKey: JWK;
  /** Text of the file for `privacy.personRefKey`. */
  readonly personRefKey: string;
}

export async function generateKeys(): Promise<DemoKeys> {
  const pair = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const about = { kid: await calculateJwkThumbprint(publicJwk), use: 'enc', alg: 'ECDH-ES' };
  return {
    recipient: { ...publicJwk, ...about },
    privateKey: { ...(await exportJWK(pair.privateKey)), ...about },
    personRefKey: `${randomBytes(32).toString('base64url')}\n`,
  };
}
