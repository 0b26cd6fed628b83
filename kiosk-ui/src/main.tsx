/** Starts the page: one state, fed by the live socket, shown by <App>. */
import { render } from 'preact';
import { App } from './app.tsx';
import { createDemo } from './demo/demo.ts';
import { emptyHut, reduce } from './hut.ts';
import { followLive } from './live.ts';
import { loadPreferences } from './preferences.ts';
import { createStore } from './store.ts';
import './style/tokens.css';
import './style/page.css';

const tickEveryMs = 500;

const hut = createStore(reduce, emptyHut);
const preferences = loadPreferences();
const demo = createDemo();

followLive({
  seen: () => ({ epoch: hut.get().gateway?.epoch, ...hut.get().seen }),
  message: (message) => {
    hut.tell({ type: 'message', message, nowMs: performance.now(), wallMs: Date.now() });
    if (message.type === 'hello') demo.follow(message.demo);
  },
  closed: () => hut.tell({ type: 'closed' }),
});
setInterval(() => hut.tell({ type: 'tick', nowMs: performance.now() }), tickEveryMs);

render(<App hut={hut} preferences={preferences} demo={demo} />, document.getElementById('app')!);
