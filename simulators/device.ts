/**
 * The contract of a simulated device: the other end of the wire. It decodes commands and encodes replies by the manual,
 * shares only `device-drivers/wire/` with its driver, and knows nothing of PTYs, line rate or injected faults: those
 * belong to the rack.
 */
import type { z } from 'zod';
import type { Clock } from '../device-drivers/clock.ts';

export interface SimulatorContext {
  readonly clock: Clock;
  /** 0 <= x < 1, from the rack's seed. */
  readonly random: () => number;
  /** Sends bytes to the host; the rack paces them to the line rate and lets its fault pipe at them. */
  send(bytes: Uint8Array): void;
}

/** What a person (or a test) can do with the device: scan a code, present a card, open the lid. */
export interface SimulatorAction<A = unknown> {
  readonly describe: string;
  readonly args: z.ZodType<A>;
  /** May return data for the caller; rejects bad state with an Error whose message is for a person. */
  run(args: A): unknown;
}

export interface SimulatedDevice {
  /** Bytes from the host, in chunks of any size. */
  receive(chunk: Uint8Array): void;
  readonly actions: ReadonlyMap<string, SimulatorAction>;
  /** What a person would see looking at the device; for the demo page and for tests. */
  state(): Readonly<Record<string, unknown>>;
  /** The cable was pulled or put back (power included): volatile state is lost, physical state (paper, cards) stays. */
  power(on: boolean): void;
  /** Cancels all timers. */
  stop(): void;
}

/**
 * What the kernel (or `/dev/uhid`) has to know of a HID device. To the host, each `send` is one input report, led by its id
 * where the descriptor numbers them; from the host, each `receive` is one report, always led by its id, 0 for none.
 */
export interface HidDevice {
  readonly name: string;
  readonly vendor: number;
  readonly product: number;
  /** '' where the real one has none. */
  readonly serial: string;
  /** Of a composite USB device. */
  readonly interface: number;
  readonly reportDescriptor: Uint8Array;
}

export interface Simulator<O = unknown> {
  /** The same name as its driver. */
  readonly name: string;
  readonly describe: string;
  /** pty: a serial device behind a stable path; tcp: a network device on a loopback port; sim: in the rack's process only. */
  readonly wires: readonly ('pty' | 'tcp' | 'sim')[];
  /** Only HID devices have it. */
  hid?(options: O): HidDevice;
  readonly baudRate: number;
  readonly options: z.ZodType<O>;
  create(options: O, context: SimulatorContext): SimulatedDevice;
}

export function defineSimulator<O>(simulator: Simulator<O>): Simulator {
  return Object.freeze(simulator) as unknown as Simulator;
}

export function defineAction<A>(action: SimulatorAction<A>): SimulatorAction {
  return action as unknown as SimulatorAction;
}
