import { expect, test } from 'vitest';
import { buttons } from '../../../kiosk-ui/src/demo/buttons.ts';
import { findPerson } from '../../../simulators/people.ts';
import { simulators } from '../../../simulators/registry.ts';
import { manualClock } from '../../support/manual-clock.ts';

const start = (driver: string) => {
  const simulator = simulators.get(driver)!;
  const context = { clock: manualClock(), random: () => 0.5, send: () => {} };
  return simulator.create(simulator.options.parse({}), context);
};

const all = [...buttons].flatMap(([driver, list]) => list.map((button) => ({ driver, ...button })));

test.each(all)('$driver $name is what the simulator takes', ({ driver, action, args }) => {
  const device = start(driver);
  device.power(true);
  const known = device.actions.get(action);
  expect(known, `${driver} has no action ${action}`).toBeDefined();
  known!.run(known!.args.parse(args));
  if (action === 'present') expect(findPerson(String(args.person))).toBeDefined();
  device.stop();
});
