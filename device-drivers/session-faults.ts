/** What the session makes of errors: faults for technicians, which never quote what came over the wire. */
import type { Fault, FaultCode } from './faults.ts';
import { LinkLost, LinkOpenError } from './link.ts';

const openFaults: Readonly<Record<LinkOpenError['why'], FaultCode>> = {
  missing: 'port-missing',
  denied: 'port-denied',
  busy: 'port-busy',
  shared: 'keyboard-shared',
  failed: 'port-failed',
  unsupported: 'transport-unsupported',
};

export const openFault = (error: unknown): Fault =>
  error instanceof LinkOpenError
    ? { code: openFaults[error.why], detail: error.message }
    : { code: 'port-failed', detail: whereThrown(error) };

export const linkLost = (reason: string): Fault => ({ code: 'link-lost', detail: reason });

export const driverBug = (error: unknown): Fault => ({ code: 'driver-bug', detail: whereThrown(error) });

/** A conversation ends with an error because its link was lost, or because the driver is wrong. */
export const conversationFault = (error: unknown): Fault =>
  error instanceof LinkLost ? linkLost(error.message) : driverBug(error);

export const sameFault = (a: Fault | null, b: Fault | null): boolean => a?.code === b?.code && a?.detail === b?.detail;

/** The kind and the place of an error. Never its message: that may quote what was on a card. */
function whereThrown(error: unknown): string {
  if (!(error instanceof Error)) return 'a value that is no Error was thrown';
  const calls = (error.stack ?? '').replace(error.message, '');
  const [, place] = /^ {4}at .*?([\w.-]+\.[jt]s:\d+):\d+\)?$/m.exec(calls) ?? [];
  return `${error.name} at ${place ?? 'an unknown place'}`;
}
