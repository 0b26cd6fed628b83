/** The sessions of a hut: which of them last, and the end of each in one commit with the audit event that says so. */
import type { Clock } from '../../device-drivers/clock.ts';
import type { EventData, EventType } from '../contract/events.ts';
import type { EventDraft } from '../store/store.ts';
import type { Entry, Journal } from './journal.ts';
import { isOver, keyOfToken, readSession, type Session, savedSession } from './session.ts';

const sessionPrefix = 'sign-in/session/';

export type Draft = <T extends EventType>(type: T, data: EventData<T>) => EventDraft;
export type EndReason = EventData<'audit.operator-signed-out'>['reason'];
export interface End {
  readonly session: Session;
  readonly reason: EndReason;
}

export interface SessionsParts {
  /** What the store has; other keys are passed over. */
  readonly saved: ReadonlyMap<string, string>;
  /** Whether who opened it is still one of the staff, in this role and with this PIN or password. */
  readonly mayLast: (session: Session) => boolean;
  readonly journal: Journal;
  readonly draft: Draft;
  readonly clock: Clock;
  readonly bootId: string;
  /** The last session of this operator on this lane is over. */
  readonly onEnded?: ((lane: string, operator: string, reason: EndReason) => void) | undefined;
}

export interface Sessions {
  /** That are not over, in the order in which they were opened. */
  lasting(): readonly Session[];
  ofTokens(tokens: readonly string[]): readonly Session[];
  used(sessions: readonly Session[]): void;
  /** What goes into the store with a session that opens while others end. */
  entryOf(opened: Session | undefined, ended: readonly End[]): Entry;
  /** From this moment they are what `entryOf` says, whatever the store does. */
  change(opened: Session | undefined, ended: readonly End[]): void;
  end(ended: readonly End[]): Promise<void>;
  /** Ends those whose time is up. */
  look(): Promise<void>;
  /** Called with the key of each session that ends. */
  onOver(listener: (key: string) => void): () => void;
}

export function createSessions({ saved, mayLast, journal, draft, clock, bootId, onEnded }: SessionsParts): Sessions {
  const live = new Map<string, { readonly session: Session; usedMs: number }>();
  const listeners = new Set<(key: string) => void>();
  const now = () => clock.monotonicMs();
  const lasting = () => [...live.values()].filter(({ session, usedMs }) => !isOver(session, usedMs, now()));

  function entryOf(opened: Session | undefined, ended: readonly End[]): Entry {
    return {
      events: ended.map(({ session: { operator, lane }, reason }) =>
        draft('audit.operator-signed-out', { operator, ...(lane !== undefined && { lane }), reason }),
      ),
      moves: [
        ...ended.map(({ session }) => ({ key: sessionPrefix + session.key, value: null })),
        ...(opened ? [{ key: sessionPrefix + opened.key, value: savedSession(opened, bootId) }] : []),
      ],
    };
  }

  function change(opened: Session | undefined, ended: readonly End[]): void {
    for (const { session } of ended) live.delete(session.key);
    if (opened) live.set(opened.key, { session: opened, usedMs: now() });
    for (const { session, reason } of ended) {
      const { key, lane, operator } = session;
      for (const listener of listeners) listener(key);
      const isThere = [...live.values()].some((one) => one.session.lane === lane && one.session.operator === operator);
      if (lane !== undefined && !isThere) onEnded?.(lane, operator, reason);
    }
  }

  function recall(): void {
    const ended: End[] = [];
    const strange: string[] = [];
    for (const [name, value] of saved) {
      if (!name.startsWith(sessionPrefix)) continue;
      const found = readSession(name.slice(sessionPrefix.length), value);
      if (!found) strange.push(name);
      else if (!mayLast(found.session)) ended.push({ session: found.session, reason: 'revoked' });
      else if (found.bootId !== bootId || isOver(found.session, now(), now()))
        ended.push({ session: found.session, reason: 'timeout' });
      else live.set(found.session.key, { session: found.session, usedMs: now() });
    }
    const { events, moves } = entryOf(undefined, ended);
    void journal.write({ events, moves: [...moves, ...strange.map((key) => ({ key, value: null }))] });
  }
  recall();

  const end = async (ended: readonly End[]) => {
    const there = ended.filter(({ session }) => live.has(session.key));
    change(undefined, there);
    await journal.write(entryOf(undefined, there));
  };

  return {
    lasting: () => lasting().map(({ session }) => session),
    ofTokens(tokens) {
      const keys = new Set(tokens.map(keyOfToken));
      return lasting().flatMap(({ session }) => (keys.has(session.key) ? [session] : []));
    },
    used(sessions) {
      for (const { key } of sessions) {
        const one = live.get(key);
        if (one) one.usedMs = now();
      }
    },
    entryOf,
    change,
    end,
    look() {
      const over = [...live.values()].filter(({ session, usedMs }) => isOver(session, usedMs, now()));
      return end(over.map(({ session }) => ({ session, reason: 'timeout' })));
    },
    onOver(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
