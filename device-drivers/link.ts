/**
 * A link is one open connection to one device. It is single-use: it opens once, closes once, and whatever was not
 * written when it closes is lost with it. node-serialport would otherwise send bytes written while closed after the
 * next open, and a label of the previous person would print.
 */
export interface Link {
  /** Resolves when the kernel has taken all bytes. Rejects with LinkLost when the link closes first or `withinMs` passes. */
  write(bytes: Uint8Array, withinMs: number): Promise<void>;
  /**
   * HID only: sends a feature report. Resolves to false when the device refuses it (the link lives); rejects like `write`.
   */
  writeFeature?(bytes: Uint8Array, withinMs: number): Promise<boolean>;
  /** HID only, where the kernel has it. */
  readonly reportDescriptor?: Uint8Array | undefined;
  /**
   * Only where several devices have one line: `take` calls `granted`, at once or later, when nobody else is speaking; `end`
   * gives the turn on, or stops waiting for it.
   */
  readonly turns?: { take(granted: () => void): void; end(): void };
  /** Stops reading, so that the device (or the kernel's buffer) has to wait. */
  pause(): void;
  resume(): void;
  /** Idempotent. `closed` is called for this too, with the reason 'closed by us'. */
  close(): Promise<void>;
}

export interface LinkEvents {
  data(chunk: Uint8Array): void;
  /** Exactly once, after which nothing else is called. */
  closed(reason: string): void;
}

/** UART settings; ignored by transports that have no UART. */
export interface LineSettings {
  baudRate: number;
  dataBits: 5 | 6 | 7 | 8;
  parity: 'none' | 'even' | 'odd';
  stopBits: 1 | 2;
  flowControl: 'none' | 'rtscts' | 'xonxoff';
}

/** Where a device is: the part of `at:` before the first colon, and the rest. */
export interface DeviceAddress {
  scheme: TransportScheme;
  target: string;
}

export type TransportScheme = 'serial' | 'hid' | 'usb' | 'tcp' | 'file' | 'w1' | 'gpio' | 'sim';

export type OpenLink = (address: DeviceAddress, line: LineSettings, events: LinkEvents) => Promise<Link>;

/**
 * Why a link could not be opened. `missing`: nothing is there; `denied`: no rights; `busy`: somebody else has it; `shared`:
 * a keyboard whose keys would reach the focused window too.
 */
export class LinkOpenError extends Error {
  override readonly name = 'LinkOpenError';
  readonly why: 'missing' | 'denied' | 'busy' | 'shared' | 'unsupported' | 'failed';
  constructor(why: LinkOpenError['why'], message: string) {
    super(message);
    this.why = why;
  }
}

/** The link closed, or a write did not get through in its time. Thrown into a conversation that waits on the link. */
export class LinkLost extends Error {
  override readonly name = 'LinkLost';
}
