/**
 * A HID device, by node-hid 3.4. A chunk is one report. To the host a report is led by its id only where the device
 * numbers its reports; to the device always, 0 for none: what node-hid and hidraw want, and `/dev/uhid` gets.
 *
 * A device that the kernel makes an input device of would type into whatever has the focus. It is opened only when that is
 * prevented: through libusb, which detaches the kernel's driver, else with its input devices inhibited. Killed in between,
 * libusb leaves the driver detached and `inhibited` stays; the next open finds the device all the same.
 */
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { type Link, type LinkEvents, LinkLost, LinkOpenError } from '../link.ts';
import { type HidBinding, type HidHandle, nodeHid } from './hid-binding.ts';
import { inhibit } from './hid-quiet.ts';
import { describe, findHid, type HidEntry } from './hid-sysfs.ts';
import { linkOverStream } from './stream-link.ts';

/** Where devices are looked for; another one in tests. */
export interface HidHost {
  readonly sysDir: string;
  readonly devDir: string;
  readonly binding: HidBinding;
}

const thisMachine: HidHost = { sysDir: '/sys', devDir: '/dev', binding: nodeHid };
/** While paused; more than the kernel itself would keep (64), and then a clear end instead of a silent loss. */
const reportsHeldMax = 4_096;

/** `target`: `VID:PID[:serial][#interface]` or `/dev/hidrawN`, found anew at each open. @throws LinkOpenError */
export async function openHid(target: string, events: LinkEvents, host: HidHost = thisMachine): Promise<Link> {
  const entry = await findHid(target, host.sysDir);
  const { handle, giveBack } = await take(entry, host);

  const stream = new Duplex({
    objectMode: true,
    read() {},
    write(report: Buffer, _encoding, done) {
      handle.write(report).then(
        () => done(),
        (error: unknown) => done(new Error(reasonOf(error))),
      );
    },
  });
  let isShut = false;
  const { link, shut } = linkOverStream(
    {
      stream,
      async release() {
        isShut = true;
        // node-hid begins to read a tick after the listener came, and throws out of that tick when the device is closed by then.
        await new Promise(setImmediate);
        await handle.close().catch(() => {});
        await giveBack();
      },
    },
    events,
  );
  // In this order: an unplugged device fails in the turn in which reading begins.
  handle.on('error', (error) => void shut(`the device went away (${reasonOf(error)})`));
  handle.on('data', (report) => {
    if (stream.readableLength < reportsHeldMax) stream.push(report);
    else void shut(`nobody took ${reportsHeldMax} reports`);
  });

  return {
    ...link,
    write: (bytes, withinMs) => link.write(Buffer.from(bytes), withinMs),
    reportDescriptor: entry.reportDescriptor,
    async writeFeature(bytes, withinMs) {
      let deadline: NodeJS.Timeout | undefined;
      const late = new Promise<false>((resolve) => {
        deadline = setTimeout(() => {
          void shut(`a feature report was not taken within ${withinMs} ms`);
          resolve(false);
        }, withinMs);
      });
      const taken = handle.sendFeatureReport(Buffer.from(bytes)).then(
        () => true,
        () => false,
      );
      const isTaken = await Promise.race([taken, late]);
      clearTimeout(deadline);
      if (isShut) throw new LinkLost('the connection is closed');
      return isTaken;
    },
  };
}

interface Taken {
  readonly handle: HidHandle;
  giveBack(): Promise<void>;
}

const nothingToGiveBack = async () => {};

async function take(entry: HidEntry, host: HidHost): Promise<Taken> {
  if (entry.node && entry.inputs.length === 0) {
    return { handle: await openNode(entry.node, host), giveBack: nothingToGiveBack };
  }
  const detached = await openDetached(entry, host);
  if ('handle' in detached) return detached;
  if (!entry.node) {
    const message = `${describe(entry)}: the kernel's driver is detached and ${detached.why}; another program has it, or replug it`;
    throw new LinkOpenError('busy', message);
  }
  let giveBack: () => Promise<void>;
  try {
    giveBack = await inhibit(entry.inputs);
  } catch (error) {
    const message = `${describe(entry)} types into the focused window: ${detached.why}; ${(error as Error).message}`;
    throw new LinkOpenError('shared', message);
  }
  try {
    return { handle: await openNode(entry.node, host), giveBack };
  } catch (error) {
    await giveBack();
    throw error;
  }
}

/** By libusb, without the kernel's driver; or why not. */
async function openDetached(
  { usbInterface, inputs }: HidEntry,
  { binding }: HidHost,
): Promise<Taken | { why: string }> {
  if (!usbInterface) return { why: 'it is not on USB, where libusb could take it' };
  let handle: HidHandle;
  try {
    handle = await binding.open('libusb', usbInterface);
  } catch (error) {
    const why = error instanceof LinkOpenError ? error.message : 'no rights to it in /dev/bus/usb, or it is in use';
    return { why: `libusb cannot open it (${why})` };
  }
  for (const input of inputs) {
    if (!(await exists(input))) continue;
    await handle.close().catch(() => {});
    return { why: 'libusb opened it and the kernel still has its keys' };
  }
  return { handle, giveBack: nothingToGiveBack };
}

async function openNode(node: string, { devDir, binding }: HidHost): Promise<HidHandle> {
  const path = join(devDir, node);
  try {
    return await binding.open('hidraw', path);
  } catch (error) {
    if (error instanceof LinkOpenError) throw error;
    throw openError(path, reasonOf(error));
  }
}

/** node-hid gives texts only, which end with strerror(3). */
function openError(path: string, text: string): LinkOpenError {
  if (/No such (file|device)/.test(text)) return new LinkOpenError('missing', `there is no ${path}`);
  if (/Permission denied|Operation not permitted/.test(text))
    return new LinkOpenError('denied', `no rights to ${path}; install the udev rules`);
  if (text.includes('busy')) return new LinkOpenError('busy', `${path} is open in another program`);
  return new LinkOpenError('failed', `${path}: ${text}`);
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const exists = (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
