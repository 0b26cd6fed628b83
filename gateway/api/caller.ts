/**
 * Who sends a request: the sessions in the cookie `hutgate`, or a local tool with the token of the data directory. One
 * browser may show two lanes with an operator each, so the cookie holds a token for each sign-in, with dots between.
 */
import type { Role } from '../contract/lane.ts';
import { type Session, sessionLimits, tokenPattern } from '../sign-in/session.ts';
import type { SignIn } from '../sign-in/sign-in.ts';
import type { Access } from './access.ts';
import type { IsLocalTool } from './local-token.ts';
import { ApiProblem } from './problem.ts';

/** anybody: in a hut without staff. nobody: not signed in. */
export interface Caller {
  readonly role: Role | 'anybody' | 'nobody';
  /** Oldest first; empty for anybody, nobody and a local tool. */
  readonly sessions: readonly Session[];
}

interface Headers {
  readonly cookie?: string | undefined;
  readonly authorization?: string | undefined;
}

const cookieName = 'hutgate';
/** As many as a hut has lanes. */
const tokensMax = 16;

export function callerOf(headers: Headers, signIn: SignIn | undefined, isLocalTool: IsLocalTool): Caller {
  if (!signIn) return { role: 'anybody', sessions: [] };
  const bearer = /^Bearer ([A-Za-z0-9_-]+)$/.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined && isLocalTool(bearer)) return { role: 'technician', sessions: [] };
  const sessions = signIn.sessions(tokensIn(headers.cookie));
  return { role: sessions.at(-1)?.role ?? 'nobody', sessions };
}

/** Throws ApiProblem 401 or 403. */
export function admit({ role }: Caller, access: Access | undefined): void {
  if (access === undefined || access === 'open' || role === 'anybody') return;
  if (role === 'nobody') throw new ApiProblem(401, 'sign-in', 'Sign in first.');
  if (access !== 'any' && access !== role)
    throw new ApiProblem(403, 'wrong-role', `This is for a ${access}; you are signed in as a ${role}.`);
}

/** RFC 6265; several cookies of one name are taken together. */
export function tokensIn(cookie: string | undefined): readonly string[] {
  const values = (cookie ?? '').split(';').flatMap((pair) => {
    const [name, value] = pair.trim().split('=', 2);
    return name === cookieName && value !== undefined ? value.split('.') : [];
  });
  return values.filter((token) => tokenPattern.test(token)).slice(-tokensMax);
}

/** No `Secure`: the page is on loopback and has no certificate. Without tokens the browser forgets it. */
export function setCookie(tokens: readonly string[], role: Role): string {
  const seconds = tokens.length === 0 ? 0 : sessionLimits[role].mostMs / 1_000;
  return `${cookieName}=${tokens.slice(-tokensMax).join('.')}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}`;
}
