/**
 * Every fault a device can raise, in one table: what happened and what a technician does about it.
 * Codes stand in device states and counters; they never carry data from the wire.
 */
export const faults = {
  // Any device
  'no-reply': { means: 'The device does not answer.', fix: 'Check power, cable and baud rate; run hutgate doctor.' },
  'wrong-device': { means: 'Something else than the configured device answers.', fix: 'Check which cable is in which socket.' },
  'link-lost': { means: 'The connection went away.', fix: 'Check the plug. The gateway reopens it by itself.' },
  'port-missing': { means: 'There is nothing at the configured path.', fix: 'Plug the device in, or correct `at:`.' },
  'port-denied': { means: 'The gateway has no rights to the path.', fix: 'Install the udev rules or join the group dialout.' },
  'port-busy': { means: 'Another program has the device open.', fix: 'Stop that program (ModemManager, brltty, a terminal).' },
  'port-failed': { means: 'The operating system refused to open the path.', fix: 'Read the detail; replug the device.' },
  'transport-unsupported': { means: 'This build has no transport for that address.', fix: 'Correct the scheme in `at:`.' },
  'noisy-line': { means: 'Mostly bytes that belong to no frame.', fix: 'Check baud rate, parity, grounding and cable.' },
  'driver-bug': { means: 'The driver failed on valid state.', fix: 'Send a diagnostics bundle.' },
} as const satisfies Record<string, { means: string; fix: string }>;

export type FaultCode = keyof typeof faults;

/** `detail` is for technicians: numbers and register names, never text that came from a card or a code. */
export interface Fault {
  readonly code: FaultCode;
  readonly detail?: string;
}
