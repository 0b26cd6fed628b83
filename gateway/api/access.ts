/**
 * Who may ask what: every route of the API stands here, and a route that does not cannot be registered. What is not under
 * /api (the page's own files) is open to whoever reaches the port.
 */
import type { Role } from '../contract/lane.ts';

/** open: without a session. any: whoever is signed in. */
export type Access = 'open' | 'any' | Role;

export const accessOf: ReadonlyMap<string, Access> = new Map([
  ['GET /api/sign-in', 'open'],
  ['POST /api/sign-in', 'open'],
  ['POST /api/sign-out', 'open'],
  ['GET /api/public', 'open'],
  // What a role sees of the feed: role-view.ts.
  ['GET /api/live', 'any'],
  ['GET /api/lanes', 'any'],
  ['GET /api/lane-commands', 'any'],
  ['POST /api/lanes/:id/actions', 'sampler'],
  ['GET /api/health', 'technician'],
  ['GET /api/devices', 'technician'],
  ['POST /api/devices/:id/confirm', 'technician'],
  ['POST /api/devices/:id/test', 'technician'],
  ['GET /api/config', 'technician'],
  ['POST /api/config/check', 'technician'],
  ['POST /api/config/reload', 'technician'],
  // Registered in the demo only: it is how people are walked in.
  ['GET /api/demo', 'open'],
  ['POST /api/demo/devices/:id/actions/:action', 'open'],
  ['GET /api/demo/devices/:id/label.png', 'open'],
  ['POST /api/demo/devices/:id/test-label', 'open'],
  ['POST /api/demo/devices/:id/cable', 'open'],
  ['POST /api/demo/broker', 'open'],
  ['POST /api/demo/central', 'open'],
]);

/** undefined: not a route of the API. A HEAD is the GET without its body. */
export function accessTo(method: string, route: string | undefined): Access | undefined {
  if (route === undefined || !isApi(route)) return undefined;
  return accessOf.get(`${method === 'HEAD' ? 'GET' : method} ${route}`) ?? 'technician';
}

export const isApi = (route: string) => route === '/api' || route.startsWith('/api/');
