/**
 * One place of the rack: a device and its cable. The device outlives the cable; every plugging-in makes a new one:
 *
 *   device -> line rate -> fault pipe -> PTY, TCP port or memory -> host, and the same back.
 */
import { z } from 'zod';
import type { Clock } from '../device-drivers/clock.ts';
import { type Link, type LinkEvents, LinkOpenError } from '../device-drivers/link.ts';
import type { SimulatedDevice, Simulator, SimulatorAction } from './device.ts';
import {
  type FaultKind,
  type FaultPipe,
  type FaultSettings,
  faultPipe,
  faultSettingsShape,
  sumOfProbabilities,
} from './fault-pipe.ts';
import { lineRate } from './line-rate.ts';
import { createPtyPort } from './pty.ts';
import { seededRandom } from './random.ts';
import { createSimPort } from './sim-port.ts';
import { createTcpPort } from './tcp-port.ts';

/** What the action `faults` takes: probabilities per byte for one direction or both. What is not named is off. */
export const lineFaults = z
  .strictObject({ direction: z.enum(['to-host', 'to-device', 'both']).default('both'), ...faultSettingsShape })
  .refine((faults) => sumOfProbabilities(faults) <= 1, 'must be probabilities that add up to at most 1');

export interface DeviceInfo {
  readonly id: string;
  readonly driver: string;
  readonly describe: string;
  /** For the gateway's `at:`. */
  readonly at: string;
  readonly actions: readonly {
    readonly name: string;
    readonly describe: string;
    /** cable: one of those that every device has. */
    readonly of: 'device' | 'cable';
    /** JSON Schema of the arguments. */
    readonly args: object;
  }[];
}

export interface DeviceState {
  readonly id: string;
  readonly plugged: boolean;
  /** What a person would see looking at the device. */
  readonly device: Readonly<Record<string, unknown>>;
  readonly counters: {
    /** Bytes the device sent, and bytes it got. */
    readonly sentBytes: number;
    readonly receivedBytes: number;
    /** Sent while nobody took them: unplugged, not connected, or the host had stopped reading. */
    readonly lostBytes: number;
    readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  };
}

export type CableEvent =
  | { readonly type: 'plugged'; readonly id: string }
  | { readonly type: 'unplugged'; readonly id: string; readonly by: 'hand' | 'fault' };

export interface Slot {
  /** The device's own, and those that every device has: unplug, plug, faults, heal, inject. */
  readonly actions: ReadonlyMap<string, SimulatorAction>;
  info(): DeviceInfo;
  state(): DeviceState;
  /** Of the wire `sim`. Rejects with LinkOpenError. */
  open(events: LinkEvents): Promise<Link>;
  /** How often it was plugged in; undefined while it is out. */
  plugs(): number | undefined;
  /** The first plugging-in; a device is made powered. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface SlotSetup {
  readonly id: string;
  readonly simulator: Simulator;
  readonly options: unknown;
  readonly wire: 'pty' | 'tcp' | 'sim';
  /** Of the link to the PTY. */
  readonly path: string;
  /** Of the TCP wire; 0 takes a free one and keeps it. */
  readonly port: number;
  readonly paced: boolean;
  readonly faults: z.output<typeof lineFaults>;
  readonly seed: number;
  readonly clock: Clock;
  publish(event: CableEvent): void;
}

interface Cable {
  send(bytes: Uint8Array): void;
  /** Past the device, its line rate and the faults. */
  inject(bytes: Uint8Array): Promise<void>;
  open(events: LinkEvents): Promise<Link>;
  readonly toHost: FaultPipe;
  readonly toDevice: FaultPipe;
  pull(): Promise<void>;
}

/** What is kept for a host that does not read, before bytes are lost as in the overrun of a real UART. */
const unreadBytesMax = 65_536;

const noArgs = z.strictObject({});
const injection = z.strictObject({ base64: z.base64() });

export function makeSlot(setup: SlotSetup): Slot {
  const { id, simulator, clock, publish } = setup;
  const randomToHost = seededRandom(setup.seed, `${id}/to-host`);
  const randomToDevice = seededRandom(setup.seed, `${id}/to-device`);
  const counters = { sentBytes: 0, receivedBytes: 0, lostBytes: 0, faults: {} as Partial<Record<FaultKind, number>> };
  let toHostFaults: FaultSettings = {};
  let toDeviceFaults: FaultSettings = {};
  let tcpPort = setup.port;
  let cable: Cable | undefined;
  let plugs = 0;
  let cancelReturn = () => {};
  let turn: Promise<void> = Promise.resolve();

  const device: SimulatedDevice = simulator.create(setup.options, {
    clock,
    random: seededRandom(setup.seed, `${id}/device`),
    send(bytes) {
      counters.sentBytes += bytes.length;
      if (cable) cable.send(bytes);
      else counters.lostBytes += bytes.length;
    },
  });

  async function makePort() {
    if (setup.wire === 'pty') return createPtyPort({ path: setup.path });
    if (setup.wire === 'sim') return createSimPort(clock, simulator.hid?.(setup.options).reportDescriptor);
    const port = await createTcpPort({ port: tcpPort });
    tcpPort = port.port;
    return port;
  }

  async function makeCable(): Promise<Cable> {
    const port = await makePort();
    let unreadBytes = 0;
    const pipe = (random: () => number, deliver: (bytes: Uint8Array) => void) =>
      faultPipe({
        ...{ clock, random, deliver },
        injected(kind) {
          counters.faults[kind] = (counters.faults[kind] ?? 0) + 1;
        },
        hangUp: (outMs) => void pull('fault', outMs),
      });
    const toHost = pipe(randomToHost, (bytes) => {
      if (unreadBytes + bytes.length > unreadBytesMax) {
        counters.lostBytes += bytes.length;
        return;
      }
      unreadBytes += bytes.length;
      const lost = () => {
        counters.lostBytes += bytes.length;
      };
      void port
        .write(bytes)
        .catch(lost)
        .then(() => {
          unreadBytes -= bytes.length;
        });
    });
    const toDevice = pipe(randomToDevice, (bytes) => {
      counters.receivedBytes += bytes.length;
      device.receive(bytes);
    });
    toHost.set(toHostFaults);
    toDevice.set(toDeviceFaults);
    const line = (deliver: (bytes: Uint8Array) => void) =>
      setup.paced && setup.wire === 'pty'
        ? lineRate({ baudRate: simulator.baudRate, clock, deliver })
        : { send: deliver, stop() {} };
    const sending = line(toHost.send);
    const receiving = line(toDevice.send);
    port.onData(receiving.send);
    return {
      send: sending.send,
      inject: (bytes) => port.write(bytes),
      async open(events) {
        if (!('open' in port)) throw new LinkOpenError('unsupported', `${id} is no device of this process`);
        return port.open(events);
      },
      toHost,
      toDevice,
      async pull() {
        for (const part of [sending, receiving, toHost, toDevice]) part.stop();
        await port.close();
      },
    };
  }

  /** Plugging in and pulling out take time and take turns. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = turn.then(work);
    turn = done.catch(() => {});
    return done;
  }

  const plug = (powerUp: boolean) =>
    inTurn(async () => {
      cancelReturn();
      if (cable) return;
      cable = await makeCable();
      plugs += 1;
      if (powerUp) device.power(true);
      publish({ type: 'plugged', id });
    });

  const pull = (by: 'hand' | 'fault', backAfterMs?: number) =>
    inTurn(async () => {
      // Both directions can slip out at one byte: the second one must not cancel the return of the first.
      if (by === 'hand') cancelReturn();
      if (!cable) return;
      const pulled = cable;
      cable = undefined;
      device.power(false);
      await pulled.pull();
      publish({ type: 'unplugged', id, by });
      // When its path is taken by then it stays unplugged, and its state says so.
      if (backAfterMs !== undefined) cancelReturn = clock.after(backAfterMs, () => void plug(true).catch(() => {}));
    });

  function setFaults({ direction, ...faults }: z.output<typeof lineFaults>): void {
    if (direction !== 'to-device') toHostFaults = faults;
    if (direction !== 'to-host') toDeviceFaults = faults;
    cable?.toHost.set(toHostFaults);
    cable?.toDevice.set(toDeviceFaults);
  }

  async function inject({ base64 }: z.output<typeof injection>): Promise<void> {
    if (!cable) throw new Error('the cable is out');
    await cable.inject(Buffer.from(base64, 'base64'));
  }

  function heal(): void {
    toHostFaults = {};
    toDeviceFaults = {};
    cable?.toHost.heal();
    cable?.toDevice.heal();
  }

  const cableActions = new Map<string, SimulatorAction>([
    ['unplug', { describe: 'pull the cable', args: noArgs, run: () => pull('hand') }],
    ['plug', { describe: 'put the cable back', args: noArgs, run: () => plug(true) }],
    [
      'faults',
      {
        describe: 'make the line go wrong: probabilities (0 to 1) per byte, times in ms',
        args: lineFaults,
        run: (faults) => setFaults(faults as z.output<typeof lineFaults>),
      },
    ],
    ['heal', { describe: 'end all faults of the line', args: noArgs, run: heal }],
    [
      'inject',
      {
        describe: 'put bytes on the line to the host that the device did not send; done when the host has taken them',
        args: injection,
        run: (args) => inject(args as z.output<typeof injection>),
      },
    ],
  ]);
  const actions = new Map([...device.actions, ...cableActions]);

  const at = () => {
    if (setup.wire === 'sim') return `sim:${id}`;
    return setup.wire === 'pty' ? `serial:${setup.path}` : `tcp:127.0.0.1:${tcpPort}`;
  };

  setFaults(setup.faults);
  return {
    actions,
    info: () => ({
      ...{ id, driver: simulator.name, describe: simulator.describe },
      at: at(),
      actions: [...actions].map(([name, { describe, args }]) => ({
        ...{ name, describe, of: cableActions.has(name) ? ('cable' as const) : ('device' as const) },
        args: z.toJSONSchema(args, { io: 'input', unrepresentable: 'any' }),
      })),
    }),
    state: () => ({ id, plugged: cable !== undefined, device: device.state(), counters: structuredClone(counters) }),
    async open(events) {
      if (!cable) throw new LinkOpenError('missing', `the simulated device ${id} is not plugged in`);
      return cable.open(events);
    },
    plugs: () => (cable ? plugs : undefined),
    start: () => plug(false),
    async stop() {
      await pull('hand');
      device.stop();
    },
  };
}
