/** One value that changes by actions through a pure function, and tells whoever looks. */
import { useEffect, useState } from 'preact/hooks';

export interface Source<S> {
  get(): S;
  subscribe(listener: () => void): () => void;
}

export interface Store<S, A> extends Source<S> {
  tell(action: A): void;
}

export function createStore<S, A>(reduce: (state: S, action: A) => S, initial: S): Store<S, A> {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell: (action) => {
      const next = reduce(state, action);
      if (next === state) return;
      state = next;
      for (const listener of listeners) listener();
    },
  };
}

/** The value now, and a new rendering when it changes. */
export function useSource<S>(source: Source<S>): S {
  const [state, setState] = useState(source.get);
  useEffect(() => {
    const look = () => setState(source.get);
    look();
    return source.subscribe(look);
  }, [source]);
  return state;
}
