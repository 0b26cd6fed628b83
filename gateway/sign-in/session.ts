/**
 * What a sign-in leaves behind: a random token in the browser's cookie, and here its SHA-256 with who it is. Times are
 * monotonic: no step of the wall clock ends or prolongs a session. After a reboot they say nothing, and all have ended.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Role, roles } from '../contract/lane.ts';

const minuteMs = 60_000;
export interface SessionLimits {
  readonly mostMs: number;
  readonly idleMs: number;
}
/** A shift; and a look at the technique by somebody who then leaves the hut. */
export const sessionLimits: Readonly<Record<Role, SessionLimits>> = {
  sampler: { mostMs: 12 * 60 * minuteMs, idleMs: 120 * minuteMs },
  technician: { mostMs: 60 * minuteMs, idleMs: 15 * minuteMs },
};

export const tokenBytes = 32;
export const tokenPattern = /^[A-Za-z0-9_-]{43}$/;

export interface Session {
  /** SHA-256 of the token, base64url. */
  readonly key: string;
  readonly operator: string;
  readonly role: Role;
  /** Of a sampler. */
  readonly lane?: string;
  /** Monotonic. */
  readonly openedMs: number;
  /** See `secretRef`. */
  readonly secret: string;
}

export const keyOfToken = (token: string): string => createHash('sha256').update(token).digest('base64url');

export function isOver({ role, openedMs }: Pick<Session, 'role' | 'openedMs'>, usedMs: number, nowMs: number): boolean {
  const { mostMs, idleMs } = sessionLimits[role];
  return nowMs - openedMs >= mostMs || nowMs - usedMs >= idleMs;
}

const saved = z.object({
  operator: z.string(),
  role: z.enum(roles),
  lane: z.string().optional(),
  openedMs: z.number(),
  secret: z.string(),
  bootId: z.string(),
});

export const savedSession = ({ key: _, ...session }: Session, bootId: string) => JSON.stringify({ ...session, bootId });

/** undefined: not a session that this gateway wrote. */
export function readSession(key: string, text: string): { session: Session; bootId: string } | undefined {
  try {
    const { bootId, lane, ...rest } = saved.parse(JSON.parse(text));
    return { session: { key, ...rest, ...(lane !== undefined && { lane }) }, bootId };
  } catch {
    return undefined;
  }
}
