/** Framing where the transport keeps the boundaries: a chunk is one HID report, and a report is one frame. */
import type { Framing } from '../framing.ts';

/** A report of another length is none of this device's. Every frame is in memory of its own. */
export function hidReports(bytesMin: number, bytesMax = bytesMin): Framing<Uint8Array> {
  return {
    heldBytes: 0,
    push: (chunk) =>
      chunk.length >= bytesMin && chunk.length <= bytesMax
        ? [{ frame: Uint8Array.from(chunk) }]
        : [{ discarded: chunk.length, why: 'length' }],
    flush: () => [],
  };
}
