/**
 * Memory in which payloads come over from the store's thread, used again and again. At full speed a buffer of its own
 * for each would leave a hundred megabytes a second to the garbage collector, which then takes more time than the work.
 * Shared and not handed over: whoever still reads a payload that was given back sees other bytes, never freed memory.
 */
import type { Batch } from './store.ts';

/** Holds one event of any size, and sixteen common batches. */
export const slabBytes = 512 * 1024;
/** More than a full window and all that is read ahead. */
const slabsMax = 12;

export interface Slabs {
  /** undefined when too many are out: then payloads get memory of their own. */
  take(): SharedArrayBuffer | undefined;
  /** The batches as they came from the thread, over this slab again; it is free when their payloads are given back. */
  handOut(slab: SharedArrayBuffer | undefined, batches: readonly Batch[]): readonly Batch[];
  giveBack(payload: Uint8Array): void;
}

export function createSlabs(): Slabs {
  const free: SharedArrayBuffer[] = [];
  const payloadsOut = new WeakMap<ArrayBufferLike, number>();
  let slabs = 0;
  // Payloads that were dropped and not given back take their slab with them.
  const dropped = new FinalizationRegistry<undefined>(() => {
    slabs -= 1;
  });

  return {
    take() {
      const slab = free.pop();
      if (slab !== undefined || slabs >= slabsMax) return slab;
      const made = new SharedArrayBuffer(slabBytes);
      slabs += 1;
      dropped.register(made, undefined);
      return made;
    },
    handOut(slab, batches) {
      if (slab === undefined) return batches;
      let out = 0;
      const placed = batches.map((batch) => {
        const { buffer, byteOffset, length } = batch.payload;
        if (!(buffer instanceof SharedArrayBuffer)) return batch;
        out += 1;
        return { ...batch, payload: new Uint8Array(slab, byteOffset, length) };
      });
      if (out === 0) free.push(slab);
      else payloadsOut.set(slab, out);
      return placed;
    },
    giveBack({ buffer }) {
      const out = payloadsOut.get(buffer);
      if (out === undefined) return;
      payloadsOut.set(buffer, out - 1);
      if (out > 1) return;
      payloadsOut.delete(buffer);
      free.push(buffer as SharedArrayBuffer);
    },
  };
}
