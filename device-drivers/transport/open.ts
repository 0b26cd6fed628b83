/** From an address to an open link. A transport is loaded when the first device needs it. */
import { stat } from 'node:fs/promises';
import {
  type DeviceAddress,
  type LineSettings,
  type Link,
  type LinkEvents,
  LinkOpenError,
  type OpenLink,
  type TransportScheme,
} from '../link.ts';

type Open = (target: string, line: LineSettings, events: LinkEvents) => Promise<Link>;

const transports: ReadonlyMap<TransportScheme, () => Promise<Open>> = new Map<TransportScheme, () => Promise<Open>>([
  ['serial', async () => (await import('./serial.ts')).openSerial],
  [
    'hid',
    async () => {
      const { openHid } = await import('./hid.ts');
      return (target, _line, events) => openHid(target, events);
    },
  ],
  [
    'usb',
    async () => {
      const { openUsb } = await import('./usb.ts');
      return (target, _line, events) => openUsb(target, events);
    },
  ],
  [
    'tcp',
    async () => {
      const { openTcp } = await import('./tcp.ts');
      return (target, _line, events) => openTcp(target, events);
    },
  ],
  [
    'file',
    async () => {
      const { openFile } = await import('./file.ts');
      return (target, _line, events) => openFile(target, events);
    },
  ],
  [
    'w1',
    async () => {
      const { openW1 } = await import('./w1.ts');
      return (target, _line, events) => openW1(target, events);
    },
  ],
  [
    'gpio',
    async () => {
      const { openGpio } = await import('./gpio.ts');
      return (target, _line, events) => openGpio(target, events);
    },
  ],
]);

/** @throws LinkOpenError */
export const openLink: OpenLink = async ({ scheme, target }, line, events) => {
  const load = transports.get(scheme);
  if (!load)
    throw new LinkOpenError(
      'unsupported',
      `no transport ${scheme}: in this build; there is ${[...transports.keys()].join(', ')}`,
    );
  return (await load())(target, line, events);
};

/**
 * A cheap look at the address, without touching the device: false when nothing is there; a mark of what is there, which is
 * another one after a replug, however quick; undefined where only opening can tell.
 */
export async function isPresent({ scheme, target }: DeviceAddress): Promise<string | false | undefined> {
  if (scheme === 'hid') return (await import('./hid-sysfs.ts')).hidPresence(target);
  if (scheme === 'usb') return (await import('./usb.ts')).usbPresent(target);
  if (scheme === 'gpio') return (await import('./gpio.ts')).gpioPresent(target);
  if (scheme === 'w1') return (await import('./w1.ts')).w1Present(target);
  if (scheme !== 'serial' && scheme !== 'file') return undefined;
  try {
    // Through udev's links to the node, which the kernel makes anew for each plug. A PTY may get its old number again.
    const { dev, ino, rdev, ctimeNs } = await stat(target, { bigint: true });
    return [dev, ino, rdev, ctimeNs].join(':');
  } catch {
    return false;
  }
}
