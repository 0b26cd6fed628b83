/**
 * Opens the sealed parts of what came to the centre, to know that who is sealed there is who came. Only where the private
 * key lies beside the hut, as in the demo; in memory only.
 */
import { compactDecrypt, importJWK, type JWK } from 'jose';
import type { Identity } from './people.ts';

export interface Opener {
  note(data: Readonly<Record<string, unknown>>): void;
  /** Resolves when all that was noted is opened: identities by reference. */
  identities(): Promise<ReadonlyMap<string, ReadonlySet<Identity>>>;
}

export async function createOpener(privateKey: JWK): Promise<Opener> {
  const key = await importJWK(privateKey, 'ECDH-ES');
  const identities = new Map<string, Set<Identity>>();
  let opened: Promise<void> = Promise.resolve();

  async function open(ref: string, pii: string): Promise<void> {
    const { plaintext } = await compactDecrypt(pii, key);
    const { text, idType, idNumber } = JSON.parse(Buffer.from(plaintext).toString('utf8'));
    const known = identities.get(ref) ?? new Set();
    identities.set(ref, known.add(text === undefined ? `${idType}|${idNumber}` : `99|${text}`));
  }

  return {
    note({ personRef, pii }) {
      if (typeof personRef === 'string' && typeof pii === 'string') opened = opened.then(() => open(personRef, pii));
    },
    async identities() {
      await opened;
      return identities;
    },
  };
}
