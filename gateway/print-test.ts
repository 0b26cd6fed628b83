/** Prints a test label on any kind of printer: for the centre's command, and for the button of the demo. */
import type { Clock } from '../device-drivers/clock.ts';
import type { Driver, PrintResult } from '../device-drivers/driver.ts';
import type { Supervisor } from './supervisor/supervise.ts';
import { rfc3339 } from './wall-time.ts';

/** `error` unless it is proved that the label was printed: who reads no further must not take it for that. */
export interface PrintTested {
  readonly error?: string;
  readonly result: Readonly<Record<string, unknown>>;
}

/** Never rejects. */
export type PrintTest = (deviceId: string) => Promise<PrintTested>;

export interface PrintTestParts {
  readonly clock: Clock;
  /** undefined: no such device is configured. */
  readonly driverOf: (deviceId: string) => Driver | undefined;
  readonly command: Supervisor['command'];
}

export function printTester({ clock, driverOf, command }: PrintTestParts): PrintTest {
  return async (deviceId) => {
    const driver = driverOf(deviceId);
    if (!driver) return refused('unknown-device');
    if (!driver.testLabel) return refused('no-printer');
    const at = rfc3339(clock.wallMs());
    const label = driver.testLabel({ title: '打印测试 hutgate', lines: [deviceId, at], code: 'TEST' });
    return printed(await command(deviceId, 'print', { jobId: `test-${clock.wallMs()}`, label }));
  };
}

const refused = (why: string): PrintTested => ({ error: `failed: ${why}`, result: { outcome: 'failed' } });

function printed(told: Awaited<ReturnType<Supervisor['command']>>): PrintTested {
  if (told.status === 'refused') return refused(told.why);
  const result: PrintResult =
    told.status === 'done' ? (told.result as PrintResult) : { outcome: 'unknown', fault: told.fault };
  const { outcome, fault } = result;
  return outcome === 'done' ? { result } : { error: [outcome, fault?.code].join(': '), result };
}
