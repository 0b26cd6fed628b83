/** `/api/sign-in` and `/api/sign-out`: who this page is, and how that changes. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type SignInView, signInRequest, signOutRequest } from '../contract/lane.ts';
import type { SignIn, SignInOutcome } from '../sign-in/sign-in.ts';
import { readBody } from './body.ts';
import { type Caller, setCookie, tokensIn } from './caller.ts';
import { ApiProblem } from './problem.ts';
import type { HutView } from './view.ts';

/** Stands in the audit of a hut in which nobody signs in. */
export const anybody = 'anybody';

export interface SignInRoutesParts {
  readonly signIn: SignIn | undefined;
  readonly view: HutView;
  readonly demo: SignInView['demo'];
  readonly callerOf: (request: FastifyRequest) => Caller;
}

export function signInRoutes(app: Pick<FastifyInstance, 'get' | 'post'>, parts: SignInRoutesParts): void {
  const { signIn, view, callerOf } = parts;

  const viewOf = (caller: Pick<Caller, 'sessions'>): SignInView => {
    const last = caller.sessions.at(-1);
    return {
      ...(last && { signedIn: { operator: last.operator, role: last.role, ...(last.lane && { lane: last.lane }) } }),
      ...(!signIn && { signedIn: { operator: anybody, role: 'technician' as const }, open: true }),
      mine: caller.sessions.flatMap(({ lane, operator }) => (lane === undefined ? [] : [{ lane, operator }])),
      lanes: laneSigns(view, signIn),
      site: view.gateway.site.name,
      ...(parts.demo && { demo: parts.demo }),
    };
  };
  /** The cookie holds what lasts of the old one, and the fresh token; the answer is who this page is now. */
  const answer = (request: FastifyRequest, reply: FastifyReply, signIn: SignIn, fresh: readonly string[]) => {
    const kept = tokensIn(request.headers.cookie).filter((token) => signIn.sessions([token]).length > 0);
    const sessions = signIn.sessions([...kept, ...fresh]);
    reply.header('set-cookie', setCookie([...kept, ...fresh], sessions.at(-1)?.role ?? 'sampler'));
    return viewOf({ sessions });
  };

  app.get('/api/sign-in', async (request) => viewOf(callerOf(request)));

  app.post('/api/sign-in', async (request, reply) => {
    const asked = readBody(signInRequest, request.body);
    if (!signIn) throw new ApiProblem(409, 'open', 'Nobody has to sign in: this hut has no staff file.');
    const outcome = await signIn.signIn(asked, callerOf(request).sessions);
    if (!outcome.ok) throw problemOf(outcome, reply);
    return answer(request, reply, signIn, [outcome.token]);
  });

  app.post('/api/sign-out', async (request, reply) => {
    const { lane } = readBody(signOutRequest, request.body);
    if (!signIn) throw new ApiProblem(409, 'open', 'Nobody has signed in: this hut has no staff file.');
    await signIn.signOut(callerOf(request).sessions.filter((session) => lane === undefined || session.lane === lane));
    return answer(request, reply, signIn, []);
  });
}

/** Of every lane, for whoever asks. */
export function laneSigns(view: HutView, signIn: SignIn | undefined): SignInView['lanes'] {
  return view.lanes().map(({ id, phase }) => {
    const lockedForMs = signIn?.badgeLockedForMs(id) ?? 0;
    return {
      id,
      badge: signIn?.isBadgeWaiting(id) ?? false,
      signedIn: signIn ? signIn.operatorOf(id) !== undefined : phase !== 'signed-out',
      ...(lockedForMs > 0 && { lockedForSeconds: Math.ceil(lockedForMs / 1_000) }),
    };
  });
}

function problemOf(outcome: Exclude<SignInOutcome, { ok: true }>, reply: FastifyReply): ApiProblem {
  switch (outcome.why) {
    case 'locked': {
      const seconds = Math.ceil(outcome.forMs / 1_000);
      reply.header('retry-after', seconds);
      return new ApiProblem(429, 'locked', `Too many wrong tries. Wait ${seconds} s.`);
    }
    case 'busy':
      reply.header('retry-after', 1);
      return new ApiProblem(429, 'busy', 'Others are signing in. Try again.');
    case 'wrong':
      return new ApiProblem(401, 'wrong', 'That is not right.');
    case 'no-badge':
      return new ApiProblem(409, 'no-badge', 'Scan your badge first.');
    case 'no-such-lane':
      return new ApiProblem(404, 'no-such-lane', 'There is no such lane.');
    case 'not-recorded':
      return new ApiProblem(503, 'not-recorded', 'The disk takes nothing: nobody can sign in to sample.');
  }
}
