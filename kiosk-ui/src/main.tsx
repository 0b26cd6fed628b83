/** Starts the page: one state, fed by the live socket while somebody is signed in, shown by <App>. */
import { render } from 'preact';
import type { LiveMessage } from '../../gateway/contract/api.ts';
import { App } from './app.tsx';
import { createDemo } from './demo/demo.ts';
import { emptyHut, reduce } from './hut.ts';
import { followFeed } from './live.ts';
import { loadPreferences } from './preferences.ts';
import { createActs } from './shell/acts.ts';
import { followRoute } from './shell/route.ts';
import { createSession } from './shell/session.ts';
import { createSound } from './sound/sound.ts';
import { createStore } from './store.ts';
import './style/tokens.css';
import './style/page.css';

const tickEveryMs = 500;

const hut = createStore(reduce, emptyHut);
const preferences = loadPreferences();
const session = createSession();
const demo = createDemo();
const acts = createActs(() => void session.refresh());

const follow = () =>
  followFeed<LiveMessage>({
    path: '/api/live',
    query: () => ({ epoch: hut.get().gateway?.epoch, ...hut.get().seen }),
    message: (message) => {
      hut.tell({ type: 'message', message, nowMs: performance.now(), wallMs: Date.now() });
      if (message.type === 'hello') demo.follow(message.demo);
    },
    closed: () => {
      hut.tell({ type: 'closed' });
      // A gateway that does not know this page any more refuses the socket, and a browser is not told why.
      void session.refresh();
    },
  });

let unfollow: (() => void) | undefined;
session.subscribe(() => {
  const now = session.get();
  if (now.state === 'in' || now.state === 'open') unfollow ??= follow();
  if (now.state !== 'out') return;
  unfollow?.();
  unfollow = undefined;
  hut.tell({ type: 'forget' });
  demo.follow(now.view.demo !== undefined);
});
void session.refresh();
setInterval(() => hut.tell({ type: 'tick', nowMs: performance.now() }), tickEveryMs);

const stores = { hut, session, preferences, demo, acts, route: followRoute(), sound: createSound() };
render(<App {...stores} />, document.getElementById('app')!);
