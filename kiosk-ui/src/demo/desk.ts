/** Which simulated device stands on the desk of a lane, and its action for what somebody does there. Pure. */
import type { DemoDevice } from '../../../gateway/contract/api.ts';
import type { Step } from './walk-in.ts';

export interface DeskAction {
  readonly id: string;
  readonly action: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** In the demo a lane and its devices have the same number: lane-2, scanner-2, card-2. undefined: there is none. */
export function deskDevice(devices: readonly DemoDevice[], lane: string, step: Step): DeskAction | undefined {
  const wanted = actionOf(step);
  const number = /-\d+$/.exec(lane)?.[0] ?? '-1';
  const device = devices.find(
    ({ id, driver, actions }) =>
      id.endsWith(number) && driver.startsWith(wanted.drivers) && actions.some(({ name }) => name === wanted.action),
  );
  return device && { id: device.id, action: wanted.action, args: wanted.args };
}

function actionOf(step: Step): { drivers: string; action: string; args: Readonly<Record<string, unknown>> } {
  switch (step.at) {
    case 'scanner':
      return { drivers: 'scanner-', action: 'scan', args: { text: step.text } };
    case 'card':
      return { drivers: 'id-sam', action: 'present', args: { person: step.person } };
    case 'thermometer':
      return { drivers: 'thermometer-', action: 'measure', args: { celsius: step.celsius } };
  }
}
