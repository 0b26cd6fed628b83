/**
 * The rack: simulated devices, each behind a stable path or loopback port, with a line that has a speed and can go wrong.
 * It knows no protocol; the devices do (`devices/`). How one device hangs on its cable is in `slot.ts`.
 */
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../device-drivers/clock.ts';
import { type Link, type LinkEvents, LinkOpenError } from '../device-drivers/link.ts';
import type { Simulator } from './device.ts';
import { type CableEvent, type DeviceInfo, type DeviceState, lineFaults, makeSlot, type Slot } from './slot.ts';

/** One device of a rack, in code and in a rack file. */
export const rackDevice = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/, 'must be 1 to 32 of a-z, 0-9 and -'),
  driver: z.string(),
  /** The simulator's first one if not given. */
  wire: z.enum(['pty', 'tcp', 'sim']).optional(),
  /** For tcp; any free one if not given. */
  port: z.int().min(1).max(65_535).optional(),
  /** The simulator's own. */
  options: z.record(z.string(), z.unknown()).default({}),
  /** false: bytes take no time, for tests and benches. A network device is never paced. */
  paced: z.boolean().default(true),
  faults: lineFaults.optional(),
});

export type RackDevice = z.input<typeof rackDevice>;
export type LineFaults = z.input<typeof lineFaults>;

/** `message` is for a person. bad-request: no such device or action, or arguments it does not take; refused: not in this state. */
export class RackError extends Error {
  override readonly name = 'RackError';
  readonly code: 'bad-request' | 'refused';
  constructor(code: RackError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Never carries an action's arguments: they may be a person's. */
export type RackEvent = CableEvent | { readonly type: 'acted'; readonly id: string; readonly action: string };

export interface RackSetup {
  readonly devices: readonly RackDevice[];
  /** Where the links are made: `dir/<id>`. */
  readonly dir: string;
  readonly seed: number;
  readonly clock: Clock;
  readonly simulators: ReadonlyMap<string, Simulator>;
}

export interface Rack {
  readonly dir: string;
  readonly seed: number;
  devices(): readonly DeviceInfo[];
  state(): readonly DeviceState[];
  /**
   * Does one of the device's actions, or one that every device has: `unplug`, `plug`, `faults`, `heal`, `inject`.
   * Resolves with what the action returns. Rejects with RackError.
   */
  act(id: string, action: string, args?: unknown): Promise<unknown>;
  /** A device of the wire `sim`, from within this process. Rejects with LinkOpenError. */
  open(id: string, events: LinkEvents): Promise<Link>;
  /** How often it was plugged in; undefined while it is out, or when there is none. */
  plugs(id: string): number | undefined;
  unplug(id: string): Promise<void>;
  plug(id: string): Promise<void>;
  faults(id: string, faults: LineFaults): Promise<void>;
  heal(id: string): Promise<void>;
  /** Returns a function that ends it. */
  subscribe(listener: (event: RackEvent) => void): () => void;
  /** Takes all devices away, with their links. Idempotent. */
  stop(): Promise<void>;
}

/** Rejects with RackError when a device is described wrongly, otherwise with the reason a path or port could not be had. */
export async function startRack({ devices, dir, seed, clock, simulators }: RackSetup): Promise<Rack> {
  const listeners = new Set<(event: RackEvent) => void>();
  const publish = (event: RackEvent) => {
    for (const listener of listeners) listener(event);
  };

  const slots = new Map<string, Slot>();
  for (const device of devices.map((given) => checked(rackDevice, given, `device ${given.id}`))) {
    const { id, faults = { direction: 'both' } } = device;
    if (slots.has(id)) throw new RackError('bad-request', `device ${id}: two devices have this id`);
    const simulator = simulators.get(device.driver);
    if (!simulator) throw new RackError('bad-request', `device ${id}: ${noSimulator(device.driver, simulators)}`);
    const wire = device.wire ?? simulator.wires[0];
    if (wire === undefined || !simulator.wires.includes(wire)) {
      const wires = simulator.wires.join(', ');
      throw new RackError('bad-request', `device ${id}: wire: ${simulator.name} has ${wires}, not ${wire}`);
    }
    const options = checked(simulator.options, device.options, `device ${id}: options`);
    const { paced, port = 0 } = device;
    slots.set(
      id,
      makeSlot({ id, simulator, options, wire, path: join(dir, id), port, paced, faults, seed, clock, publish }),
    );
  }

  const rack: Rack = {
    dir,
    seed,
    devices: () => [...slots.values()].map((slot) => slot.info()),
    state: () => [...slots.values()].map((slot) => slot.state()),
    async act(id, name, args = {}) {
      const slot = slots.get(id);
      if (!slot) throw new RackError('bad-request', `there is no device ${id}, only ${[...slots.keys()].join(', ')}`);
      const action = slot.actions.get(name);
      if (!action) {
        throw new RackError('bad-request', `${id} has no action ${name}, only ${[...slot.actions.keys()].join(', ')}`);
      }
      const checkedArgs = checked(action.args, args, `${id} ${name}`);
      let result: unknown;
      try {
        result = await action.run(checkedArgs);
      } catch (error) {
        throw new RackError('refused', `${id} ${name}: ${(error as Error).message}`);
      }
      publish({ type: 'acted', id, action: name });
      return result;
    },
    async open(id, events) {
      const slot = slots.get(id);
      if (!slot) throw new LinkOpenError('missing', `there is no simulated device ${id}`);
      return slot.open(events);
    },
    plugs: (id) => slots.get(id)?.plugs(),
    unplug: async (id) => void (await rack.act(id, 'unplug')),
    plug: async (id) => void (await rack.act(id, 'plug')),
    faults: async (id, faults) => void (await rack.act(id, 'faults', faults)),
    heal: async (id) => void (await rack.act(id, 'heal')),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      listeners.clear();
      await Promise.all([...slots.values()].map((slot) => slot.stop()));
    },
  };

  try {
    for (const slot of slots.values()) await slot.start();
  } catch (error) {
    await rack.stop();
    throw error;
  }
  return rack;
}

function noSimulator(driver: string, simulators: ReadonlyMap<string, Simulator>): string {
  return `there is no simulator ${JSON.stringify(driver)}, only ${[...simulators.keys()].join(', ') || 'none at all'}`;
}

function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new RackError('bad-request', `${where}: ${problems.join('; ')}`);
}
