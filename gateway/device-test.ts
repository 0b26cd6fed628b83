/**
 * Tests one device for a technician: a printer prints a label, a lamp or buzzer goes on and off, and of what reads the next
 * reading is awaited and shown masked. The reading goes its usual way as well: a test swallows nothing.
 */
import type { Clock } from '../device-drivers/clock.ts';
import type { DeviceKind, Reading } from '../device-drivers/driver.ts';
import type { DeviceTest } from './contract/api.ts';
import type { PrintTest } from './print-test.ts';
import { type ReadingPolicy, readingEvent } from './reading-event.ts';
import type { Supervisor } from './supervisor/supervise.ts';

export interface DeviceTester {
  /** Never rejects; settles within `readWithinMs`, or when a printer has answered. */
  test(deviceId: string): Promise<DeviceTest>;
  /** Each reading, as it comes. */
  heard(deviceId: string, reading: Reading): void;
}

export interface DeviceTestParts {
  readonly clock: Clock;
  /** undefined: no such device is configured. */
  readonly kindOf: (deviceId: string) => DeviceKind | undefined;
  readonly command: Supervisor['command'];
  readonly printTest: PrintTest;
  /** Which texts are codes of objects and may be shown. */
  readonly isCode: ReadingPolicy['isCode'];
}

/** Somebody walks from the screen to the device, and finds a code. */
export const readWithinMs = 20_000;
/** Three times, to be told from a lamp that was on anyhow. */
const blinkStepsMs = [400, 300, 400, 300, 400];

export function deviceTester({ clock, kindOf, command, printTest, isCode }: DeviceTestParts): DeviceTester {
  /** One test of a device at a time. */
  const running = new Set<string>();
  const awaited = new Map<string, (reading: Reading) => void>();

  const nextReading = (deviceId: string): Promise<Reading | undefined> =>
    new Promise((resolve) => {
      const end = (reading: Reading | undefined) => {
        cancel();
        awaited.delete(deviceId);
        resolve(reading);
      };
      const cancel = clock.after(readWithinMs, () => end(undefined));
      awaited.set(deviceId, end);
    });
  /** Only what is shown is made: nothing is sealed, so nothing needs a key. */
  const masked = (deviceId: string, reading: Reading): Pick<DeviceTest, 'text' | 'parts'> => {
    const { summary, parts } = readingEvent(deviceId, reading, clock.wallMs(), {
      clockQuality: () => 'unsynced',
      personRef: () => '',
      textRef: () => '',
      isCode,
    });
    return { text: summary, ...(parts && { parts }) };
  };

  async function print(deviceId: string): Promise<DeviceTest> {
    const { error, result } = await printTest(deviceId);
    if (error === undefined) return { outcome: 'printed', text: '' };
    return { outcome: result.outcome === 'printed_unconfirmed' ? 'unproved' : 'failed', text: error };
  }

  async function blink(deviceId: string): Promise<DeviceTest> {
    const pattern = await command(deviceId, 'pattern', { stepsMs: blinkStepsMs });
    // A door's lock knows one pulse only.
    const isLock = pattern.status === 'refused' && pattern.why === 'unknown-command';
    const told = isLock ? await command(deviceId, 'pulse', {}) : pattern;
    if (told.status === 'refused') return failed(told.why);
    if (told.status === 'interrupted') return failed(told.fault.code);
    const fault = told.result.fault as { readonly code: string } | undefined;
    return told.result.outcome === 'done' ? { outcome: 'switched', text: '' } : failed(fault?.code ?? 'failed');
  }

  async function read(deviceId: string, isScanner: boolean): Promise<DeviceTest> {
    const reading = nextReading(deviceId);
    // A scanner that takes commands says that it hears us; the others go without.
    if (isScanner) void command(deviceId, 'beep', {});
    const found = await reading;
    return found ? { outcome: 'read', ...masked(deviceId, found) } : { outcome: 'silent', text: '' };
  }

  const run = (deviceId: string): Promise<DeviceTest> | DeviceTest => {
    switch (kindOf(deviceId)) {
      case undefined:
        return failed('unknown-device');
      case 'label-printer':
      case 'receipt-printer':
        return print(deviceId);
      case 'indicator':
        return blink(deviceId);
      case 'scanner':
        return read(deviceId, true);
      default:
        return read(deviceId, false);
    }
  };

  return {
    async test(deviceId) {
      if (running.has(deviceId)) return failed('busy');
      running.add(deviceId);
      try {
        return await run(deviceId);
      } finally {
        running.delete(deviceId);
      }
    },
    heard: (deviceId, reading) => awaited.get(deviceId)?.(reading),
  };
}

const failed = (text: string): DeviceTest => ({ outcome: 'failed', text });
