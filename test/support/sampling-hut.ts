/**
 * A hut with two lanes and real sign-in behind the real API, for tests of the page. What the lanes show is set by hand:
 * how a lane decides is another test's matter. A badge that the demo scans reaches the sign-in as a lane would hand it over.
 */
import pino from 'pino';
import { systemClock } from '../../device-drivers/clock.ts';
import { type Api, startApi } from '../../gateway/api/api.ts';
import { pageDir } from '../../gateway/api/page-dir.ts';
import type { DemoDevice } from '../../gateway/contract/api.ts';
import { streamOf } from '../../gateway/contract/events.ts';
import type { LaneAction, LaneView } from '../../gateway/contract/lane.ts';
import { hashSecret } from '../../gateway/sign-in/secret-hash.ts';
import { createSignIn, type SignIn } from '../../gateway/sign-in/sign-in.ts';
import { makeStaff } from '../../gateway/sign-in/staff.ts';
import { createFakeHut, type FakeHut, fakeDevice } from './fake-hut.ts';
import { memoryStore } from './memory-store.ts';

export const badge = 'OP000001';
export const pin = '2468';
export const technician = 'technician';
export const password = 'screwdriver';
const operator = 'op-1';
const at = '2022-11-07T07:13:08.412+08:00';

export interface SamplingHut {
  readonly hut: FakeHut;
  readonly api: Api;
  readonly signIn: SignIn;
  /** What the demo's scanners and readers were given, `scanner-1 T…`, in order. */
  readonly brought: readonly string[];
  /** What was asked of lanes by a tap. */
  readonly acted: readonly { readonly lane: string; readonly action: LaneAction }[];
  scanBadge(lane: string): void;
  stop(): Promise<void>;
}

export const fakeLane = (id: string, more: Partial<LaneView> = {}): LaneView => ({
  id,
  phase: 'signed-out',
  mode: 'sampling',
  flow: 'tube-first',
  poolSize: 10,
  temperatures: 'optional',
  next: { step: 'sign-in', values: {} },
  lastPersons: [],
  can: [],
  label: { waiting: 0 },
  ...more,
});

export const openLane = (id: string, more: Partial<LaneView> = {}): LaneView =>
  fakeLane(id, {
    phase: 'open',
    operator,
    session: { id: `${id}-1`, round: 'r1', openedAt: at, persons: 17, tubes: 2 },
    next: { step: 'scan-person', values: { slot: 8 } },
    tube: { code: 'T1107071308', count: 7, capacity: 10, unconfirmed: false, openedAt: at },
    lastPersons: [
      { slot: 7, shown: '张*', via: 'qr', at },
      { slot: 6, shown: '李*', via: 'card', at },
      { slot: 5, shown: 'SHILI *', via: 'document', at },
    ],
    undoLeftMs: 52_000,
    can: [
      'undo',
      'correct',
      'close-tube',
      'void-tube',
      'exclude',
      'divert',
      'single',
      'pause',
      'pack',
      'close-session',
    ],
    ...more,
  });

export async function startSamplingHut({ lanes = ['lane-1', 'lane-2'], port = 0 } = {}): Promise<SamplingHut> {
  const hut = createFakeHut();
  for (const id of lanes) hut.setLane(fakeLane(id));
  hut.setDevice(fakeDevice('scanner-2', 'scanner', 'scanner-ssi', { lane: 'lane-2' }));
  hut.setDevice(fakeDevice('lamp-1', 'indicator', 'indicator', { lane: 'lane-1' }));
  const brought: string[] = [];
  const acted: { lane: string; action: LaneAction }[] = [];

  const setLane = (lane: LaneView) => hut.setLane(lane);
  const signIn = createSignIn({
    staff: makeStaff([
      { id: operator, badge, role: 'sampler', hash: await hashSecret(pin) },
      { id: technician, role: 'technician', hash: await hashSecret(password) },
    ]),
    lanes,
    store: memoryStore({ gateway: 'hut-0417', region: 'jinshui' }),
    saved: new Map(),
    clock: systemClock,
    bootId: 'boot-1',
    draft: (type, data) => ({
      stream: streamOf(type),
      type,
      data: JSON.stringify(data),
      time: at,
      monoMs: 0,
      clockQuality: 'synced',
    }),
    log: pino({ level: 'silent' }),
    onVerified: (lane) => setLane(openLane(lane)),
    onEnded: (lane) => setLane(fakeLane(lane)),
  });

  const scanned = (lane: string, text: string) => {
    if (text !== badge) return;
    signIn.badgeScanned(lane, text);
    setLane(fakeLane(lane, { next: { step: 'enter-pin', values: {} } }));
  };
  const more: DemoDevice[] = [
    scanner('scanner-2', 'scanner-ssi'),
    { ...scanner('thermometer-1', 'thermometer-line'), actions: [{ name: 'measure', describe: '', args: {} }] },
  ];
  const api = await startApi({
    listen: { host: '127.0.0.1', port },
    view: {
      ...hut.view,
      act: async (lane, action) => {
        acted.push({ lane, action });
        return { id: 1, tone: 'noted', code: 'not-now', values: {}, at };
      },
    },
    signIn,
    demo: {
      ...hut.demo,
      staff: { badge, pin, technician, password },
      devices: () => [...hut.demo.devices(), ...more],
      act: (id, action, args) => {
        const { text, person, celsius } = args as { text?: string; person?: string; celsius?: number };
        brought.push(`${id} ${text ?? person ?? celsius ?? action}`);
        if (text !== undefined) scanned(id.replace('scanner', 'lane'), text);
        else if (action === 'lift') hut.demo.act(id, action, args);
        return undefined;
      },
    },
    testDevice: async () => ({ outcome: 'read', text: 'T1107071308' }),
    configFile: hut.configFile,
    confirmDevice: (id) => {
      hut.setDevice(fakeDevice(id, 'scanner', 'scanner-line'));
      return true;
    },
    staticDir: pageDir,
    log: pino({ level: 'silent' }),
  });
  return {
    ...{ hut, api, signIn, brought, acted },
    scanBadge: (lane) => scanned(lane, badge),
    stop: async () => {
      signIn.stop();
      await api.close();
    },
  };
}

const scanner = (id: string, driver: string): DemoDevice => ({
  ...{ id, driver, plugged: true, state: {} },
  actions: [{ name: 'scan', describe: 'Scan a code', args: {} }],
});
