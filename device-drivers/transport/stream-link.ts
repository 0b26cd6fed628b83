/**
 * A link over one open Node stream (a serial port, a socket): everything a link promises beyond bytes. It dies once and
 * for good; a write ends with it, whatever the stream would still do with the bytes.
 */
import type { Duplex } from 'node:stream';
import { type Link, type LinkEvents, LinkLost } from '../link.ts';

/** After this the link counts as closed even if the operating system still hangs on to it. */
const closeWithinMs = 1_000;

export interface OpenStream {
  readonly stream: Duplex;
  /** Lets go of the operating system's handle; `unwritten`: bytes are still waiting and are to be thrown away. */
  release(unwritten: boolean): Promise<void>;
}

/** `shut` is for losses that only the transport can see; it is idempotent like `link.close`. */
export function linkOverStream({ stream, release }: OpenStream, events: LinkEvents) {
  const unwritten = new Set<(lost: LinkLost) => void>();
  let shutting: Promise<void> | undefined;

  const shut = (reason: string): Promise<void> => {
    shutting ??= (async () => {
      const waiting = [...unwritten];
      const released = atMost(closeWithinMs, release(waiting.length > 0));
      for (const reject of waiting) reject(new LinkLost(reason));
      await released;
      events.closed(reason);
    })();
    return shutting;
  };

  // Always read: a serial port that nobody reads does not notice its loss.
  stream.on('data', (chunk: Uint8Array) => {
    if (!shutting) events.data(chunk);
  });
  // Stays on after the end: a write cut by an unplug still reports its error then, and nobody listening would end the process.
  stream.on('error', (error) => void shut(`the connection failed (${error.message})`));

  const link: Link = {
    write(bytes, withinMs) {
      if (shutting) return Promise.reject(new LinkLost('the connection is closed'));
      return new Promise((resolve, reject) => {
        const settle = (lost?: LinkLost) => {
          clearTimeout(deadline);
          unwritten.delete(settle);
          if (lost) reject(lost);
          else resolve();
        };
        const deadline = setTimeout(() => void shut(`a write was not taken within ${withinMs} ms`), withinMs);
        unwritten.add(settle);
        stream.write(bytes, (error) => {
          if (!error) settle();
          else void shut(`a write failed (${error.message})`);
        });
      });
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    close: () => shut('closed by us'),
  };
  return { link, shut };
}

function atMost(ms: number, done: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const settle = () => {
      clearTimeout(timer);
      resolve();
    };
    done.then(settle, settle);
  });
}
