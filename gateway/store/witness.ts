/**
 * The last numbers given, written beside the store after each commit. Not synced: it costs microseconds, outlives a kill,
 * and after a power cut it is at worst old. When it knows more than the file, events that were acknowledged are missing
 * (a lost or damaged log, an old copy put back), and the file would give their numbers to others.
 */
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type StreamName, streams } from '../contract/streams.ts';

export type LastSeqs = Readonly<Record<StreamName, number>>;

const witnessFile = (file: string) => join(dirname(file), 'heads');
/** Always the same length, so that a shorter text never leaves an old end behind. */
const recordBytes = 128;

export interface Witness {
  record(last: LastSeqs): void;
  close(): void;
}

export function witnessOf(file: string): Witness {
  const handle = openSync(witnessFile(file), constants.O_RDWR | constants.O_CREAT);
  return {
    record(last) {
      try {
        writeSync(handle, `${JSON.stringify(last).padEnd(recordBytes - 1)}\n`, 0);
      } catch {
        // The commit it speaks of is on the disk; a witness that cannot write takes nothing back.
      }
    },
    close: () => closeSync(handle),
  };
}

/** Undefined when there is none, or it cannot be read: then it proves nothing. */
export function witnessed(file: string): LastSeqs | undefined {
  try {
    const last = JSON.parse(readFileSync(witnessFile(file), 'utf8')) as LastSeqs;
    return streams.every((stream) => Number.isSafeInteger(last[stream])) ? last : undefined;
  } catch {
    return undefined;
  }
}
