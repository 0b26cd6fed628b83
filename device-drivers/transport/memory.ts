/** A port without a kernel: both ends in this process. For tests, and for `sim:` where the kernel cannot lend a virtual device. */
import { type Clock, systemClock } from '../clock.ts';
import { type Link, type LinkEvents, LinkLost, LinkOpenError } from '../link.ts';

/** The host's socket in the wall: a link per open, one at a time. `device` is the other end of the wire. */
export interface MemoryPort {
  /** @throws LinkOpenError `missing` while unplugged, `busy` while a link is open */
  open(events: LinkEvents): Promise<Link>;
  readonly device: {
    /** To the host; false, and lost, when no link is open. While the host has paused, it waits. */
    send(bytes: Uint8Array): boolean;
    onData(listener: (bytes: Uint8Array) => void): void;
    unplug(reason?: string): void;
    plug(): void;
    /** While true the device takes nothing: the host's writes wait for their deadline. */
    stall(stalled: boolean): void;
  };
}

/** `reportDescriptor`: the device is a HID device; a chunk is a report then, to the host without, to the device with its id. */
export function createMemoryPort(clock: Clock = systemClock, reportDescriptor?: Uint8Array): MemoryPort {
  let plugged = true;
  let stalled = false;
  let listener: (bytes: Uint8Array) => void = () => {};
  let connection: Connection | undefined;

  return {
    async open(events) {
      if (!plugged) throw new LinkOpenError('missing', 'nothing is plugged in');
      if (connection) throw new LinkOpenError('busy', 'the port is open already');
      connection = connect(
        clock,
        events,
        (bytes) => listener(bytes),
        () => stalled,
        () => {
          connection = undefined;
        },
      );
      return { ...connection.link, reportDescriptor };
    },
    device: {
      send(bytes) {
        connection?.arrive(bytes);
        return connection !== undefined;
      },
      onData(fn) {
        listener = fn;
      },
      unplug(reason = 'unplugged') {
        plugged = false;
        connection?.shut(reason);
      },
      plug() {
        plugged = true;
      },
      stall(on) {
        stalled = on;
        if (!on) connection?.writeWaiting();
      },
    },
  };
}

interface Connection {
  readonly link: Link;
  arrive(bytes: Uint8Array): void;
  writeWaiting(): void;
  shut(reason: string): void;
}

function connect(
  clock: Clock,
  events: LinkEvents,
  deliver: (bytes: Uint8Array) => void,
  isStalled: () => boolean,
  onShut: () => void,
): Connection {
  let open = true;
  let paused = false;
  let arrived: Uint8Array[] = [];
  let unwritten: { bytes: Uint8Array; resolve: () => void; reject: (lost: LinkLost) => void; cancel: () => void }[] =
    [];

  const shut = (reason: string) => {
    if (!open) return;
    open = false;
    onShut();
    for (const { reject, cancel } of unwritten) {
      cancel();
      reject(new LinkLost(reason));
    }
    unwritten = [];
    events.closed(reason);
  };
  const writeWaiting = () => {
    const waiting = unwritten;
    unwritten = [];
    for (const { bytes, resolve, cancel } of waiting) {
      cancel();
      deliver(bytes);
      resolve();
    }
  };

  return {
    shut,
    writeWaiting,
    arrive(bytes) {
      if (paused) arrived.push(bytes.slice());
      else events.data(bytes);
    },
    link: {
      write(bytes, withinMs) {
        if (!open) return Promise.reject(new LinkLost('the connection is closed'));
        return new Promise((resolve, reject) => {
          const cancel = clock.after(withinMs, () => shut(`a write was not taken within ${withinMs} ms`));
          unwritten.push({ bytes: bytes.slice(), resolve, reject, cancel });
          if (!isStalled()) writeWaiting();
        });
      },
      pause() {
        paused = true;
      },
      resume() {
        paused = false;
        const chunks = arrived;
        arrived = [];
        for (const chunk of chunks) if (open) events.data(chunk);
      },
      async close() {
        shut('closed by us');
      },
    },
  };
}
