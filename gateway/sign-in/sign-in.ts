/**
 * Who may work this hut: badges that wait for their PIN, sessions, lock-out. A session begins and ends in one commit with
 * the audit event that says so. PINs, passwords and tokens are in no event, no state and no log.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../device-drivers/clock.ts';
import type { EventData, EventType } from '../contract/events.ts';
import type { SignInRequest } from '../contract/lane.ts';
import type { Log } from '../log.ts';
import { type EventDraft, type StateMove, type Store, StoreRefused } from '../store/store.ts';
import { isSecret, nobodysHash } from './secret-hash.ts';
import { isOver, keyOfToken, readSession, type Session, savedSession, tokenBytes } from './session.ts';
import { type Staff, type StaffMember, secretRef } from './staff.ts';
import { type Counted, createTries } from './tries.ts';

/** What `store.state` has to be asked for. */
export const signInPrefix = 'sign-in/';
const sessionPrefix = `${signInPrefix}session/`;
const revokedPrefix = `${signInPrefix}revoked/`;

/** Between the badge and its PIN. */
export const pinWithinMs = 60_000;
const lookEveryMs = 10_000;
/** Each takes 32 MiB for a moment: one at a time, and few wait. */
const waitingMax = 8;

export type EndReason = EventData<'audit.operator-signed-out'>['reason'];

export interface SignInParts {
  readonly staff: Staff;
  /** Ids of the configuration. */
  readonly lanes: readonly string[];
  readonly store: Pick<Store, 'append'>;
  /** What the store has under `signInPrefix`. */
  readonly saved: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly bootId: string;
  readonly draft: <T extends EventType>(type: T, data: EventData<T>) => EventDraft;
  readonly log: Pick<Log, 'warn' | 'error'>;
  /** Of tokens. */
  readonly random?: (bytes: number) => Buffer;
  /** A sampler is signed in and it is on the disk: the lane opens its session, or takes it over. */
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

interface Live {
  readonly session: Session;
  usedMs: number;
}

export function createSignIn(parts: SignInParts): SignIn {
  const { staff, lanes, store, saved, clock, bootId, draft, log, random = randomBytes } = parts;
  const live = new Map<string, Live>();
  const badges = new Map<string, { readonly operator: string; readonly untilMs: number }>();
  const tries = createTries({ saved, clock, bootId });
  const listeners = new Set<(key: string) => void>();
  /** `secretRef` of who was revoked. */
  const revoked = new Map<string, string>();
  /** Ends that the store has not taken yet: without them a restart would bring the session back. */
  let unsaid: { readonly event: EventDraft; readonly move: StateMove }[] = [];
  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();

  const now = () => clock.monotonicMs();
  const usable = (member: StaffMember | undefined): StaffMember | undefined =>
    member && revoked.get(member.id) !== secretRef(member) ? member : undefined;

  /** False: not recorded, and said in the log. */
  async function append(drafts: readonly EventDraft[], moves: readonly StateMove[]): Promise<boolean> {
    try {
      await store.append(drafts, moves);
      return true;
    } catch (error) {
      if (!(error instanceof StoreRefused)) throw error;
      log.error({ types: drafts.map(({ type }) => type), why: error.why }, 'sign-in events could not be written');
      return false;
    }
  }
  const audit = (data: EventData<'audit.sign-in-refused'>, moves: readonly StateMove[] = []) =>
    append([draft('audit.sign-in-refused', data)], moves);

  const endOf = ({ key, operator, lane }: Session, reason: EndReason) => ({
    event: draft('audit.operator-signed-out', { operator, ...(lane !== undefined && { lane }), reason }),
    move: { key: sessionPrefix + key, value: null },
  });
  /** From this moment nobody gets in with them, whatever the store says. */
  function drop(sessions: readonly Session[], reason: EndReason): void {
    for (const { key } of sessions) live.delete(key);
    for (const { key, operator, lane } of sessions) {
      for (const listener of listeners) listener(key);
      const isStillThere = [...live.values()].some(
        ({ session }) => session.lane === lane && session.operator === operator,
      );
      if (lane !== undefined && !isStillThere) parts.onEnded?.(lane, operator, reason);
    }
  }
  async function end(sessions: readonly Session[], reason: EndReason): Promise<void> {
    if (sessions.length === 0) return;
    drop(sessions, reason);
    await say(sessions.map((session) => endOf(session, reason)));
  }
  async function say(ends: typeof unsaid): Promise<void> {
    const isSaid = await append(
      ends.map(({ event }) => event),
      ends.map(({ move }) => move),
    );
    if (!isSaid) unsaid.push(...ends);
  }

  const lasting = () => [...live.values()].filter(({ session, usedMs }) => !isOver(session, usedMs, now()));

  function recall(): void {
    for (const [name, value] of saved)
      if (name.startsWith(revokedPrefix)) revoked.set(name.slice(revokedPrefix.length), value);
    const over: { readonly session: Session; readonly reason: EndReason }[] = [];
    for (const [name, value] of saved) {
      if (!name.startsWith(sessionPrefix)) continue;
      const found = readSession(name.slice(sessionPrefix.length), value);
      if (!found) {
        void append([], [{ key: name, value: null }]);
        continue;
      }
      const { bootId: boot, ...session } = found;
      const member = usable(staff.withId(session.operator));
      const isStaff = member && member.role === session.role && secretRef(member) === session.secret;
      const isHere = session.lane === undefined || lanes.includes(session.lane);
      if (!isStaff || !isHere) over.push({ session, reason: 'revoked' });
      else if (boot !== bootId || isOver(session, now(), now())) over.push({ session, reason: 'timeout' });
      else live.set(session.key, { session, usedMs: now() });
    }
    if (over.length > 0) void say(over.map(({ session, reason }) => endOf(session, reason)));
  }

  let cancelLook = () => {};
  const look = () => {
    const over = [...live.values()].filter(({ session, usedMs }) => isOver(session, usedMs, now()));
    void end(
      over.map(({ session }) => session),
      'timeout',
    );
    for (const [lane, { untilMs }] of badges) if (untilMs <= now()) badges.delete(lane);
    const again = unsaid;
    unsaid = [];
    if (again.length > 0) void say(again);
    cancelLook = clock.after(lookEveryMs, look);
  };
  recall();
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

  function waitingBadge(lane: string): string | undefined {
    const badge = badges.get(lane);
    return badge && badge.untilMs > now() ? badge.operator : undefined;
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
      if (tries.isLockNews(counted)) await audit({ ...about, reason: 'locked' });
      return { ok: false, why: 'locked', forMs };
    }
    const isRight = await isSecret(secret, member?.hash ?? nobodysHash);
    if (!isRight || !member) {
      await audit({ ...about, reason: member ? 'wrong' : 'unknown' }, tries.wrong(counted));
      return { ok: false, why: 'wrong' };
    }
    if (lane !== undefined) badges.delete(lane);
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
    const replaced = current.filter((one) => live.has(one.key) && (one.role !== role || one.lane === lane));
    const others = [...live.values()]
      .map(({ session }) => session)
      .filter((one) => lane !== undefined && one.lane === lane && one.operator !== operator && !replaced.includes(one));
    const over = [
      ...replaced.map((one) => ({
        one,
        reason: one.operator === operator ? ('self' as const) : ('handover' as const),
      })),
      ...others.map((one) => ({ one, reason: 'handover' as const })),
    ];
    const ends = over.map(({ one, reason }) => endOf(one, reason));
    const method = role === 'sampler' ? 'badge-and-pin' : 'password';
    const isRecorded = await append(
      [
        ...ends.map(({ event }) => event),
        draft('audit.operator-signed-in', { operator, ...(lane !== undefined && { lane }), method }),
      ],
      [
        ...moves,
        ...ends.map(({ move }) => move),
        { key: sessionPrefix + session.key, value: savedSession(session, bootId) },
      ],
    );
    // Who is to look why the disk takes nothing has to get in; who samples could record nobody.
    if (!isRecorded && role === 'sampler') return { ok: false, why: 'not-recorded' };
    if (!isRecorded) unsaid.push(...ends);
    live.set(session.key, { session, usedMs: now() });
    for (const { one, reason } of over) drop([one], reason);
    if (lane !== undefined) await parts.onVerified?.(lane, operator, { wallMs: clock.wallMs(), monoMs: now() });
    return { ok: true, token, session };
  }

  return {
    badgeScanned(lane, badge) {
      const member = usable(staff.withBadge(badge));
      badges.delete(lane);
      if (member?.role !== 'sampler') {
        void audit({ lane, reason: 'unknown' });
        return { answer: 'unknown' };
      }
      const forMs = tries.lockedForMs(countedOnLane(lane, member.id));
      if (forMs > 0) return { answer: 'locked', forMs };
      badges.set(lane, { operator: member.id, untilMs: now() + pinWithinMs });
      return { answer: 'enter-pin', operator: member.id };
    },
    isBadgeWaiting: (lane) => waitingBadge(lane) !== undefined,
    operatorOf: (lane) => lasting().findLast(({ session }) => session.lane === lane)?.session.operator,
    laneUsed(lane) {
      for (const one of lasting()) if (one.session.lane === lane) one.usedMs = now();
    },
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
    sessions(tokens) {
      const keys = new Set(tokens.map(keyOfToken));
      return lasting().flatMap(({ session }) => (keys.has(session.key) ? [session] : []));
    },
    used(sessions) {
      for (const { key } of sessions) {
        const one = live.get(key);
        if (one) one.usedMs = now();
      }
    },
    signOut: (sessions) =>
      end(
        sessions.filter(({ key }) => live.has(key)),
        'self',
      ),
    async revoke(operator) {
      const member = staff.withId(operator);
      if (!member) return false;
      revoked.set(operator, secretRef(member));
      for (const [lane, badge] of badges) if (badge.operator === operator) badges.delete(lane);
      const over = [...live.values()].map(({ session }) => session).filter((session) => session.operator === operator);
      drop(over, 'revoked');
      const ends = over.map((session) => endOf(session, 'revoked'));
      const isRecorded = await append(
        ends.map(({ event }) => event),
        [...ends.map(({ move }) => move), { key: revokedPrefix + operator, value: secretRef(member) }],
      );
      if (!isRecorded) throw new Error('the revocation could not be written: it holds until the next restart');
      return true;
    },
    onSessionOver(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => cancelLook(),
  };
}

const countedOnLane = (lane: string, operator: string): readonly Counted[] => [
  { kind: 'operator', id: operator },
  { kind: 'lane', id: lane },
];
