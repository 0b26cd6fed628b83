/**
 * A few megabytes kept from the rest of the machine. When the disk is full they are given back, so that what is in the
 * store can still be confirmed, deleted and moved out of the log; new events wait until they can be taken again.
 */
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const reserveBytes = 8 * 1024 * 1024;

export interface Reserve {
  /** Takes the room, if twice of it is free. True when it is held. */
  hold(): boolean;
  release(): void;
  diskFreeBytes(): number;
}

export function reserveAt(file: string): Reserve {
  const diskFreeBytes = () => {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize;
  };
  const release = () => rmSync(file, { force: true });
  return {
    diskFreeBytes,
    release,
    hold() {
      if (statSync(file, { throwIfNoEntry: false })?.size === reserveBytes) return true;
      if (diskFreeBytes() < 2 * reserveBytes) return false;
      try {
        const handle = openSync(file, 'w');
        try {
          const zeros = new Uint8Array(1024 * 1024);
          for (let at = 0; at < reserveBytes; at += zeros.length) writeSync(handle, zeros);
          fsyncSync(handle);
        } finally {
          closeSync(handle);
        }
        return true;
      } catch {
        release();
        return false;
      }
    },
  };
}
