/** `/api/lanes`: what the lanes show, and the touch twin of their command barcodes. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { commandCodes, type LanesView, laneAction } from '../contract/lane.ts';
import { StoreRefused } from '../store/store.ts';
import { readBody } from './body.ts';
import type { Caller } from './caller.ts';
import { ApiProblem } from './problem.ts';
import { anybody } from './sign-in.ts';
import type { HutView } from './view.ts';

export function laneRoutes(
  app: Pick<FastifyInstance, 'get' | 'post'>,
  view: HutView,
  callerOf: (request: FastifyRequest) => Caller,
): void {
  app.get(
    '/api/lanes',
    async (): Promise<LanesView> => ({
      lanes: [...view.lanes()],
      ...(view.sampling && { sampling: view.sampling() }),
    }),
  );

  app.get('/api/lane-commands', async () => commandCodes);

  app.post<{ Params: { id: string } }>('/api/lanes/:id/actions', async (request) => {
    const action = readBody(laneAction, request.body);
    const lane = view.lanes().find(({ id }) => id === request.params.id);
    if (!lane || !view.act) throw new ApiProblem(404, 'no-such-lane', 'There is no such lane.');
    const operator = actingOn(lane, callerOf(request));
    try {
      return await view.act(lane.id, action, operator);
    } catch (error) {
      if (!(error instanceof StoreRefused)) throw error;
      throw new ApiProblem(503, 'not-recorded', 'The disk takes nothing: this was NOT recorded.');
    }
  });
}

/** The lane belongs to whoever opened its session; a page of somebody else, or of another lane, works nothing on it. */
function actingOn(lane: { readonly id: string; readonly operator?: string | undefined }, caller: Caller): string {
  if (caller.role === 'anybody') return lane.operator ?? anybody;
  const fits = caller.sessions.find((session) =>
    lane.operator === undefined ? session.lane === lane.id : session.operator === lane.operator,
  );
  if (fits) return fits.operator;
  if (lane.operator === undefined) throw new ApiProblem(409, 'sign-in-first', 'Sign in on this lane first.');
  throw new ApiProblem(409, 'other-operator', 'Somebody else works on this lane.');
}
