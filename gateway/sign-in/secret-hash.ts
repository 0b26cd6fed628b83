/**
 * PINs and passwords as `scrypt$N$r$p$salt$key` (RFC 7914; salt and key in base64url). Cost N=2^15 r=8 p=1 takes 32 MiB
 * for about a tenth of a second, off the main thread: whoever gets hold of the file pays that for each guess.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

const cost = { N: 2 ** 15, r: 8, p: 1 } as const;
const saltBytes = 16;
const keyBytes = 32;
/** What a staff file may ask of the hut: 128 MiB at most for one guess. */
const costMost = { N: 2 ** 17, r: 8, p: 4 } as const;
const memoryBytesMax = 128 * 1024 * 1024 + 1024 * 1024;

interface Parts {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

export const hashForm = 'scrypt$N$r$p$salt$key, as hutgate staff writes it';

export const isSecretHash = (text: string): boolean => partsOf(text) !== undefined;

export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const key = await derive(secret, { ...cost, salt, key: Buffer.alloc(keyBytes) });
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Compares in constant time. `hash` must be one that `isSecretHash` takes. */
export async function isSecret(secret: string, hash: string): Promise<boolean> {
  const parts = partsOf(hash);
  if (!parts) return false;
  return timingSafeEqual(await derive(secret, parts), parts.key);
}

/** Of no secret at all: who asks for somebody unknown waits as long as for somebody known. */
export const nobodysHash = ['scrypt', cost.N, cost.r, cost.p, 'A'.repeat(22), 'A'.repeat(43)].join('$');

function partsOf(text: string): Parts | undefined {
  const match = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d)\$([A-Za-z0-9_-]{22,86})\$([A-Za-z0-9_-]{43})$/.exec(text);
  if (!match) return undefined;
  const [N, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const isCost = N >= 2 ** 14 && N <= costMost.N && Number.isInteger(Math.log2(N)) && r === costMost.r;
  if (!isCost || p < 1 || p > costMost.p) return undefined;
  return { N, r, p, salt: Buffer.from(match[4]!, 'base64url'), key: Buffer.from(match[5]!, 'base64url') };
}

/** However a keyboard composes a letter, it is the same password. */
function derive(secret: string, { N, r, p, salt, key }: Parts): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret.normalize('NFKC'), salt, key.length, { N, r, p, maxmem: memoryBytesMax }, (error, derived) =>
      error ? reject(error) : resolve(derived),
    );
  });
}
