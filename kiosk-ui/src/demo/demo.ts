/** The demo's controls as the page knows them: looks every second, sends what is tapped, and says when something did not work. */
import type { DemoView } from '../../../gateway/contract/api.ts';
import { ask, type Problem } from '../shell/ask.ts';
import { createStore, type Source } from '../store.ts';
import { nextSecond } from './codes.ts';
import { deskDevice } from './desk.ts';
import { type Step, stepsOf, type Visitor } from './walk-in.ts';

export interface Demo {
  /** undefined: this is a real hut, or not known yet. */
  readonly view: DemoView | undefined;
  /** Why the last tap had no effect. */
  readonly problem: Problem | undefined;
}

export interface DemoStore extends Source<Demo> {
  /** As the gateway said: at the sign-in, at its greeting. */
  follow(isDemo: boolean): void;
  act(device: string, action: string, args: Readonly<Record<string, unknown>>): void;
  /** With the scanner of that lane's desk. `code` is given a second that no tap had before. */
  scan(lane: string, code: (wallMs: number) => string): void;
  walkIn(lane: string, visitor: Visitor): void;
  /** Whoever walked in last on that lane, with the same code or card. */
  walkInAgain(lane: string): void;
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
  let lastSecond = 0;
  const lastSteps = new Map<string, readonly Step[]>();

  const look = async () => {
    // When it fails, the banner says already that the gateway is gone.
    const answer = await ask('GET', '/api/demo');
    if (answer.ok && following) store.tell({ view: answer.body as DemoView });
  };
  const lookAgain = async () => {
    if (!following) return;
    await look();
    setTimeout(lookAgain, lookEveryMs);
  };
  /** False when it did not work. */
  const post = async (path: string, body: object): Promise<boolean> => {
    const answer = await ask('POST', `/api/demo/${path}`, body);
    store.tell(
      answer.ok ? { view: (answer.body as { demo: DemoView }).demo, problem: undefined } : { problem: answer.problem },
    );
    return answer.ok;
  };
  const device = (id: string) => `devices/${encodeURIComponent(id)}`;
  const act = (id: string, action: string, args: object) =>
    post(`${device(id)}/actions/${encodeURIComponent(action)}`, { args });

  const second = () => {
    lastSecond = nextSecond(Date.now(), lastSecond);
    return lastSecond;
  };
  const perform = async (lane: string, steps: readonly Step[]) => {
    // The first tap may be quicker than the first look.
    if (!store.get().view) await look();
    for (const step of steps) {
      const target = deskDevice(store.get().view?.devices ?? [], lane, step);
      // A desk without a thermometer does not measure.
      if (target && !(await act(target.id, target.action, target.args))) return;
    }
  };

  return {
    get: store.get,
    subscribe: store.subscribe,
    follow: (isDemo) => {
      if (isDemo === following) return;
      following = isDemo;
      if (isDemo) void lookAgain();
      else store.tell({ view: undefined });
    },
    act: (id, action, args) => void act(id, action, args),
    scan: (lane, code) => void perform(lane, [{ at: 'scanner', text: code(second()) }]),
    walkIn: (lane, visitor) => {
      const ms = second();
      const steps = stepsOf(visitor, Math.floor(ms / 1_000), ms);
      if (visitor !== 'wrong') lastSteps.set(lane, steps);
      void perform(lane, steps);
    },
    walkInAgain: (lane) => void perform(lane, lastSteps.get(lane) ?? []),
    plug: (id, plugged) => void post(`${device(id)}/cable`, { plugged }),
    printTest: (id) => void post(`${device(id)}/test-label`, {}),
    runBroker: (running) => void post('broker', { running }),
    setCentral: (online) => void post('central', { online }),
  };
}
