/** Keeps one configured device connected: opens, identifies, reopens; the decisions are in `lifecycle.ts`. */
import type { Clock } from '../../device-drivers/clock.ts';
import { type DeviceCounters, newTally } from '../../device-drivers/counters.ts';
import type { DeviceKind, Driver, Identity, Reading } from '../../device-drivers/driver.ts';
import type { Fault } from '../../device-drivers/faults.ts';
import type { DeviceAddress, LineSettings, OpenLink } from '../../device-drivers/link.ts';
import { type ArrivedAt, type CommandOutcome, openSession, type Session } from '../../device-drivers/session.ts';
import { born, type Lifecycle, type LifecycleEvent, transition } from './lifecycle.ts';

export interface DeviceConfig {
  readonly id: string;
  /** Name of the driver. */
  readonly driver: string;
  readonly at: DeviceAddress;
  /** As the driver's own schema gives them. */
  readonly options: unknown;
  readonly line: LineSettings;
}

export interface DeviceState {
  readonly id: string;
  readonly driver: string;
  readonly kind: DeviceKind;
  readonly state: 'missing' | 'opening' | 'identifying' | 'ready' | 'degraded' | 'fault';
  /** Why it is missing, degraded or in fault. */
  readonly reason?: Fault;
  /** While ready or degraded. */
  readonly identity?: Identity;
  /** Wall time at which it came into this state. */
  readonly sinceWallMs: number;
  /** Monotonic time of the next try, while missing or in fault; undefined: as soon as the device is there. */
  readonly retryAtMs?: number;
}

export interface DeviceEvents {
  reading(deviceId: string, reading: Reading, at: ArrivedAt): void;
  /** The same code or card again within the driver's window: not a second reading. */
  repeat(deviceId: string, what: Reading['type'], at: ArrivedAt): void;
  /** On each change of state or reason. */
  state(deviceId: string, state: DeviceState): void;
  /** One that passes, such as a card that could not be read; those that stay or end the connection are in the state. */
  fault(deviceId: string, fault: Fault): void;
}

export interface DeviceSetup {
  readonly config: DeviceConfig;
  readonly driver: Driver;
  readonly openLink: OpenLink;
  /** A cheap look at the address: false, or a mark that differs after each replug; undefined where only opening can tell. */
  readonly isPresent: (address: DeviceAddress) => Promise<string | false | undefined>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly events: DeviceEvents;
}

export interface SupervisedDevice {
  state(): DeviceState;
  counters(): DeviceCounters;
  command(name: string, args: unknown): Promise<CommandOutcome>;
  hold(): void;
  release(): void;
  stop(): Promise<void>;
}

const reasonOf = (lifecycle: Lifecycle) => ('reason' in lifecycle ? lifecycle.reason : undefined);

/** While a device is away; with an open and an identification it is back within 3 s of the plug. */
const lookEveryMs = 1_000;

export function superviseDevice({ config, driver, clock, random, events, ...links }: DeviceSetup): SupervisedDevice {
  const { id, at } = config;
  const tally = newTally();
  let lifecycle = born;
  let sinceWallMs = clock.wallMs();
  let session: Session | undefined;
  let isHeld = false;
  let isStopped = false;
  let cancelLook = () => {};
  /** The mark of what stood at the address at the last look. */
  let lastMark: string | undefined;

  const state = (): DeviceState => ({
    ...{ id, driver: driver.name, kind: driver.kind, state: lifecycle.state, sinceWallMs },
    ...('reason' in lifecycle && { reason: lifecycle.reason }),
    ...('identity' in lifecycle && { identity: lifecycle.identity }),
    ...('retryAtMs' in lifecycle && lifecycle.retryAtMs !== undefined && { retryAtMs: lifecycle.retryAtMs }),
  });

  const step = (event: LifecycleEvent) => {
    const next = transition(lifecycle, event, clock.monotonicMs(), random);
    if (next === lifecycle || isStopped) return;
    const isNews = next.state !== lifecycle.state || reasonOf(next) !== reasonOf(lifecycle);
    if (next.state !== lifecycle.state) sinceWallMs = clock.wallMs();
    lifecycle = next;
    if (isNews) events.state(id, state());
  };

  const open = () => {
    session = openSession({
      ...{ driver, options: config.options, clock, tally },
      open: (linkEvents) => links.openLink(at, config.line, linkEvents),
      events: {
        opened: () => step({ type: 'opened' }),
        ready: (identity) => step({ type: 'identified', identity }),
        reading: (reading, arrivedAt) => events.reading(id, reading, arrivedAt),
        repeat: (what, arrivedAt) => events.repeat(id, what, arrivedAt),
        fault: (fault) => events.fault(id, fault),
        condition: (condition) => step({ type: 'condition', condition }),
        ended(fault) {
          session = undefined;
          if (!fault) return;
          step({ type: 'ended', fault });
          lookLater();
        },
      },
    });
    if (isHeld) session.pauseReading();
  };

  const lookLater = () => {
    if (isStopped) return;
    const retryAtMs = 'retryAtMs' in lifecycle ? lifecycle.retryAtMs : undefined;
    const waitMs = Math.min(lookEveryMs, (retryAtMs ?? Infinity) - clock.monotonicMs());
    cancelLook = clock.after(Math.max(0, waitMs), () => void look());
  };
  const look = async () => {
    const mark = await links.isPresent(at);
    if (isStopped || session) return;
    // A plug pulled and put back between two looks is never seen missing.
    const isReplugged = lastMark !== undefined && mark !== lastMark;
    lastMark = mark || undefined;
    if (mark === false) step({ type: 'gone' });
    else if (mark && (isReplugged || lifecycle.state === 'missing')) step({ type: 'appeared' });
    else if ('retryAtMs' in lifecycle && clock.monotonicMs() >= (lifecycle.retryAtMs ?? Infinity)) {
      step({ type: 'retry' });
    }
    if (lifecycle.state === 'opening') open();
    else lookLater();
  };

  open();

  return {
    state,
    counters: () => tally,
    command: async (name, args) => session?.command(name, args) ?? { status: 'refused', why: 'not-ready' },
    hold() {
      isHeld = true;
      session?.pauseReading();
    },
    release() {
      isHeld = false;
      session?.resumeReading();
    },
    async stop() {
      isStopped = true;
      cancelLook();
      await session?.close();
    },
  };
}
