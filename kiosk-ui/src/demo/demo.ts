/** The demo's controls as the page knows them: looks every second, sends what is tapped, and says when something did not work. */
import type { DemoView } from '../../../gateway/contract/api.ts';
import { createStore, type Source } from '../store.ts';

export interface Demo {
  /** undefined: this is a real hut, or not known yet. */
  readonly view: DemoView | undefined;
  /** Why the last tap had no effect; empty: the gateway did not answer. */
  readonly problem: string | undefined;
}

export interface DemoStore extends Source<Demo> {
  /** As the gateway said at its greeting. */
  follow(isDemo: boolean): void;
  act(device: string, action: string, args: Readonly<Record<string, unknown>>): void;
  plug(device: string, plugged: boolean): void;
  /** Through the gateway, as every label. */
  printTest(device: string): void;
  runBroker(running: boolean): void;
  setCentral(online: boolean): void;
}

const lookEveryMs = 1_000;

export function createDemo(): DemoStore {
  const store = createStore<Demo, Partial<Demo>>((old, change) => ({ ...old, ...change }), {
    view: undefined,
    problem: undefined,
  });
  let following = false;

  const look = async () => {
    if (!following) return;
    try {
      const response = await fetch('/api/demo');
      if (response.ok) store.tell({ view: await response.json() });
    } catch {
      // The banner says already that the gateway is gone.
    }
    setTimeout(look, lookEveryMs);
  };

  const post = async (path: string, body: object) => {
    try {
      const response = await fetch(`/api/demo/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      store.tell(response.ok ? { view: answer.demo, problem: undefined } : { problem: answer.error.message });
    } catch {
      store.tell({ problem: '' });
    }
  };
  const device = (id: string) => `devices/${encodeURIComponent(id)}`;

  return {
    get: store.get,
    subscribe: store.subscribe,
    follow: (isDemo) => {
      if (isDemo === following) return;
      following = isDemo;
      if (isDemo) look();
      else store.tell({ view: undefined });
    },
    act: (id, action, args) => post(`${device(id)}/actions/${encodeURIComponent(action)}`, { args }),
    plug: (id, plugged) => post(`${device(id)}/cable`, { plugged }),
    printTest: (id) => post(`${device(id)}/test-label`, {}),
    runBroker: (running) => post('broker', { running }),
    setCentral: (online) => post('central', { online }),
  };
}
