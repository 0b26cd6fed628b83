/** What a kernel interface to GPIO lines has to offer. Levels are those of the wire: 1 is high. */
export type Level = 0 | 1;
export type Bias = 'as-is' | 'pull-up' | 'pull-down';

export interface InputEvents {
  /** The level at the start, after each edge, and each time it is read again. */
  level(level: Level): void;
  /** The line cannot be read any more. */
  lost(reason: string): void;
}

export interface GpioInput {
  close(): Promise<void>;
}

export interface GpioOutput {
  /** Rejects when the line cannot be set any more. */
  set(level: Level): Promise<void>;
  /** Back to the safe level, then the line is let go. */
  close(): Promise<void>;
}

/** One line that is there. Taking it rejects with LinkOpenError. */
export interface GpioLine {
  input(bias: Bias, events: InputEvents): Promise<GpioInput>;
  /** At the safe level from its first moment, and again when the line is closed or this process dies, however it dies. */
  output(safe: Level, lost: (reason: string) => void): Promise<GpioOutput>;
}
