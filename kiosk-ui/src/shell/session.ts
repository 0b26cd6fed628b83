/** Who this page is, as the gateway says: signed in as whom, and what may be known before that. Nothing of it is kept in the browser. */
import type { SignInRequest, SignInView } from '../../../gateway/contract/lane.ts';
import { createStore, type Source } from '../store.ts';
import { ask, type Problem } from './ask.ts';

export type Session =
  /** Not known yet. */
  | { readonly state: 'asking' }
  /** Nobody has to sign in. */
  | { readonly state: 'open' }
  | { readonly state: 'out'; readonly view: SignInView }
  | { readonly state: 'in'; readonly view: SignInView; readonly who: NonNullable<SignInView['signedIn']> };

export interface SessionStore extends Source<Session> {
  /** Asks the gateway again: after a refusal, and after each connection that ended. */
  refresh(): Promise<void>;
  /** undefined: signed in. */
  signIn(request: SignInRequest): Promise<Problem | undefined>;
  /** Of all lanes of this page. */
  signOut(): Promise<Problem | undefined>;
}

const askAgainMs = 1_000;

export function createSession(): SessionStore {
  const store = createStore<Session, Session>((_, next) => next, { state: 'asking' });
  const refresh = async () => {
    const answer = await ask('GET', '/api/sign-in');
    if (answer.ok) store.tell(sessionOf(answer.body as SignInView));
    // A gateway that has no such route asks nobody.
    else if (answer.problem.status === 404) store.tell({ state: 'open' });
    else if (store.get().state === 'asking') setTimeout(refresh, askAgainMs);
  };
  const change = async (path: string, request: object) => {
    const answer = await ask('POST', path, request);
    if (!answer.ok) return answer.problem;
    store.tell(sessionOf(answer.body as SignInView));
    return undefined;
  };
  return {
    get: store.get,
    subscribe: store.subscribe,
    refresh,
    signIn: (request) => change('/api/sign-in', request),
    signOut: () => change('/api/sign-out', {}),
  };
}

export function sessionOf(view: SignInView): Session {
  if (view.open) return { state: 'open' };
  return view.signedIn ? { state: 'in', view, who: view.signedIn } : { state: 'out', view };
}
