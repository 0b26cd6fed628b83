/**
 * By which address a device is found again after a replug and a reboot, and why by that one. Pure. By serial number where
 * the device has one of its own, else by its socket; of devices that nothing tells apart it says so, and guesses nothing.
 */
import type { Found, FoundHid, FoundPrinter, FoundSerial } from './found.ts';
import { usbId } from './usb-place.ts';

export interface Naming {
  /** For `at:` of the configuration; leads to the device now. A GPIO line has still to be added to its chip. */
  readonly at?: string;
  /** It leads to this device after a replug and a reboot too. */
  readonly isStable: boolean;
  readonly why: string;
  /** What to do for a stable one. */
  readonly fix?: string;
}

const rules = 'config/udev/99-hutgate.rules';
const noUdev =
  'apt install udev, whose rule 60-serial.rules makes the links, then udevadm trigger; in a container mount the /dev of the host';

export function nameOf(found: Found, all: readonly Found[]): Naming {
  switch (found.bus) {
    case 'serial':
      return nameSerial(found, all);
    case 'hid':
      return nameHid(found, all);
    case 'printer':
      return namePrinter(found, all);
    case '1-wire':
      return { at: `w1:${found.sensor}`, isStable: true, why: 'the sensor has its own number' };
    case 'gpio':
      if (found.label)
        return { at: `gpio:${found.label}`, isStable: true, why: 'the label of the chip, never a global line number' };
      return {
        isStable: false,
        why: 'this kernel does not tell its label in /sys',
        fix: 'apt install gpiod && gpiodetect',
      };
    case 'usb': {
      const { serial } = found.usb;
      const twins = all.filter((other) => other.bus === 'usb' && usbId(other.usb) === usbId(found.usb));
      const isOwn =
        serial !== undefined &&
        !isFactorySerial(serial) &&
        twins.filter((other) => other.usb?.serial === serial).length === 1;
      const at = `usb:${usbId(found.usb)}${isOwn ? `:${serial}` : ''}`;
      if (isOwn) return { at, isStable: true, why: `its serial number is ${serial}` };
      if (twins.length === 1) return { at, isStable: true, why: 'the only one of its kind' };
      return { isStable: false, why: notToldApart(twins.length), fix: 'plug in one of them only' };
    }
  }
}

/** Serial numbers that every copy of a cheap chip has. */
const isFactorySerial = (serial: string): boolean =>
  /^(?:0*\d|(.)\1*|0?123456[0-9A-F]*)$/i.test(serial) || !/^[\x21-\x7e\xa1-\u{10ffff} ]+$/u.test(serial);

function nameSerial(found: FoundSerial, all: readonly Found[]): Naming {
  const { node, usb, byId, byPath, idLinks, pathLinks } = found;
  if (!usb) return { at: `serial:/dev/${node}`, isStable: true, why: 'on the board, where its number is fixed' };
  const ports = all.filter((other) => other.bus === 'serial');
  const twins = ports.filter((other) => other.byId === byId);
  const { serial } = usb;
  const isOwn = serial !== undefined && !isFactorySerial(serial) && twins.length === 1;
  const link = isOwn ? linkOf('by-id', byId, idLinks) : linkOf('by-path', byPath, pathLinks);
  const fallback = isOwn ? linkOf('by-path', byPath, pathLinks) : undefined;
  const why = isOwn
    ? `by-id: its serial number is ${serial}`
    : `by-path: ${whyByPath(serial, twins.length)}; it has to stay in this socket`;
  if (link) return { at: `serial:${link}`, isStable: true, why };
  if (fallback) return { at: `serial:${fallback}`, isStable: true, why: 'by-path: udev made no by-id link' };

  const wanted = isOwn ? `by-id/${byId}` : byPath && `by-path/${byPath}`;
  const missing = wanted ? `/dev/serial/${wanted} is missing` : 'no stable name can be made for it';
  const hasUdev = ports.some((port) => port.idLinks.length > 0 || port.pathLinks.length > 0);
  // 60-serial.rules knows ttyUSB and ttyACM only.
  const fix = !/^tty(USB|ACM)\d/.test(node)
    ? `udev's own rule does not know ${node.replace(/\d+$/, '')}: install ${rules}, or use the kernel's own driver`
    : hasUdev
      ? 'udevadm trigger, or replug it'
      : noUdev;
  return { at: `serial:/dev/${node}`, isStable: false, why: `${why}, but ${missing}`, fix };
}

const whyByPath = (serial: string | undefined, twins: number): string => {
  const alike = twins > 1 ? `${twins} alike are attached, which only their sockets tell apart` : '';
  const none =
    serial === undefined ? 'it has no serial number' : `its serial number ${serial} is one that all of its kind have`;
  return twins > 1 && serial !== undefined
    ? `${alike}; all say serial number ${serial}`
    : [none, alike].filter(Boolean).join('; ');
};

/** The link that is there; of several the one that is expected. */
function linkOf(folder: string, expected: string | undefined, links: readonly string[]): string | undefined {
  const name = links.find((link) => link === expected) ?? links[0];
  return name === undefined ? undefined : `/dev/serial/${folder}/${name}`;
}

function nameHid(found: FoundHid, all: readonly Found[]): Naming {
  const { node, serial } = found;
  const alike = all.filter((other) => other.bus === 'hid' && usbId(other) === usbId(found)) as FoundHid[];
  // What an address can hold.
  const isOwn = /^[\x21\x22\x24-\x7e]{1,64}$/.test(serial) && !isFactorySerial(serial);
  const bySerial = isOwn ? alike.filter((other) => other.serial === serial) : alike;
  const isComposite = bySerial.some((other) => other.interface !== found.interface);
  const rest = bySerial.filter((other) => other.interface === found.interface);
  const target = `${usbId(found)}${isOwn ? `:${serial}` : ''}${isComposite && found.interface !== undefined ? `#${found.interface}` : ''}`;
  if (rest.length === 1) {
    const by = isOwn ? `its serial number is ${serial}` : 'the only one of its kind; it has no serial number';
    return {
      at: `hid:${target}`,
      isStable: true,
      why: `${by}${isComposite ? `; interface ${found.interface} of several` : ''}`,
    };
  }
  return {
    ...(node !== undefined && { at: `hid:/dev/${node}` }),
    isStable: false,
    why: notToldApart(rest.length),
    fix: 'set them to serial (USB COM), where their sockets tell them apart, or to different serial numbers',
  };
}

const notToldApart = (count: number) => `${count} alike are attached and nothing tells them apart`;

function namePrinter(found: FoundPrinter, all: readonly Found[]): Naming {
  const { node, usb, idLinks, pathLinks } = found;
  const others = all.filter((other) => other.bus === 'printer' && other !== found);
  const serial = usb?.serial;
  const isOwn =
    serial !== undefined && !isFactorySerial(serial) && !others.some((other) => other.usb?.serial === serial);
  if (isOwn && idLinks[0])
    return { at: `file:/dev/usb/by-id/${idLinks[0]}`, isStable: true, why: `by-id: its serial number is ${serial}` };
  if (pathLinks[0]) {
    const why = 'by-path: it has no serial number of its own; it has to stay in this socket';
    return { at: `file:/dev/usb/by-path/${pathLinks[0]}`, isStable: true, why };
  }
  const why =
    others.length === 0
      ? 'the only USB printer now; a second one may take its number'
      : `one of ${others.length + 1} USB printers; which one is ${node} changes with the order of plugging`;
  return {
    at: `file:/dev/usb/${node}`,
    isStable: false,
    why,
    fix: `install ${rules}, which makes /dev/usb/by-id and by-path`,
  };
}
