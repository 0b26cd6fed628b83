/**
 * node-hid 3.4, loaded when the first HID device is opened. It has two backends and one of them per process; two copies of
 * its JavaScript have one each. hidraw for every device; libusb for keyboards only: it detaches the kernel's driver.
 * Both need libusb-1.0.so.0.
 */
import { createRequire } from 'node:module';
import { LinkOpenError } from '../link.ts';

/** One open device, as node-hid's HIDAsync. */
export interface HidHandle {
  /** One `data` listener only: a second one ends the process. An `error` may be a string. */
  on(event: 'data', listener: (report: Uint8Array) => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  write(report: Buffer): Promise<number>;
  sendFeatureReport(report: Buffer): Promise<number>;
  close(): Promise<void>;
}

export interface HidBinding {
  /** `path`: a node for hidraw, `bus-port:configuration.interface` for libusb. */
  open(backend: 'hidraw' | 'libusb', path: string): Promise<HidHandle>;
}

type NodeHid = typeof import('node-hid');

const require = createRequire(import.meta.url);
const copies = new Map<string, NodeHid>();

export const nodeHid: HidBinding = {
  async open(backend, path) {
    return copyFor(backend).HIDAsync.open(path);
  },
};

/** @throws LinkOpenError when the package, its binary or libusb is not there */
function copyFor(backend: 'hidraw' | 'libusb'): NodeHid {
  const loaded = copies.get(backend);
  if (loaded) return loaded;
  try {
    const folder = require.resolve('node-hid').replace(/[^/\\]+$/, '');
    // Its modules keep the backend in their own variables: a second copy needs all of them anew.
    for (const path of Object.keys(require.cache)) {
      if (path.startsWith(folder) && path.endsWith('.js')) delete require.cache[path];
    }
    const copy = require('node-hid') as NodeHid;
    copy.setDriverType(backend);
    // Loads the binary.
    copy.getHidapiVersion();
    copies.set(backend, copy);
    return copy;
  } catch (error) {
    const [message] = (error as Error).message.split('\n');
    const fix = message?.includes('libusb') ? '; apt install libusb-1.0-0' : '';
    throw new LinkOpenError('unsupported', `HID devices cannot be used on this machine: ${message}${fix}`);
  }
}
