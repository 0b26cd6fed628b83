/**
 * A USB device's own bulk endpoints, by the package `usb` 3 (nusb). It is loaded when the first such device is opened, so
 * that a machine without USB starts. Made for the ID-card readers 0400:C35A, of which there are two kinds:
 *
 * - two pairs of endpoints: the first 7 bytes of a SAM frame (preamble and length) go out by 02 and come in by 81, the rest
 *   by 06 and 85. Here a frame is taken apart and put together, so that a driver sees one stream;
 * - one pair: a frame goes out as it is, and comes in packets.
 *
 * The binding cancels a transfer that is not done in its time, and forgets what had come of it; so one packet is asked for at
 * a time, which is done with its last byte. Two transfers at once on one endpoint are refused.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Link, type LinkEvents, LinkLost, LinkOpenError } from '../link.ts';

/** What is used of the binding's device. */
export interface UsbPort {
  readonly configuration?: { readonly interfaces: readonly UsbPortInterface[] } | null;
  open(): Promise<void>;
  close(): Promise<void>;
  claimInterface(number: number): Promise<void>;
  releaseInterface(number: number): Promise<void>;
  /** Rejects when the time passes ("Cancelled") and when the device is gone ("Disconnected"). */
  nativeTransferIn(endpoint: number, timeoutMs: number, length: number): Promise<Uint8Array | null>;
  nativeTransferOut(endpoint: number, timeoutMs: number, data: Uint8Array): Promise<number>;
}
interface UsbPortInterface {
  readonly interfaceNumber: number;
  readonly alternate: { readonly interfaceClass: number; readonly endpoints: readonly UsbPortEndpoint[] };
}
interface UsbPortEndpoint {
  readonly endpointNumber: number;
  readonly direction: string;
  readonly type: string;
  readonly packetSize: number;
}

/** The devices with these ids. */
export type FindUsb = (
  vendor: number,
  product: number,
) => Promise<readonly (UsbPort & { serialNumber?: string | null })[]>;

/** Preamble and length of a SAM frame; the length counts the rest. */
const headBytes = 7;
const restBytesOf = (head: Uint8Array) => (head[headBytes - 2]! << 8) | head[headBytes - 1]!;
/** The longest frame known has 2,321 bytes. */
const restBytesMax = 2_400;
/** One wait for a packet; closing may have to wait so long too. */
const readWithinMs = 250;
/** The rest follows its head at once. */
const restWithinMs = 1_000;
const closeWithinMs = 1_000;

/** `VID:PID[:serial]`, hexadecimal. @throws LinkOpenError */
export async function openUsb(target: string, events: LinkEvents, find: FindUsb = findDevices): Promise<Link> {
  const device = await findOne(target, find);
  let plan: BulkPlan | undefined;
  try {
    await device.open();
    plan = bulkPlan(device.configuration?.interfaces ?? []);
    if (plan) await device.claimInterface(plan.interfaceNumber);
  } catch (error) {
    await device.close().catch(() => {});
    throw openError(target, error as Error);
  }
  if (!plan) {
    await device.close().catch(() => {});
    throw new LinkOpenError('unsupported', `${target} has no bulk endpoints as an ID-card reader has them`);
  }
  return linkOver(device, plan, events);
}

interface BulkPlan {
  readonly interfaceNumber: number;
  readonly head: Pipes;
  /** Absent where one pair carries all. */
  readonly rest?: Pipes;
}
interface Pipes {
  readonly out: UsbPortEndpoint;
  readonly in: UsbPortEndpoint;
}

/** The first interface with one or two pairs of bulk endpoints; of two pairs the lower numbers carry the head. */
function bulkPlan(interfaces: readonly UsbPortInterface[]): BulkPlan | undefined {
  for (const { interfaceNumber, alternate } of interfaces) {
    const bulk = alternate.endpoints
      .filter(({ type }) => type === 'bulk')
      .sort((a, b) => a.endpointNumber - b.endpointNumber);
    const outs = bulk.filter(({ direction }) => direction === 'out');
    const ins = bulk.filter(({ direction }) => direction === 'in');
    if (outs.length !== ins.length || outs.length === 0 || outs.length > 2) continue;
    const [head, rest] = outs.map((out, at): Pipes => ({ out, in: ins[at]! }));
    return { interfaceNumber, head: head!, ...(rest && { rest }) };
  }
  return undefined;
}

function linkOver(device: UsbPort, plan: BulkPlan, events: LinkEvents): Link {
  let shutting: Promise<void> | undefined;
  let isPaused = false;
  let resume = () => {};
  let whileResumed: Promise<void> = Promise.resolve();
  let writing: Promise<unknown> = Promise.resolve();
  const unwritten = new Set<(lost: LinkLost) => void>();

  const shut = (reason: string): Promise<void> => {
    shutting ??= (async () => {
      for (const reject of [...unwritten]) reject(new LinkLost(reason));
      resume();
      await atMost(closeWithinMs, Promise.allSettled([reading, writing]));
      await atMost(closeWithinMs, device.releaseInterface(plan.interfaceNumber));
      await atMost(closeWithinMs, device.close());
      events.closed(reason);
    })();
    return shutting;
  };

  /** A packet, or undefined when none came in its time. */
  const packet = async ({ endpointNumber, packetSize }: UsbPortEndpoint): Promise<Uint8Array | undefined> => {
    try {
      return (await device.nativeTransferIn(endpointNumber, readWithinMs, packetSize)) ?? undefined;
    } catch (error) {
      if (/Cancelled/.test((error as Error).message)) return undefined;
      throw error;
    }
  };

  const deliver = async (bytes: Uint8Array) => {
    await whileResumed;
    if (!shutting && bytes.length > 0) events.data(bytes);
  };

  /** What follows a head, packet by packet; ends early when nothing more comes. */
  const readRest = async (pipe: UsbPortEndpoint, head: Uint8Array) => {
    let missing = Math.min(restBytesOf(head), restBytesMax);
    for (let waits = restWithinMs / readWithinMs; missing > 0 && waits > 0 && !shutting; ) {
      const bytes = await packet(pipe);
      if (bytes === undefined) waits -= 1;
      else {
        missing -= bytes.length;
        await deliver(bytes);
      }
    }
  };
  const read = async () => {
    while (!shutting) {
      const bytes = await packet(plan.head.in);
      if (bytes === undefined) continue;
      await deliver(bytes);
      if (plan.rest && bytes.length === headBytes) await readRest(plan.rest.in, bytes);
    }
  };
  // Begins in a later turn: no byte comes before the caller has the link.
  const reading = Promise.resolve()
    .then(read)
    .catch((error: Error) => void shut(`the device went away (${error.message})`));

  const transferOut = async (pipe: UsbPortEndpoint, bytes: Uint8Array, timeoutMs: number) => {
    if (bytes.length === 0 || shutting) return;
    const written = await device.nativeTransferOut(pipe.endpointNumber, timeoutMs, bytes);
    if (written < bytes.length) throw new Error(`${written} of ${bytes.length} bytes were taken`);
  };
  const writeAll = async (bytes: Uint8Array, timeoutMs: number) => {
    if (!plan.rest) return transferOut(plan.head.out, bytes, timeoutMs);
    await transferOut(plan.head.out, bytes.subarray(0, headBytes), timeoutMs);
    await transferOut(plan.rest.out, bytes.subarray(headBytes), timeoutMs);
  };

  return {
    write(bytes, withinMs) {
      if (shutting) return Promise.reject(new LinkLost('the connection is closed'));
      const copy = bytes.slice();
      return new Promise((resolve, reject) => {
        const settle = (lost?: LinkLost) => {
          clearTimeout(deadline);
          unwritten.delete(settle);
          if (lost) reject(lost);
          else resolve();
        };
        const deadline = setTimeout(() => void shut(`a write was not taken within ${withinMs} ms`), withinMs);
        unwritten.add(settle);
        writing = writing
          .then(() => writeAll(copy, withinMs))
          .then(
            () => settle(),
            (error: Error) => void shut(`a write failed (${error.message})`),
          );
      });
    },
    pause() {
      if (isPaused || shutting) return;
      isPaused = true;
      whileResumed = new Promise((done) => {
        resume = () => {
          isPaused = false;
          done();
        };
      });
    },
    resume: () => resume(),
    close: () => shut('closed by us'),
  };
}

async function findOne(target: string, find: FindUsb): Promise<UsbPort> {
  const { vendor, product, serial } = parseTarget(target);
  const found = (await find(vendor, product)).filter((device) => serial === undefined || serialOf(device) === serial);
  const [device] = found;
  if (!device) throw new LinkOpenError('missing', `there is no USB device ${target}`);
  if (found.length > 1)
    throw new LinkOpenError(
      'failed',
      `${target} fits ${found.length} devices: add :serial, or plug in one of them only`,
    );
  return device;
}

/** A device without rights and without a serial number in sysfs throws. */
function serialOf(device: { readonly serialNumber?: string | null }): string | undefined {
  try {
    return device.serialNumber ?? undefined;
  } catch {
    return undefined;
  }
}

const findDevices: FindUsb = async (vendor, product) => {
  const { usb } = await loadBinding();
  try {
    return (await usb.getDevices()).filter(({ vendorId, productId }) => vendorId === vendor && productId === product);
  } catch (error) {
    const { message } = error as Error;
    // A kernel without USB has no such directory.
    if (/not found/.test(message)) return [];
    throw new LinkOpenError('failed', `USB devices cannot be listed: ${message}`);
  }
};

async function loadBinding() {
  try {
    return await import('usb');
  } catch (error) {
    throw new LinkOpenError('unsupported', `USB devices cannot be used on this machine: ${(error as Error).message}`);
  }
}

function openError(target: string, { message }: Error): LinkOpenError {
  if (/permission denied|errno 13\b/i.test(message)) return new LinkOpenError('denied', `no rights to ${target}`);
  if (/busy|in use/i.test(message)) return new LinkOpenError('busy', `${target} is open in another program`);
  if (/disconnected|not found|no such device/i.test(message))
    return new LinkOpenError('missing', `${target} went away while it was opened`);
  return new LinkOpenError('failed', `${target}: ${message}`);
}

function parseTarget(target: string): { vendor: number; product: number; serial?: string } {
  const [, vendor, product, serial] = /^([0-9a-f]{4}):([0-9a-f]{4})(?::(.{1,64}))?$/i.exec(target) ?? [];
  if (!vendor || !product) throw new LinkOpenError('failed', `usb: ${target} is not VID:PID[:serial]`);
  return {
    vendor: Number.parseInt(vendor, 16),
    product: Number.parseInt(product, 16),
    ...(serial !== undefined && { serial }),
  };
}

/** As `isPresent` of `open.ts`: false, or a mark that differs after each replug. @throws LinkOpenError for no such target */
export async function usbPresent(target: string, sysDir = '/sys'): Promise<string | false> {
  const wanted = parseTarget(target);
  const devices = join(sysDir, 'bus/usb/devices');
  const read = async (name: string, field: string) =>
    (await readFile(join(devices, name, field), 'utf8').catch(() => '')).trim();
  const marks: string[] = [];
  // Names with a colon are interfaces.
  for (const name of (await readdir(devices).catch(() => [])).filter((name) => !name.includes(':'))) {
    if (Number.parseInt(await read(name, 'idVendor'), 16) !== wanted.vendor) continue;
    if (Number.parseInt(await read(name, 'idProduct'), 16) !== wanted.product) continue;
    if (wanted.serial !== undefined && (await read(name, 'serial')) !== wanted.serial) continue;
    marks.push(`${name}/${await read(name, 'devnum')}`);
  }
  return marks.length > 0 && marks.sort().join(' ');
}

async function atMost(ms: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([done.catch(() => {}), deadline]);
  clearTimeout(timer);
}
