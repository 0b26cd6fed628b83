/**
 * Who may work this hut: badges that wait for their PIN, sessions, lock-out. A session begins and ends in one commit with
 * the audit event that says so. PINs, passwords and tokens are in no event, no state and no log.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../device-drivers/clock.ts';
import type { EventData } from '../contract/events.ts';
import type { SignInRequest } from '../contract/lane.ts';
import type { Log } from '../log.ts';
import type { StateMove, Store } from '../store/store.ts';
import { createJournal } from './journal.ts';
import { isSecret, nobodysHash } from './secret-hash.ts';
import { keyOfToken, type Session, tokenBytes } from './session.ts';
import { createSessions, type Draft, type End, type EndReason } from './sessions.ts';
import { type Staff, type StaffMember, secretRef } from './staff.ts';
import { type Counted, createTries } from './tries.ts';

/** What `store.state` has to be asked for. */
export const signInPrefix = 'sign-in/';
const revokedPrefix = `${signInPrefix}revoked/`;

/** Between the badge and its PIN. */
const pinWithinMs = 60_000;
const lookEveryMs = 10_000;
/** Each takes 32 MiB for a moment: one at a time, and few wait. */
const waitingMax = 8;

export interface SignInParts {
  readonly staff: Staff;
  /** Ids of the configuration. */
  readonly lanes: readonly string[];
  readonly store: Pick<Store, 'append'>;
  /** What the store has under `signInPrefix`. */
  readonly saved: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly bootId: string;
  readonly draft: Draft;
  readonly log: Pick<Log, 'error'>;
  /** Of tokens. */
  readonly random?: (bytes: number) => Buffer;
  /** A sampler is signed in and it is on the disk: the lane opens its session, or takes it over. Must not reject. */
  readonly onVerified?: (lane: string, operator: string, at: Moment) => void | Promise<void>;
  /** The last session of this operator on this lane is over. */
  readonly onEnded?: (lane: string, operator: string, reason: EndReason) => void;
}

export interface Moment {
  readonly wallMs: number;
  readonly monoMs: number;
}

export type BadgeScan =
  | { readonly answer: 'enter-pin'; readonly operator: string }
  | { readonly answer: 'locked'; readonly forMs: number }
  | { readonly answer: 'unknown' };

export type SignInOutcome =
  | { readonly ok: true; readonly token: string; readonly session: Session }
  | { readonly ok: false; readonly why: 'wrong' | 'no-badge' | 'no-such-lane' | 'busy' | 'not-recorded' }
  | { readonly ok: false; readonly why: 'locked'; readonly forMs: number };

export interface SignIn {
  /** An operator's badge was scanned on this lane. The text must not go on to anybody. */
  badgeScanned(lane: string, badge: string): BadgeScan;
  /** A badge was scanned here and its PIN is awaited. */
  isBadgeWaiting(lane: string): boolean;
  /** How long the badge that was scanned here in the last minute has to wait after wrong PINs; 0: there is none, or it is not locked. */
  badgeLockedForMs(lane: string): number;
  /** Who signed in last on this lane and still is. */
  operatorOf(lane: string): string | undefined;
  /** Somebody works on this lane: a scan is as good a sign of life as a tap. */
  laneUsed(lane: string): void;
  /** `current`: sessions that this browser has already; the new one replaces those of its lane and of other roles. */
  signIn(request: SignInRequest, current: readonly Session[]): Promise<SignInOutcome>;
  /** The sessions of these tokens that are not over, oldest first. */
  sessions(tokens: readonly string[]): readonly Session[];
  /** A person did something with these. */
  used(sessions: readonly Session[]): void;
  signOut(sessions: readonly Session[]): Promise<void>;
  /** Ends all sessions of an operator, and lets nobody in with this PIN or password again. False: no such operator. */
  revoke(operator: string): Promise<boolean>;
  /** Called with the key of each session that ends. */
  onSessionOver(listener: (key: string) => void): () => void;
  stop(): void;
}

export function createSignIn(parts: SignInParts): SignIn {
  const { staff, lanes, saved, clock, bootId, draft, random = randomBytes } = parts;
  const now = () => clock.monotonicMs();
  interface Scanned {
    readonly operator: string;
    readonly untilMs: number;
    /** A badge that was locked when it was scanned opens nothing. */
    readonly opensPin: boolean;
  }
  const badges = new Map<string, Scanned>();
  /** `secretRef` of who was revoked. */
  const revoked = new Map<string, string>();
  for (const [name, value] of saved)
    if (name.startsWith(revokedPrefix)) revoked.set(name.slice(revokedPrefix.length), value);
  const usable = (member: StaffMember | undefined): StaffMember | undefined =>
    member && revoked.get(member.id) !== secretRef(member) ? member : undefined;

  const tries = createTries({ saved, clock, bootId });
  const journal = createJournal(parts.store, parts.log);
  const refused = (data: EventData<'audit.sign-in-refused'>, moves: readonly StateMove[] = []) =>
    journal.record({ events: [draft('audit.sign-in-refused', data)], moves });
  const sessions = createSessions({
    mayLast({ operator, role, lane, secret }) {
      const member = usable(staff.withId(operator));
      const isSame = member?.role === role && secretRef(member) === secret;
      return isSame && (lane === undefined || lanes.includes(lane));
    },
    ...{ saved, journal, draft, clock, bootId, onEnded: parts.onEnded },
  });

  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let cancelLook = () => {};
  const look = () => {
    for (const [lane, { untilMs }] of badges) if (untilMs <= now()) badges.delete(lane);
    void sessions.look();
    cancelLook = clock.after(lookEveryMs, look);
  };
  cancelLook = clock.after(lookEveryMs, look);

  /** One at a time: guesses that are sent together are counted one by one all the same. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    waiting += 1;
    const result = turn.then(work).finally(() => {
      waiting -= 1;
    });
    turn = result.catch(() => {});
    return result;
  }

  function scannedBadge(lane: string): Scanned | undefined {
    const badge = badges.get(lane);
    return badge && badge.untilMs > now() ? badge : undefined;
  }
  function waitingBadge(lane: string): string | undefined {
    const badge = scannedBadge(lane);
    return badge?.opensPin ? badge.operator : undefined;
  }

  interface Attempt {
    readonly member: StaffMember | undefined;
    readonly lane?: string;
    readonly secret: string;
    readonly counted: readonly Counted[];
  }

  async function attempt(
    { member, lane, secret, counted }: Attempt,
    current: readonly Session[],
  ): Promise<SignInOutcome> {
    const about = { ...(member && { operator: member.id }), ...(lane !== undefined && { lane }) };
    const forMs = tries.lockedForMs(counted);
    if (forMs > 0) {
      if (tries.isLockNews(counted)) await refused({ ...about, reason: 'locked' });
      return { ok: false, why: 'locked', forMs };
    }
    const isRight = await isSecret(secret, member?.hash ?? nobodysHash);
    // Whoever was revoked meanwhile is not let in either.
    if (!isRight || !member || !usable(member)) {
      await refused({ ...about, reason: member ? 'wrong' : 'unknown' }, tries.wrong(counted));
      return { ok: false, why: 'wrong' };
    }
    if (lane !== undefined && waitingBadge(lane) === member.id) badges.delete(lane);
    return open(member, lane, current, tries.right(counted));
  }

  async function open(
    member: StaffMember,
    lane: string | undefined,
    current: readonly Session[],
    moves: readonly StateMove[],
  ): Promise<SignInOutcome> {
    const { id: operator, role } = member;
    const token = random(tokenBytes).toString('base64url');
    const session: Session = {
      ...{ key: keyOfToken(token), operator, role, openedMs: now(), secret: secretRef(member) },
      ...(lane !== undefined && { lane }),
    };
    const isLeft = (one: Session) =>
      current.some(({ key }) => key === one.key) && (one.role !== role || one.lane === lane);
    const isTakenOver = (one: Session) => lane !== undefined && one.lane === lane && one.operator !== operator;
    const ended = sessions
      .lasting()
      .filter((one) => isLeft(one) || isTakenOver(one))
      .map((one): End => ({ session: one, reason: one.operator === operator ? 'self' : 'handover' }));
    const { events, moves: sessionMoves } = sessions.entryOf(session, ended);
    const method = role === 'sampler' ? 'badge-and-pin' : 'password';
    const signedIn = draft('audit.operator-signed-in', { operator, ...(lane !== undefined && { lane }), method });
    const entry = { events: [...events, signedIn], moves: [...moves, ...sessionMoves] };
    // Who samples could record nobody while the disk takes nothing; who is to look why has to get in.
    if (role === 'technician') await journal.write(entry);
    else if (!(await journal.record(entry))) return { ok: false, why: 'not-recorded' };
    sessions.change(session, ended);
    if (!usable(member)) {
      await sessions.end([{ session, reason: 'revoked' }]);
      return { ok: false, why: 'wrong' };
    }
    if (lane !== undefined) await parts.onVerified?.(lane, operator, { wallMs: clock.wallMs(), monoMs: now() });
    return { ok: true, token, session };
  }

  return {
    badgeScanned(lane, badge) {
      const member = usable(staff.withBadge(badge));
      badges.delete(lane);
      if (member?.role !== 'sampler') {
        void refused({ lane, reason: 'unknown' });
        return { answer: 'unknown' };
      }
      const forMs = tries.lockedForMs(countedOnLane(lane, member.id));
      badges.set(lane, { operator: member.id, untilMs: now() + pinWithinMs, opensPin: forMs === 0 });
      if (forMs > 0) return { answer: 'locked', forMs };
      return { answer: 'enter-pin', operator: member.id };
    },
    isBadgeWaiting: (lane) => waitingBadge(lane) !== undefined,
    badgeLockedForMs(lane) {
      const badge = scannedBadge(lane);
      return badge ? tries.lockedForMs(countedOnLane(lane, badge.operator)) : 0;
    },
    operatorOf: (lane) => sessions.lasting().findLast((session) => session.lane === lane)?.operator,
    laneUsed: (lane) => sessions.used(sessions.lasting().filter((session) => session.lane === lane)),
    async signIn(request, current) {
      if (waiting >= waitingMax) return { ok: false, why: 'busy' };
      if ('pin' in request) {
        const { lane, pin: secret } = request;
        if (!lanes.includes(lane)) return { ok: false, why: 'no-such-lane' };
        return inTurn(async () => {
          const operator = waitingBadge(lane);
          if (operator === undefined) return { ok: false, why: 'no-badge' };
          const member = usable(staff.withId(operator));
          return attempt({ member, lane, secret, counted: countedOnLane(lane, operator) }, current);
        });
      }
      const { name, password: secret } = request;
      return inTurn(async () => {
        const found = usable(staff.withId(name));
        const member = found?.role === 'technician' ? found : undefined;
        // The name of nobody may be anything, also what should have gone into the other field.
        const who: Counted = member
          ? { kind: 'operator', id: member.id }
          : { kind: 'unknown', id: createHash('sha256').update(name).digest('base64url') };
        return attempt({ member, secret, counted: [who, { kind: 'form', id: 'password' }] }, current);
      });
    },
    sessions: sessions.ofTokens,
    used: sessions.used,
    signOut: (leaving) => sessions.end(leaving.map((session) => ({ session, reason: 'self' }))),
    async revoke(operator) {
      const member = staff.withId(operator);
      if (!member) return false;
      revoked.set(operator, secretRef(member));
      for (const [lane, badge] of badges) if (badge.operator === operator) badges.delete(lane);
      const ended = sessions.lasting().filter((session) => session.operator === operator);
      const over = sessions.end(ended.map((session) => ({ session, reason: 'revoked' })));
      await journal.write({ events: [], moves: [{ key: revokedPrefix + operator, value: secretRef(member) }] });
      await over;
      return true;
    },
    onSessionOver: sessions.onOver,
    stop: () => cancelLook(),
  };
}

const countedOnLane = (lane: string, operator: string): readonly Counted[] => [
  { kind: 'operator', id: operator },
  { kind: 'lane', id: lane },
];
