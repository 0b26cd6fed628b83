/**
 * Every fault a device can raise, in one table: what happened and what a technician does about it.
 * Codes stand in device states and counters; they never carry data from the wire.
 */
export const faults = {
  // Any device
  'no-reply': { means: 'The device does not answer.', fix: 'Check power, cable and baud rate; run hutgate doctor.' },
  'wrong-device': {
    means: 'Something else than the configured device answers.',
    fix: 'Check which cable is in which socket.',
  },
  'other-unit': {
    means: 'Another unit of the same kind answers than the one that was here before.',
    fix: 'Put the right one back, or confirm this one: on the page, or by hutgate doctor --confirm ID.',
  },
  'pair-unconfirmed': {
    means:
      'It and one just like it were unplugged at the same time: nobody can know which is which, so nothing is taken from it.',
    fix: 'Scan its identify code with it, or confirm it: on the page, or by hutgate doctor --confirm ID.',
  },
  'link-lost': { means: 'The connection went away.', fix: 'Check the plug. The gateway reopens it by itself.' },
  'port-missing': { means: 'There is nothing at the configured path.', fix: 'Plug the device in, or correct `at:`.' },
  'port-denied': {
    means: 'The gateway has no rights to the path.',
    fix: 'Install the udev rules or join the group dialout.',
  },
  'port-busy': {
    means: 'Another program has the device open.',
    fix: 'Stop that program (ModemManager, brltty, a terminal).',
  },
  'port-failed': {
    means: 'The operating system refused to open the path.',
    fix: 'Read the detail; replug the device.',
  },
  'keyboard-shared': {
    means: 'What this keyboard scanner types would reach the focused window too, so it is not read.',
    fix: 'Install libusb-1.0-0 and the udev rules, or set the scanner to USB HID POS.',
  },
  'transport-unsupported': {
    means: 'This build has no transport for that address.',
    fix: 'Correct the scheme in `at:`.',
  },
  'noisy-line': {
    means: 'Mostly bytes that belong to no frame.',
    fix: 'Check baud rate, parity, grounding and cable.',
  },
  'driver-bug': { means: 'The driver failed on valid state.', fix: 'Send the log of the gateway to its makers.' },
  // Printers
  'paper-out': { means: 'The printer has no labels.', fix: 'Load labels, close the lid, press FEED.' },
  'head-open': { means: 'The lid of the printer is open.', fix: 'Close it until it clicks on both sides.' },
  'ribbon-out': { means: 'The ribbon is used up or torn.', fix: 'Load ribbon, or set the printer to direct thermal.' },
  'printer-paused': { means: 'The printer is paused.', fix: 'Press its PAUSE key.' },
  'head-too-hot': { means: 'The print head or motor is too hot.', fix: 'Wait; lower darkness and speed.' },
  'head-too-cold': {
    means: 'The print head is too cold; labels may be pale.',
    fix: 'Warm the hut or raise the darkness.',
  },
  'printer-error': {
    means: 'The printer reports another error.',
    fix: 'Read the detail and the display of the printer.',
  },
  'printer-not-empty': {
    means: 'An older label is still in the printer and cannot be cancelled.',
    fix: 'Switch the printer off and on.',
  },
  'label-invalid': {
    means: 'The label is not one whole format; nothing was sent.',
    fix: 'Correct the label template.',
  },
  'print-unproven': {
    means: 'The printer did not prove that the label was printed.',
    fix: 'Look whether the label is there.',
  },
  'paper-jam': {
    means: 'The paper is jammed.',
    fix: 'Open the lid, take the paper out, load it again, close the lid.',
  },
  'cutter-jam': {
    means: 'The cutter is stuck.',
    fix: 'Switch the printer off, clear the cutter, switch it on.',
  },
  'supplies-low': { means: 'Paper or ribbon is nearly used up.', fix: 'Have the next roll ready.' },
  // Probes
  'sensor-absent': {
    means: 'The probe answers, but a sensor of it has no usable value.',
    fix: 'Check the plug and cable of that channel.',
  },
  'modbus-exception': {
    means: 'The probe refuses the request.',
    fix: 'Read the exception in the detail; check the profile.',
  },
  'measurement-damaged': {
    means: 'What came from the probe did not pass its check.',
    fix: 'Shorten the cable, keep it from mains wires, check its pull-up resistor (4.7 kilohm).',
  },
  'sensor-power-lost': {
    means: 'The sensor has just been powered on, or lost its power while it measured.',
    fix: 'Check the supply wire of the sensor; give it three wires instead of two.',
  },
  // Outputs
  'output-held-too-long': {
    means: 'A door lock was held open for longer than allowed, and was let go.',
    fix: 'Look whether the door is shut; if it happens again, send the log of the gateway to its makers.',
  },
  // Scanners
  'code-unreadable': {
    means: 'A code was scanned whose bytes are no text, or hold control characters.',
    fix: 'Set the scanner to send codes as they are (UTF-8), and its suffix to what is configured.',
  },
  'code-incomplete': {
    means: 'A code stopped before its end.',
    fix: 'Scan again; check the cable, and that every kind of code has the same suffix in the scanner.',
  },
  'code-without-symbology': {
    means: 'Codes come without the AIM identifier that is configured.',
    fix: 'Switch the AIM identifier on in the scanner, or symbologyId off.',
  },
  // Thermometers
  'measurement-unreadable': {
    means: 'A measurement came that is no temperature of a person.',
    fix: 'Measure again; set the thermometer to degrees Celsius and body temperature.',
  },
  'scanner-wrong-mode': {
    means: 'The scanner is plugged in as another kind of USB device than the driver reads.',
    fix: "Scan the code for that mode (USB HID POS, USB keyboard) in the scanner's manual, or configure the driver for the mode it is in.",
  },
  // ID readers
  'card-read-failed': {
    means: 'The card could not be read.',
    fix: 'Lift the card and lay it flat on the reader again.',
  },
  'card-not-authenticated': {
    means: 'The card and the reader did not recognise each other.',
    fix: 'Lift the card and present it again; if every card fails, replace the reader.',
  },
  'card-wrong-type': { means: 'The card is no identity card.', fix: 'Present the identity card.' },
  'card-unreadable': {
    means: 'The card was read, but what is on it makes no sense.',
    fix: 'Present it again; take the person by another document.',
  },
  'document-misread': {
    means: 'The lines of a document were not read as they are printed.',
    fix: 'Lay it on again, flat and to the stop; clean the glass. If every document fails, check the protocol in the options.',
  },
  'reader-refuses-command': {
    means: 'The reader refuses what it is asked.',
    fix: 'Check that it is a SAM reader, and its baud rate; replug it.',
  },
  'reader-self-test-failed': {
    means: "The reader's security module failed its self-test.",
    fix: 'Replug it, else replace it.',
  },
  'reader-unauthorised': {
    means: "The reader's security module is not authorised.",
    fix: 'Have the reader authorised or replaced.',
  },
} as const satisfies Record<string, { means: string; fix: string }>;

export type FaultCode = keyof typeof faults;

/** `detail` is for technicians: numbers and register names, never text that came from a card or a code. */
export interface Fault {
  readonly code: FaultCode;
  readonly detail?: string;
}
