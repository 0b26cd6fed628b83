/** Reads the files that the configuration refers to: keys, password, certificates, staff. Contents never reach a message. */
import { readFile } from 'node:fs/promises';
import { codePattern } from '../config/code-pattern.ts';
import type { Config } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { makeReferences, parseReferenceKey, type References } from './privacy/person-ref.ts';
import { makeSealer, parseRecipient, type Sealer } from './privacy/seal.ts';
import { readStaff, type Staff } from './sign-in/staff.ts';

export interface Secrets {
  readonly seal: Sealer;
  readonly references: References;
  readonly credentials: { readonly username?: string; readonly password?: string };
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Absent: nobody has to sign in. */
  readonly staff?: Staff;
}

/** A file that cannot be used; the message names the key of the configuration and the path. */
export class SecretUnfit extends Error {
  override readonly name = 'SecretUnfit';
}

export async function readSecrets({ privacy, uplink, gateway, campaign, staff: staffPath }: Config): Promise<Secrets> {
  const seal = await use('privacy.recipient', privacy.recipient, (text) => makeSealer(parseRecipient(text)));
  const references = await use('privacy.personRefKey', privacy.personRefKey, (text) =>
    makeReferences(parseReferenceKey(text)),
  );
  const password =
    uplink.passwordFile && (await use('uplink.passwordFile', uplink.passwordFile, (text) => text.trimEnd()));
  const username = uplink.username ?? (password === undefined ? undefined : gateway.id);
  const pem = async (key: 'ca' | 'cert' | 'key') =>
    uplink.tls?.[key] && { [key]: await use(`uplink.tls.${key}`, uplink.tls[key], (text) => text) };
  const tls = uplink.tls && { ...(await pem('ca')), ...(await pem('cert')), ...(await pem('key')) };
  const staff =
    staffPath === undefined
      ? undefined
      : await use('staff', staffPath, (text) => {
          const read = readStaff(text, staffPath, badgeCheck(campaign));
          if ('staff' in read) return read.staff;
          throw new Error(read.problems.map(formatProblem).join('\n'));
        });
  return {
    seal,
    references,
    credentials: { ...(username !== undefined && { username }), ...(password !== undefined && { password }) },
    ...(tls && { tls }),
    ...(staff && { staff }),
  };
}

/** What is scanned as a badge: `campaign.codes.operator`, or anything where there is no pattern. */
export function badgeCheck({ codes }: Config['campaign']): (text: string) => boolean {
  const pattern = codes.operator === undefined ? undefined : codePattern(codes.operator);
  return pattern && 'matches' in pattern ? pattern.matches : () => true;
}

async function use<T>(key: string, path: string, read: (text: string) => T): Promise<T> {
  try {
    return read(await readFile(path, 'utf8'));
  } catch (error) {
    throw new SecretUnfit(`${key}: ${path}: ${(error as Error).message}`);
  }
}
