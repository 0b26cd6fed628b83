/** Writes to a file that says EAGAIN while it is full: one chunk after the other, each whole. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface InTurn {
  write(bytes: Uint8Array): void;
  /** What has not been written is dropped. */
  stop(): void;
}

const retryMs = 1;

/** `write` returns how many bytes it took. An error but EAGAIN is the end of its chunk: nobody is there. */
export function writeInTurn(write: (bytes: Uint8Array) => number): InTurn {
  let isStopped = false;
  let written = Promise.resolve();
  const writeAll = async (bytes: Uint8Array) => {
    for (let offset = 0; offset < bytes.length && !isStopped; ) {
      try {
        offset += write(bytes.subarray(offset));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
        await sleep(retryMs);
      }
    }
  };
  return {
    write(bytes) {
      written = written.then(() => writeAll(bytes));
    },
    stop() {
      isStopped = true;
    },
  };
}
