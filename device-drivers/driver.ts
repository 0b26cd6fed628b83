/**
 * The contract of a device driver; read this first. A driver is one frozen declaration in one file of `drivers/`:
 * what it is, its options, and `session`, which makes the state of one connection. All I/O is done by `session.ts`;
 * a driver only says what to send, what to wait for, and what a frame means.
 */
import type { z } from 'zod';
import type { Fault, FaultCode } from './faults.ts';
import type { Framing } from './framing.ts';
import type { LineSettings, TransportScheme } from './link.ts';

export type DeviceKind =
  | 'scanner'
  | 'id-reader'
  | 'label-printer'
  | 'receipt-printer'
  | 'temperature-probe'
  | 'body-thermometer'
  | 'indicator'
  | 'digital-input';

/** Type of document by the contract: 01 resident card, 03 passport, 06 Hong Kong/Macau, 07 Taiwan, 08 foreign permanent resident, 99 other. */
export type IdType = '01' | '03' | '06' | '07' | '08' | '99';

export type Reading =
  | {
      readonly type: 'scan';
      readonly text: string /** AIM id (ISO/IEC 15424) such as `]C0`. */;
      readonly symbology?: string;
    }
  | {
      readonly type: 'identity';
      /** card: read electronically; document: read optically (MRZ). */
      readonly source: 'card' | 'document';
      readonly idType: IdType;
      readonly name: string;
      readonly idNumber: string;
      /** YYYY-MM-DD */
      readonly birthDate?: string;
      /** ISO 3166-1 alpha-3 */
      readonly nationality?: string;
      /** YYYY-MM-DD, or 'long-term' */
      readonly validTo?: string;
      /** undefined where the kind of number has no check digit. */
      readonly checkDigitOk?: boolean;
    }
  | {
      readonly type: 'temperature';
      /** null when the sensor gives no usable value; then quality is 'invalid'. */
      readonly celsius: number | null;
      readonly channel?: number;
      /** Percent relative humidity. */
      readonly humidity?: number;
      readonly quality: 'ok' | 'estimated' | 'invalid';
      /** The raw register or field, for traceability. */
      readonly raw?: number;
    }
  | { readonly type: 'input'; readonly input: string; readonly level: 0 | 1 };

/**
 * What a driver says about its device. A fault is one event (a card that could not be read). A condition is a state that
 * stays (paper out): the device is degraded until `condition: null` says that it is over. It may be said at each look; only
 * a change is told.
 */
export type DriverOutput =
  | { readonly reading: Reading }
  | { readonly fault: Fault }
  | { readonly condition: Fault | null }
  /** The same code or card again within its window: no second reading, but counted and shown, so that nothing vanishes. */
  | { readonly repeat: Reading['type'] };

/** What the session is asked to do next by a conversation. */
export type Step =
  | { readonly step: 'send'; readonly bytes: Uint8Array; readonly withinMs: number; readonly feature?: true }
  | { readonly step: 'receive'; readonly withinMs: number }
  | { readonly step: 'pause'; readonly ms: number }
  | { readonly step: 'flush' }
  | { readonly step: 'emit'; readonly output: DriverOutput };

/**
 * A conversation with a device: a generator that yields steps and is resumed with a frame (after `receive`, undefined
 * when none came in time). When the link dies it gets LinkLost thrown in; it may catch it to return a result, and must not yield again.
 */
export type Conversation<F, R> = Generator<Step, R, F | undefined>;

/** Sends bytes; done when the kernel has them. Past `withinMs` the link is closed: a stalled XOFF must not block for ever. */
export function* send(bytes: Uint8Array, withinMs = 5_000): Generator<Step, void, unknown> {
  yield { step: 'send', bytes, withinMs };
}
/** Sends a HID feature report; a device that refuses it is told nothing. On a link without them it is a `send`. */
export function* sendFeature(bytes: Uint8Array, withinMs = 1_000): Generator<Step, void, unknown> {
  yield { step: 'send', bytes, withinMs, feature: true };
}
/** Waits for the next frame; undefined when none came in time. */
export function* receive<F>(withinMs: number): Conversation<F, F | undefined> {
  return yield { step: 'receive', withinMs };
}
export function* pause(ms: number): Generator<Step, void, unknown> {
  yield { step: 'pause', ms };
}
/** Drops what has arrived and not been received yet (counted as discarded): the reply to an older request. */
export function* flush(): Generator<Step, void, unknown> {
  yield { step: 'flush' };
}
export function* emit(output: DriverOutput): Generator<Step, void, unknown> {
  yield { step: 'emit', output };
}

/** What a device says of itself; technical data only. */
export interface Identity {
  readonly model?: string;
  readonly firmware?: string;
  readonly serial?: string;
}

export type Identified = { readonly identity: Identity } | { readonly fault: Fault };

/** The result of a command given to a device; printers answer with PrintResult. */
export type CommandResult = Readonly<Record<string, unknown>>;

/**
 * done: proved; printed_unconfirmed: the printer took all of it and says that it is well, but nothing proves that it was
 * printed (scanning the label does); unknown: it may or may not have been printed, a person has to look; failed: certainly
 * not printed. Never re-sent by itself.
 */
export interface PrintResult extends CommandResult {
  readonly outcome: 'done' | 'printed_unconfirmed' | 'unknown' | 'failed';
  readonly fault?: Fault;
  /** What proved it, for example 'odometer' or 'queue-empty'. */
  readonly proof?: string;
  /** How many characters the printer's font lacks: they came out as 〓, or without their accent. Absent: none. */
  readonly substituted?: number;
}

export interface PrintJob {
  readonly jobId: string;
  /** The label in the printer's own language. */
  readonly label: string;
  readonly copies?: number;
}

/** What stands on a label for print tests. Up to three `lines`; `code` is 1 to 32 printable ASCII characters. */
export interface TestLabelText {
  readonly title: string;
  readonly lines: readonly string[];
  readonly code: string;
}

/** The state of one driver over one connection; made anew for each. */
export interface DriverSession<F> {
  readonly framing: Framing<F>;
  /** Before anything else of the connection: what its transport knows of the device. Only HID has a report descriptor. */
  opened?(link: { readonly reportDescriptor?: Uint8Array | undefined }): void;
  /** Proves that the right device answers, before the device counts as ready. Without it, an open link is enough. */
  identify?(): Conversation<F, Identified>;
  /** A frame that no conversation waits for: a scanner's reading, an unsolicited report. */
  onFrame?(frame: F): readonly DriverOutput[];
  /** Runs every `everyMs`, counted from start to start, never twice at once. A fault as result ends the connection: the device is gone. */
  readonly cycle?: { readonly everyMs: number; run(): Conversation<F, Fault | undefined> };
  /** Run between cycles, one at a time. */
  readonly commands?: Readonly<Record<string, (args: never) => Conversation<F, CommandResult>>>;
}

export interface DriverContext {
  monotonicMs(): number;
}

export interface Driver<O = unknown, F = unknown> {
  /** File name = driver name = value of `driver:` in the configuration = simulator name. */
  readonly name: string;
  readonly kind: DeviceKind;
  readonly describe: string;
  readonly transports: readonly TransportScheme[];
  /** UART defaults; each can be set in the device's options. */
  readonly line?: Partial<LineSettings>;
  /** The option by which several devices on one line are told apart; each is silent unless asked by it. */
  readonly busAddress?: string;
  readonly options: z.ZodObject<z.ZodRawShape, z.core.$strict> & z.ZodType<O>;
  /** The faults this driver itself can raise, besides those of any link. */
  readonly faults: readonly FaultCode[];
  /** Printers only: a label for print tests, in the printer's own language. @throws RangeError when `code` cannot be a barcode */
  readonly testLabel?: (text: TestLabelText) => string;
  /** Printers only: why a label would be refused, without a printer; undefined when it would not. */
  readonly labelFault?: (label: string) => Fault | undefined;
  session(options: O, context: DriverContext): DriverSession<F>;
}

/** Freezes a declaration and hides its types, so that the registry holds drivers of any options and frames. */
export function defineDriver<O, F>(driver: Driver<O, F>): Driver {
  return Object.freeze(driver) as unknown as Driver;
}
