/**
 * Which devices may have been swapped: two that nothing but their sockets tells apart, and that were out of their sockets at
 * the same time. Nothing is guessed: both are asked about until one of them is confirmed. Knows no device, only ids.
 */

export interface Pairs {
  /** What its adapter looks like while it is there: devices with the same text, in different sockets, are twins. */
  seen(id: string, alike: string | undefined, socket: string | undefined): void;
  /** Its connection ended, or its plug is out. Idempotent. */
  lost(id: string): void;
  /** It was in its socket all the time: no swap was possible. */
  stayed(id: string): void;
  /** It, or another, is plugged in again in its socket. */
  replugged(id: string): void;
  /** It is the right one, and so its twins cannot be it. */
  confirmed(id: string): void;
  /** As of an earlier run. */
  doubted(id: string, other: string): void;
  /** Their addresses were changed, or they were taken out of the configuration. A twin that was not is still asked about. */
  forget(ids: readonly string[]): void;
  /** Those that it may have been swapped with; empty: it is itself, or neither of them is back yet. */
  doubts(id: string): readonly string[];
}

interface Pair {
  readonly ids: readonly [string, string];
  /** Still open while one of them is away: it may turn out to have been there all the time. */
  isSettled: boolean;
}

export function createPairs(): Pairs {
  const adapters = new Map<string, { readonly alike: string; readonly socket: string | undefined }>();
  const away = new Set<string>();
  let pairs: readonly Pair[] = [];

  const areTwins = (a: string, b: string) => {
    const [one, other] = [adapters.get(a), adapters.get(b)];
    return one !== undefined && one.alike === other?.alike && one.socket !== other.socket;
  };
  const of = (id: string) => pairs.filter(({ ids }) => ids.includes(id));
  const drop = (gone: readonly Pair[]) => {
    pairs = pairs.filter((pair) => !gone.includes(pair));
  };
  const other = ({ ids: [a, b] }: Pair, id: string) => (a === id ? b : a);
  const add = (id: string, twin: string, isSettled: boolean) => {
    const known = of(id).find((pair) => other(pair, id) === twin);
    if (!known) pairs = [...pairs, { ids: [id, twin], isSettled }];
    else if (isSettled) known.isSettled = true;
  };

  return {
    seen(id, alike, socket) {
      if (alike === undefined) adapters.delete(id);
      else adapters.set(id, { alike, socket });
    },
    lost(id) {
      if (away.has(id)) return;
      for (const twin of away) if (areTwins(id, twin)) add(id, twin, false);
      away.add(id);
    },
    stayed(id) {
      away.delete(id);
      drop(of(id).filter(({ isSettled }) => !isSettled));
    },
    replugged(id) {
      away.delete(id);
      for (const pair of of(id)) if (!away.has(other(pair, id))) pair.isSettled = true;
    },
    confirmed: (id) => drop(of(id)),
    doubted: (id, twin) => add(id, twin, true),
    forget(ids) {
      drop(pairs.filter((pair) => pair.ids.every((id) => ids.includes(id))));
      for (const id of ids) {
        adapters.delete(id);
        away.delete(id);
      }
    },
    doubts: (id) =>
      of(id)
        .filter(({ isSettled }) => isSettled || !away.has(id))
        .map((pair) => other(pair, id)),
  };
}
