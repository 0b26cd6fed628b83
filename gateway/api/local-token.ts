/**
 * The key of local tools (`hutgate monitor`, `hutgate doctor`): a file in the data directory, new at each start. Who may
 * read the data directory has the store anyway.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const fileName = 'api-token';
const tokenBytes = 32;

export type IsLocalTool = (token: string) => boolean;

export const noLocalTool: IsLocalTool = () => false;

/** Rejects when the file cannot be written. */
export async function makeLocalToken(dataDir: string): Promise<IsLocalTool> {
  const token = randomBytes(tokenBytes).toString('base64url');
  const file = join(dataDir, fileName);
  // Beside it first: nobody reads half a token, and an older file's rights do not stay.
  const fresh = join(dataDir, `.${fileName}.${process.pid}`);
  await writeFile(fresh, `${token}\n`, { mode: 0o600, flag: 'w' });
  await rename(fresh, file);
  const wanted = digest(token);
  return (given) => timingSafeEqual(digest(given), wanted);
}

/** undefined: there is none, or this user may not read it. */
export async function readLocalToken(dataDir: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dataDir, fileName), 'utf8')).trim();
  } catch {
    return undefined;
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest();
