/**
 * A USB device with bulk endpoints, as the package `usb` gives it. Stands in for the kernel: there is no USB bus on a build
 * machine. It behaves as nusb does: a read that gets nothing in its time is rejected as Cancelled, a packet too long for
 * what was asked is cut, and two transfers at once on one endpoint are refused.
 */
import type { UsbPort } from '../../device-drivers/transport/usb.ts';

export interface UsbEndpoints {
  readonly port: UsbPort & { serialNumber: string | null };
  /** What the host wrote, one entry per transfer. */
  readonly written: { readonly endpoint: number; readonly bytes: Uint8Array }[];
  /** Packets for the host; they wait in the device. */
  send(endpoint: number, bytes: Uint8Array): void;
  onWrite(listener: (endpoint: number, bytes: Uint8Array) => void): void;
  unplug(): void;
  /** While true the device takes nothing. */
  stall(on: boolean): void;
  readonly log: string[];
}

export function usbEndpoints(options: {
  readonly out: readonly number[];
  readonly in: readonly number[];
  readonly serial?: string;
  readonly packetSize?: number;
  /** What `open` or `claim` says, in the words of the binding. */
  readonly openError?: string;
  readonly claimError?: string;
}): UsbEndpoints {
  const { packetSize = 64 } = options;
  const written: { endpoint: number; bytes: Uint8Array }[] = [];
  const log: string[] = [];
  const packets = new Map<number, Uint8Array[]>();
  const waiting = new Map<number, { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }>();
  const writers = new Set<(error: Error) => void>();
  let listener: (endpoint: number, bytes: Uint8Array) => void = () => {};
  let unplugged = false;
  let stalled = false;

  const endpoint = (direction: 'in' | 'out') => (endpointNumber: number) => ({
    ...{ endpointNumber, direction, type: 'bulk', packetSize },
  });
  const next = (number: number) => {
    const reader = waiting.get(number);
    const queue = packets.get(number) ?? [];
    if (!reader || queue.length === 0) return;
    waiting.delete(number);
    reader.resolve(queue.shift()!);
  };

  return {
    written,
    log,
    send(number, bytes) {
      const queue = packets.get(number) ?? [];
      for (let at = 0; at < bytes.length; at += packetSize) queue.push(bytes.slice(at, at + packetSize));
      packets.set(number, queue);
      next(number);
    },
    onWrite(fn) {
      listener = fn;
    },
    unplug() {
      unplugged = true;
      for (const { reject } of waiting.values()) reject(new Error('transferIn error: Disconnected'));
      waiting.clear();
      for (const reject of writers) reject(new Error('transferOut error: Disconnected'));
    },
    stall(on) {
      stalled = on;
    },
    port: {
      serialNumber: options.serial ?? null,
      configuration: {
        interfaces: [
          {
            interfaceNumber: 0,
            alternate: {
              interfaceClass: 0xff,
              endpoints: [...options.out.map(endpoint('out')), ...options.in.map(endpoint('in'))],
            },
          },
        ],
      },
      async open() {
        if (options.openError) throw new Error(options.openError);
        log.push('open');
      },
      async claimInterface(number) {
        if (options.claimError) throw new Error(options.claimError);
        log.push(`claim ${number}`);
      },
      async releaseInterface(number) {
        log.push(`release ${number}`);
      },
      async close() {
        log.push('close');
      },
      nativeTransferIn(number, timeoutMs, length) {
        if (unplugged) return Promise.reject(new Error('transferIn error: Disconnected'));
        if (waiting.has(number)) return Promise.reject(new Error('transferIn error: endpoint not found'));
        return new Promise((resolve, reject) => {
          const timer = setTimeout(() => {
            waiting.delete(number);
            reject(new Error('transferIn error: Cancelled'));
          }, timeoutMs);
          const settled =
            <T>(settle: (value: T) => void) =>
            (value: T) => {
              clearTimeout(timer);
              settle(value);
            };
          waiting.set(number, {
            resolve: settled((bytes: Uint8Array) => resolve(bytes.subarray(0, length))),
            reject: settled(reject),
          });
          next(number);
        });
      },
      nativeTransferOut(number, timeoutMs, data) {
        if (unplugged) return Promise.reject(new Error('transferOut error: Disconnected'));
        if (stalled) {
          return new Promise((_, reject) => {
            const timer = setTimeout(() => reject(new Error('transferOut error: Cancelled')), timeoutMs);
            writers.add((error) => {
              clearTimeout(timer);
              reject(error);
            });
          });
        }
        const bytes = data.slice();
        written.push({ endpoint: number, bytes });
        listener(number, bytes);
        return Promise.resolve(bytes.length);
      },
    },
  };
}
