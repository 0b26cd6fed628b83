/**
 * A Silicon Labs CP2112, the USB-HID bridge with eight GPIO lines (AN495 "CP2112 Interface Specification", section 5),
 * played over /dev/uhid to the kernel's own hid-cp2112.
 */
import { plugUhid, type UhidPort } from './uhid.ts';

export interface LineChange {
  readonly line: number;
  readonly level: 0 | 1;
}

export interface Cp2112 extends Pick<UhidPort, 'unplug'> {
  /** Puts a level onto an input line from outside. @throws when the line is an output */
  drive(change: LineChange): void;
}

/** Report ids of AN495. */
const [resetDevice, gpioConfig, gpioGet, gpioSet, version, smbusConfig] = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06];

const feature = (id: number, bytes: number) => [0x85, id, 0x09, id, 0x95, bytes, 0xb1, 0x02];
const reportDescriptor = Uint8Array.from([
  ...[0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08],
  ...feature(resetDevice, 1),
  ...[
    feature(gpioConfig, 4),
    feature(gpioGet, 1),
    feature(gpioSet, 2),
    feature(version, 2),
    feature(smbusConfig, 13),
  ].flat(),
  ...[feature(0x20, 1), feature(0x21, 9), feature(0x22, 61), feature(0x23, 61), feature(0x24, 61)].flat(),
  // Data read response, transfer status response, data write.
  ...[0x85, 0x13, 0x09, 0x13, 0x95, 62, 0x81, 0x02],
  ...[0x85, 0x16, 0x09, 0x16, 0x95, 6, 0x81, 0x02],
  ...[0x85, 0x14, 0x09, 0x14, 0x95, 62, 0x91, 0x02],
  0xc0,
]);

/** `onLevel`: the host set an output line. */
export function plugCp2112(onLevel: (change: LineChange) => void): Cp2112 {
  let outputs = 0;
  let levels = 0;

  const setLevels = (to: number) => {
    const changed = (levels ^ to) & outputs;
    levels = to;
    for (let line = 0; line < 8; line += 1) {
      if (changed & (1 << line)) onLevel({ line, level: ((to >> line) & 1) as 0 | 1 });
    }
  };
  const port = plugUhid({
    device: {
      ...{ name: 'CP2112 HID USB-to-SMBus Bridge', vendor: 0x10c4, product: 0xea90, serial: 'LAB-GPIO', interface: 0 },
      reportDescriptor,
    },
    phys: 'usb-lab-gpio/input0',
    onReport([id, first = 0, second = 0]) {
      if (id === gpioConfig) outputs = first;
      if (id === gpioSet) setLevels((levels & ~second) | (first & second));
    },
    report(id) {
      // Direction, push-pull, special functions, clock divider.
      if (id === gpioConfig) return Uint8Array.of(id, outputs, 0xff, 0, 0);
      if (id === gpioGet) return Uint8Array.of(id, levels);
      // Part number 0x0C, version 3.
      if (id === version) return Uint8Array.of(id, 0x0c, 0x03);
      // 100 kHz and the defaults.
      if (id === smbusConfig) return Uint8Array.of(id, 0x00, 0x01, 0x86, 0xa0, 0x02, 0, 0, 0, 0, 0, 0, 0, 0);
      if (id === 0x20) return Uint8Array.of(id, 0);
      return undefined;
    },
  });
  return {
    unplug: port.unplug,
    drive({ line, level }) {
      if (outputs & (1 << line)) throw new Error(`line ${line} is an output`);
      levels = level ? levels | (1 << line) : levels & ~(1 << line);
    },
  };
}
