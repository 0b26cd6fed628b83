/**
 * Plugs a driver into its simulator: no link, no port, no real time. It does what the session of a real connection does
 * with a conversation's steps, over a manual clock, so that a test says what happened and not when.
 */
import type { Conversation, Driver, DriverOutput, DriverSession, Step } from '../../device-drivers/driver.ts';
import type { Fault } from '../../device-drivers/faults.ts';
import { LinkLost } from '../../device-drivers/link.ts';
import { sameFault } from '../../device-drivers/session-faults.ts';
import type { SimulatedDevice, Simulator } from '../../simulators/device.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';

export interface Rig {
  readonly clock: ManualClock;
  readonly session: DriverSession<unknown>;
  readonly device: SimulatedDevice;
  /** All the driver has said, in order; of conditions the changes, as a session tells them. */
  readonly outputs: DriverOutput[];
  /** All bytes sent to the device, one entry per `send`. */
  readonly sent: Uint8Array[];
  /** Bytes that the framing gave up or a flush dropped, by reason. */
  readonly discarded: Map<string, number>;
  /** Runs a conversation to its end; frames that came while nobody waited are received first. */
  converse<R>(conversation: Conversation<never, R>): R;
  /** Runs the session's cycle once and moves the clock to the start of the next one. */
  cycle(): unknown;
  /** Lets time pass with no conversation: frames go to `onFrame`. */
  idle(ms: number): void;
  /** Runs an action of the simulator, arguments parsed by its schema. */
  act(action: string, args?: unknown): unknown;
  /** The link dies: whatever waits on it gets LinkLost at its next step. */
  unplug(): void;
}

export interface RigOptions {
  readonly driver: Driver;
  readonly options?: unknown;
  readonly simulator: Simulator;
  readonly simulatorOptions?: unknown;
  /** What the wire makes of bytes from the device; a test may cut, spoil or lose them here. */
  readonly wire?: (bytes: Uint8Array) => readonly Uint8Array[];
}

export function connect({
  driver,
  options = {},
  simulator,
  simulatorOptions = {},
  wire = (b) => [b],
}: RigOptions): Rig {
  const clock = manualClock();
  const session = driver.session(driver.options.parse(options), { monotonicMs: clock.monotonicMs });
  const outputs: DriverOutput[] = [];
  const sent: Uint8Array[] = [];
  const discarded = new Map<string, number>();
  const frames: unknown[] = [];
  let lost = false;
  let condition: Fault | null = null;
  let conversing = false;
  let cancelIdle = () => {};

  const take = (found: ReturnType<typeof session.framing.push>) => {
    for (const item of found) {
      if ('discarded' in item) discarded.set(item.why, (discarded.get(item.why) ?? 0) + item.discarded);
      else if (conversing || !session.onFrame) frames.push(item.frame);
      else outputs.push(...(session.onFrame?.(item.frame) ?? []));
    }
    cancelIdle();
    const { idle, heldBytes } = session.framing;
    if (idle && heldBytes > 0) cancelIdle = clock.after(idle.afterMs, () => take(session.framing.flush()));
  };
  const device = simulator.create(simulator.options.parse(simulatorOptions), {
    clock,
    random: () => 0.5,
    send: (bytes) => {
      for (const chunk of lost ? [] : wire(bytes)) take(session.framing.push(chunk));
    },
  });

  const waitForFrame = (withinMs: number): unknown => {
    const endMs = clock.monotonicMs() + withinMs;
    while (frames.length === 0 && !lost) {
      const dueMs = clock.nextDueMs() ?? Infinity;
      clock.advance(Math.min(dueMs, endMs) - clock.monotonicMs());
      if (dueMs > endMs) break;
    }
    return frames.shift();
  };
  const perform = (step: Step): unknown => {
    switch (step.step) {
      case 'send':
        sent.push(step.bytes.slice());
        device.receive(step.bytes);
        return undefined;
      case 'receive':
        return waitForFrame(step.withinMs);
      case 'pause':
        clock.advance(step.ms);
        return undefined;
      case 'flush':
        take(session.framing.flush());
        if (frames.length > 0) discarded.set('flushed', (discarded.get('flushed') ?? 0) + frames.length);
        frames.length = 0;
        return undefined;
      case 'emit':
        if (!('condition' in step.output)) outputs.push(step.output);
        else if (!sameFault(step.output.condition, condition)) {
          condition = step.output.condition;
          outputs.push(step.output);
        }
        return undefined;
    }
  };
  const converse = <R>(conversation: Conversation<never, R>): R => {
    conversing = true;
    let turn = conversation.next();
    while (!turn.done) {
      const value = lost ? undefined : perform(turn.value);
      turn = lost ? conversation.throw(new LinkLost('unplugged')) : conversation.next(value as never);
    }
    conversing = false;
    return turn.value;
  };

  return {
    clock,
    session,
    device,
    outputs,
    sent,
    discarded,
    converse,
    cycle() {
      if (!session.cycle) throw new Error(`${driver.name} has no cycle`);
      const startMs = clock.monotonicMs();
      const result = converse(session.cycle.run() as Conversation<never, unknown>);
      clock.advance(Math.max(0, startMs + session.cycle.everyMs - clock.monotonicMs()));
      return result;
    },
    idle: (ms) => clock.advance(ms),
    act(name, args = {}) {
      const action = device.actions.get(name);
      if (!action) throw new Error(`${simulator.name} has no action ${name}`);
      return action.run(action.args.parse(args));
    },
    unplug() {
      lost = true;
      device.power(false);
    },
  };
}
