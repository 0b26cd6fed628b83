/** Counts wrong tries by operator, lane and form, and gives the state that goes into the store with them: a restart unlocks nobody. */
import { z } from 'zod';
import type { Clock } from '../../device-drivers/clock.ts';
import type { StateMove } from '../store/store.ts';
import { afterReboot, afterWrong, lockedForMs, type Tries, wrongTriesMax, wrongTriesOfFormMax } from './lock-out.ts';

/** Whose tries are counted; `unknown` is a name that nobody has, by its digest. */
export type Counted =
  | { readonly kind: 'operator' | 'lane' | 'unknown'; readonly id: string }
  | { readonly kind: 'form'; readonly id: 'password' };

export interface TryCounts {
  /** The longest lock of these; 0: none. */
  lockedForMs(counted: readonly Counted[]): number;
  /** True once for each lock: it has to be told, and not with every try that meets it. */
  isLockNews(counted: readonly Counted[]): boolean;
  wrong(counted: readonly Counted[]): StateMove[];
  right(counted: readonly Counted[]): StateMove[];
}

const triesPrefix = 'sign-in/tries/';
/** Names that nobody has are kept in memory only, the newest of them. */
const unknownMax = 256;

const keyOf = ({ kind, id }: Counted) => `${kind}/${id}`;
const triesMaxOf = (key: string) => (key.startsWith('form/') ? wrongTriesOfFormMax : wrongTriesMax);
const savedTries = z.object({ wrong: z.int().min(0), lockedUntilMs: z.number(), bootId: z.string() });

export function createTries({
  saved,
  clock,
  bootId,
}: {
  /** Of the store; keys that do not begin with `triesPrefix` are passed over. */
  readonly saved: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly bootId: string;
}): TryCounts {
  const tries = new Map<string, Tries>();
  const now = () => clock.monotonicMs();

  for (const [name, text] of saved) {
    if (!name.startsWith(triesPrefix)) continue;
    const key = name.slice(triesPrefix.length);
    const read = parse(text);
    if (read) tries.set(key, read.bootId === bootId ? read : afterReboot(read, now(), triesMaxOf(key)));
  }

  const isKept = (key: string) => !key.startsWith('unknown/');
  const forgetUnknown = () => {
    const unknown = [...tries.keys()].filter((key) => !isKept(key));
    for (const key of unknown.slice(0, Math.max(0, unknown.length - unknownMax))) tries.delete(key);
  };

  return {
    lockedForMs: (counted) => Math.max(0, ...counted.map((one) => lockedForMs(tries.get(keyOf(one)), now()))),
    isLockNews(counted) {
      const news = counted.flatMap((one) => {
        const found = tries.get(keyOf(one));
        return found && !found.isLockTold && lockedForMs(found, now()) > 0 ? [[keyOf(one), found] as const] : [];
      });
      for (const [key, found] of news) tries.set(key, { ...found, isLockTold: true });
      return news.length > 0;
    },
    wrong(counted) {
      const moves = counted.map(keyOf).map((key) => {
        const next = afterWrong(tries.get(key), now(), triesMaxOf(key));
        tries.delete(key);
        tries.set(key, next);
        const { wrong, lockedUntilMs } = next;
        return { key, move: { key: triesPrefix + key, value: JSON.stringify({ wrong, lockedUntilMs, bootId }) } };
      });
      forgetUnknown();
      return moves.filter(({ key }) => isKept(key)).map(({ move }) => move);
    },
    right: (counted) =>
      counted.map(keyOf).flatMap((key) => (tries.delete(key) ? [{ key: triesPrefix + key, value: null }] : [])),
  };
}

function parse(text: string): (Tries & { readonly bootId: string }) | undefined {
  try {
    return { ...savedTries.parse(JSON.parse(text)), isLockTold: false };
  } catch {
    return undefined;
  }
}
