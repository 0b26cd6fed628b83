/** What is asked of the lanes by a tap, and what came of it: an action that did not reach the hut is said as not recorded. */
import type { LaneAction } from '../../../gateway/contract/lane.ts';
import { createStore, type Source } from '../store.ts';
import { ask, type Problem } from './ask.ts';

export interface Refused {
  readonly action: LaneAction['action'];
  readonly problem: Problem;
}

export interface Acts extends Source<ReadonlyMap<string, Refused>> {
  /** Resolves when the gateway has answered, or has not; what the lane says of it comes on the live feed. */
  act(lane: string, action: LaneAction): Promise<void>;
  dismiss(lane: string): void;
}

/** `signedOut`: the gateway does not know this page any more. */
export function createActs(signedOut: () => void): Acts {
  const store = createStore<ReadonlyMap<string, Refused>, readonly [string, Refused | undefined]>(
    (old, [lane, refused]) => {
      if (!refused && !old.has(lane)) return old;
      const next = new Map(old);
      if (refused) next.set(lane, refused);
      else next.delete(lane);
      return next;
    },
    new Map(),
  );
  return {
    get: store.get,
    subscribe: store.subscribe,
    act: async (lane, action) => {
      const answer = await ask('POST', `/api/lanes/${encodeURIComponent(lane)}/actions`, action);
      store.tell([lane, answer.ok ? undefined : { action: action.action, problem: answer.problem }]);
      if (!answer.ok && answer.problem.status === 401) signedOut();
    },
    dismiss: (lane) => store.tell([lane, undefined]),
  };
}
