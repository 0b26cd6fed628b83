/** Which screen is shown: the part of the address behind #, so that a kiosk's browser can be started on any of them. Pure but for `followRoute`. */
import { createStore, type Source } from '../store.ts';

export type Route =
  /** The sampler's home: the lane of this screen, or the choice of one. */
  | { readonly screen: 'home' }
  | { readonly screen: 'choose' }
  | { readonly screen: 'lane'; readonly lane: string }
  /** All lanes, side by side. */
  | { readonly screen: 'lanes' }
  | { readonly screen: 'public'; readonly lane: string }
  | { readonly screen: 'technician' }
  /** The command barcodes, to be printed. */
  | { readonly screen: 'sheet' }
  | { readonly screen: 'demo' };

/** As the contract has lane ids. */
const laneId = /^[a-z0-9-]{1,32}$/;

/** Anything unknown is the home screen. */
export function parseRoute(hash: string): Route {
  const [name = '', lane = '', more] = hash.replace(/^#?\/?/, '').split('/');
  if (more !== undefined) return home;
  if (lane !== '') return (name === 'lane' || name === 'public') && laneId.test(lane) ? { screen: name, lane } : home;
  switch (name) {
    case 'choose':
    case 'lanes':
    case 'technician':
    case 'sheet':
    case 'demo':
      return { screen: name };
    default:
      return home;
  }
}

const home: Route = { screen: 'home' };

export function hashOf(route: Route): string {
  if (route.screen === 'home') return '#/';
  return 'lane' in route ? `#/${route.screen}/${route.lane}` : `#/${route.screen}`;
}

export function followRoute(): Source<Route> {
  const store = createStore<Route, Route>((_, next) => next, parseRoute(location.hash));
  addEventListener('hashchange', () => store.tell(parseRoute(location.hash)));
  return store;
}
