/** A simulated device by itself, over a manual clock: what it is told, what it says, what a person does to it. */
import type { Simulator } from '../../simulators/device.ts';
import { manualClock } from './manual-clock.ts';

export function simulatedDevice(simulator: Simulator, options: unknown = {}) {
  const clock = manualClock();
  const sent: Uint8Array[] = [];
  const device = simulator.create(simulator.options.parse(options), {
    clock,
    random: () => 0.5,
    send: (bytes) => sent.push(bytes),
  });
  const tell = (text: string, encoding: BufferEncoding = 'latin1') => device.receive(Buffer.from(text, encoding));
  /** What it has said since the last time. */
  const take = () => Buffer.concat(sent.splice(0));
  return {
    clock,
    device,
    tell,
    take,
    ask(text: string, waitMs = 0) {
      take();
      tell(text);
      clock.advance(waitMs);
      return take();
    },
    act(name: string, args: unknown = {}) {
      const action = device.actions.get(name)!;
      return action.run(action.args.parse(args));
    },
    printed: () => (device.state() as { printed: string[] }).printed,
  };
}
