/** Keeps one configured device connected: opens, identifies, reopens; the decisions are in `lifecycle.ts`. */
import type { Clock } from '../../device-drivers/clock.ts';
import { countUp, type DeviceCounters, newTally } from '../../device-drivers/counters.ts';
import type { DeviceKind, Driver, Identity, Reading } from '../../device-drivers/driver.ts';
import type { Fault } from '../../device-drivers/faults.ts';
import type { DeviceAddress, LineSettings, OpenLink } from '../../device-drivers/link.ts';
import { type ArrivedAt, type CommandOutcome, openSession, type Session } from '../../device-drivers/session.ts';
import { sameFault } from '../../device-drivers/session-faults.ts';
import { born, type LifecycleEvent, transition } from './lifecycle.ts';

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
  /** While it is connected and identified. */
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
  /** On each change of state or reason. A further try of what failed is none until it succeeds, or fails otherwise. */
  state(deviceId: string, state: DeviceState): void;
  /** One that passes, such as a card that could not be read; those that stay or end the connection are in the state. */
  fault(deviceId: string, fault: Fault): void;
}

/** What the hut makes of the unit behind a device. */
export interface UnitChecks {
  /** Asked before the device is ready; a fault ends the connection. `isReplugged`: its plug is not known to be as it was when it was last ready. */
  admit(identity: Identity, isReplugged: boolean): Fault | null;
  /** Its connection ended, or its plug is out. */
  lost(): void;
  /** Its connection had ended, and its plug was never out. */
  stayed(): void;
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
  readonly unit: UnitChecks;
}

export interface SupervisedDevice {
  /** Nobody knows whose readings its are: while it is connected, its state is fault. */
  doubt(fault: Fault | null): void;
  state(): DeviceState;
  counters(): DeviceCounters;
  command(name: string, args: unknown): Promise<CommandOutcome>;
  hold(): void;
  release(): void;
  stop(): Promise<void>;
}

/** While a device is away; with an open and an identification it is back within 3 s of the plug. */
const lookEveryMs = 1_000;

export function superviseDevice({
  config,
  driver,
  clock,
  random,
  events,
  unit,
  ...links
}: DeviceSetup): SupervisedDevice {
  const { id, at } = config;
  const tally = newTally();
  let lifecycle = born;
  let doubt: Fault | null = null;
  let session: Session | undefined;
  /** Why the supervisor itself ends the session. */
  let refusal: Fault | undefined;
  let isHeld = false;
  let isStopped = false;
  let cancelLook = () => {};
  /** The mark of what stood at the address at the last look, and when it was last ready. */
  let lastMark: string | undefined;
  let readyMark: string | undefined;
  let wasReady = false;

  const stateNow = (sinceWallMs: number): DeviceState => {
    const isDoubted = doubt !== null && 'identity' in lifecycle;
    return {
      ...{ id, driver: driver.name, kind: driver.kind, state: isDoubted ? 'fault' : lifecycle.state, sinceWallMs },
      ...('reason' in lifecycle && { reason: lifecycle.reason }),
      ...('identity' in lifecycle && { identity: lifecycle.identity }),
      ...('retryAtMs' in lifecycle && lifecycle.retryAtMs !== undefined && { retryAtMs: lifecycle.retryAtMs }),
      ...(isDoubted && { reason: doubt! }),
    };
  };
  let shown = stateNow(clock.wallMs());

  const show = () => {
    const isRetry = (lifecycle.state === 'opening' || lifecycle.state === 'identifying') && lifecycle.failures > 0;
    if (isRetry || isStopped) return;
    const before = shown;
    const next = stateNow(before.sinceWallMs);
    const isOther = next.state !== before.state;
    shown = isOther ? { ...next, sinceWallMs: clock.wallMs() } : next;
    if (isOther || !sameFault(next.reason ?? null, before.reason ?? null)) events.state(id, shown);
  };

  const step = (event: LifecycleEvent) => {
    if (isStopped) return;
    lifecycle = transition(lifecycle, event, clock.monotonicMs(), random);
    show();
  };

  const identified = (identity: Identity) => {
    const isReplugged = readyMark === undefined || lastMark !== readyMark;
    const fault = unit.admit(identity, isReplugged);
    if (fault) {
      countUp(tally.faults, fault.code);
      refusal = fault;
      void session?.close();
      return;
    }
    wasReady = true;
    readyMark = lastMark;
    if (lastMark === undefined) void noteMark(session);
    step({ type: 'identified', identity });
  };
  /** The first connection is opened without a look. */
  const noteMark = async (of: Session | undefined) => {
    const mark = await links.isPresent(at);
    if (session === of && mark) readyMark = lastMark = mark;
  };

  const open = () => {
    session = openSession({
      ...{ driver, options: config.options, clock, tally },
      open: (linkEvents) => links.openLink(at, config.line, linkEvents),
      events: {
        opened: () => step({ type: 'opened' }),
        ready: identified,
        reading: (reading, arrivedAt) => events.reading(id, reading, arrivedAt),
        repeat: (what, arrivedAt) => events.repeat(id, what, arrivedAt),
        fault: (fault) => events.fault(id, fault),
        condition: (condition) => step({ type: 'condition', condition }),
        ended(fault) {
          const why = fault ?? refusal;
          session = undefined;
          refusal = undefined;
          if (!why) return;
          if ('identity' in lifecycle) unit.lost();
          step({ type: 'ended', fault: why });
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
    if (wasReady && mark !== undefined) {
      if (mark === readyMark) unit.stayed();
      else unit.lost();
    }
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
    doubt(fault) {
      doubt = fault;
      show();
    },
    state: () => shown,
    counters: () => tally,
    command: async (name, args) =>
      (doubt ? undefined : session?.command(name, args)) ?? { status: 'refused', why: 'not-ready' },
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
