/**
 * What sign-in writes, in its order. What the store refuses while its disk is full waits and is written before anything
 * else: a session that ended meanwhile would come back with a restart if its end were forgotten.
 */
import type { Log } from '../log.ts';
import { type EventDraft, type StateMove, type Store, StoreRefused } from '../store/store.ts';

export interface Entry {
  readonly events: readonly EventDraft[];
  readonly moves: readonly StateMove[];
}

export interface Journal {
  /** Now, or with the next one; an empty entry only tries again what waits. */
  write(entry: Entry): Promise<void>;
  /** Now, or not at all. False: not recorded, and said in the log. */
  record(entry: Entry): Promise<boolean>;
}

export function createJournal(store: Pick<Store, 'append'>, log: Pick<Log, 'error'>): Journal {
  const waiting: Entry[] = [];
  let turn: Promise<unknown> = Promise.resolve();

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  };

  async function append(entries: readonly Entry[]): Promise<boolean> {
    const events = entries.flatMap((entry) => entry.events);
    const moves = entries.flatMap((entry) => entry.moves);
    if (entries.length === 0) return true;
    try {
      await store.append(events, moves);
      return true;
    } catch (error) {
      if (!(error instanceof StoreRefused)) throw error;
      log.error({ types: events.map(({ type }) => type), why: error.why }, 'sign-in events could not be written');
      return false;
    }
  }
  async function flush(): Promise<boolean> {
    const entries = [...waiting];
    if (!(await append(entries))) return false;
    waiting.splice(0, entries.length);
    return true;
  }

  return {
    write(entry) {
      if (entry.events.length + entry.moves.length > 0) waiting.push(entry);
      return inTurn(flush).then(() => {});
    },
    record: (entry) => inTurn(async () => (await flush()) && append([entry])),
  };
}
