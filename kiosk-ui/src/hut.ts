/** What the page knows of the hut, and how each message changes it. Pure: time comes in with the action. */
import type {
  CommittedView,
  ConfigView,
  Cursor,
  DeviceView,
  GatewayInfo,
  Health,
  LiveMessage,
  UplinkView,
} from '../../gateway/contract/api.ts';
import type { HutSampling, LaneView } from '../../gateway/contract/lane.ts';

/** A line of the list of readings: an event, or events that were counted and not shown. */
export type Line =
  | { readonly kind: 'event'; readonly event: CommittedView }
  | { readonly kind: 'gap'; readonly id: string; readonly count: number };

export interface Hut {
  readonly connected: boolean;
  readonly nowMs: number;
  /** When the last pulse came: on the monotonic clock to count its age, on the wall clock to show it. */
  readonly pulseAtMs: number | undefined;
  readonly pulseAtWallMs: number | undefined;
  readonly gateway: GatewayInfo | undefined;
  readonly devices: readonly DeviceView[];
  readonly uplink: UplinkView | undefined;
  readonly health: Health | undefined;
  /** Empty in a hut without lanes. */
  readonly lanes: readonly LaneView[];
  readonly sampling: HutSampling | undefined;
  /** For technicians only; absent in the demo. */
  readonly config: ConfigView | undefined;
  /** Newest first. */
  readonly lines: readonly Line[];
  readonly seen: Partial<Cursor>;
}

export type HutAction =
  | { readonly type: 'message'; readonly message: LiveMessage; readonly nowMs: number; readonly wallMs: number }
  | { readonly type: 'closed' }
  /** Somebody signed out: nothing that was theirs to see stays. */
  | { readonly type: 'forget' }
  | { readonly type: 'tick'; readonly nowMs: number };

export const emptyHut: Hut = {
  connected: false,
  nowMs: 0,
  pulseAtMs: undefined,
  pulseAtWallMs: undefined,
  gateway: undefined,
  devices: [],
  uplink: undefined,
  health: undefined,
  lanes: [],
  sampling: undefined,
  config: undefined,
  lines: [],
  seen: {},
};

const linesMax = 50;
/** The gateway pulses every second; past this the screen says that it is not live. */
const silentMs = 5_000;

export type Liveness = 'connecting' | 'live' | 'stale';

/** Only a pulse proves that the gateway lives: an open socket with nothing behind it does not. */
export function liveness({ connected, nowMs, pulseAtMs }: Hut): Liveness {
  if (pulseAtMs === undefined) return 'connecting';
  return connected && nowMs - pulseAtMs <= silentMs ? 'live' : 'stale';
}

/** The centre has it (or the broker, where that is what counts). */
export function isConfirmed(hut: Hut, { stream, seq }: CommittedView): boolean {
  return (hut.health?.streams.find((s) => s.stream === stream)?.confirmedSeq ?? 0) >= seq;
}

export function reduce(hut: Hut, action: HutAction): Hut {
  switch (action.type) {
    case 'closed':
      return { ...hut, connected: false };
    case 'forget':
      return { ...emptyHut, nowMs: hut.nowMs };
    case 'tick':
      return { ...hut, nowMs: action.nowMs };
    case 'message':
      return receive(hut, action.message, action);
  }
}

function receive(hut: Hut, message: LiveMessage, { nowMs, wallMs }: { nowMs: number; wallMs: number }): Hut {
  switch (message.type) {
    case 'hello': {
      const { gateway, devices, uplink, lanes, sampling, config } = message;
      const sameEpoch = hut.gateway?.epoch === gateway.epoch;
      // The numbers of another epoch mean nothing here: neither what was seen nor what was confirmed.
      const kept = sameEpoch ? hut : { ...hut, lines: [], seen: {}, health: undefined };
      return { ...kept, connected: true, nowMs, gateway, devices, uplink, lanes, sampling, config };
    }
    case 'committed': {
      if (message.seq <= (hut.seen[message.stream] ?? 0)) return hut;
      const line: Line = { kind: 'event', event: message };
      return {
        ...hut,
        lines: [line, ...hut.lines].slice(0, linesMax),
        seen: sawUpTo(hut, message.stream, message.seq),
      };
    }
    case 'missed': {
      const [first, ...rest] = hut.lines;
      const seen = sawUpTo(hut, message.stream, message.upTo);
      if (first?.kind === 'gap')
        return { ...hut, seen, lines: [{ ...first, count: first.count + message.count }, ...rest] };
      const gap: Line = { kind: 'gap', id: `${message.stream}-${message.upTo}`, count: message.count };
      return { ...hut, seen, lines: [gap, ...hut.lines].slice(0, linesMax) };
    }
    case 'device': {
      const { device } = message;
      return { ...hut, devices: hut.devices.map((old) => (old.id === device.id ? device : old)) };
    }
    case 'lane': {
      const { lane } = message;
      return { ...hut, lanes: hut.lanes.map((old) => (old.id === lane.id ? lane : old)) };
    }
    case 'sampling':
      return { ...hut, sampling: message.sampling };
    case 'config':
      return { ...hut, config: message.config };
    case 'uplink':
      return { ...hut, uplink: message.uplink };
    case 'pulse': {
      const { health, devices } = message;
      return { ...hut, health, devices, uplink: health.uplink, nowMs, pulseAtMs: nowMs, pulseAtWallMs: wallMs };
    }
    default:
      // A newer gateway may say things this page does not know yet.
      return hut;
  }
}

const sawUpTo = (hut: Hut, stream: CommittedView['stream'], seq: number): Partial<Cursor> => ({
  ...hut.seen,
  [stream]: Math.max(hut.seen[stream] ?? 0, seq),
});
