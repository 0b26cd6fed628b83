/**
 * A UART line: bytes take the time they take. A PTY has no baud rate, so the rack paces what the device sends and
 * receives: 8N1, ten bits per byte, handed over in pieces as a UART's FIFO would.
 */
import type { Clock } from '../device-drivers/clock.ts';

export interface LineRate {
  send(bytes: Uint8Array): void;
  /** Drops what is on its way. */
  stop(): void;
}

const bitsPerByte = 10;
/** The FIFO of a 16550. */
const pieceBytesMax = 16;

export function lineRate(line: { baudRate: number; clock: Clock; deliver(bytes: Uint8Array): void }): LineRate {
  const { clock, deliver } = line;
  const byteMs = (bitsPerByte * 1000) / line.baudRate;
  let pending = Buffer.alloc(0);
  /** When the stop bit of the last delivered byte ended; late timers do not slow the line down. */
  let lineAtMs = 0;
  let cancel: (() => void) | undefined;

  function schedule(): void {
    const pieceMs = Math.min(pending.length, pieceBytesMax) * byteMs;
    cancel = clock.after(Math.max(0, lineAtMs + pieceMs - clock.monotonicMs()), tick);
  }
  function tick(): void {
    cancel = undefined;
    const arrived = Math.min(pending.length, Math.floor((clock.monotonicMs() - lineAtMs) / byteMs + 1e-6));
    const bytes = pending.subarray(0, arrived);
    pending = pending.subarray(arrived);
    lineAtMs += arrived * byteMs;
    if (pending.length > 0) schedule();
    if (arrived > 0) deliver(bytes);
  }

  return {
    send(bytes) {
      if (bytes.length === 0) return;
      if (pending.length === 0) lineAtMs = Math.max(lineAtMs, clock.monotonicMs());
      pending = Buffer.concat([pending, bytes]);
      if (cancel === undefined) schedule();
    },
    stop() {
      cancel?.();
      cancel = undefined;
      pending = Buffer.alloc(0);
    },
  };
}
