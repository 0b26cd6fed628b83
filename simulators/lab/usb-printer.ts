/**
 * A USB printer: a simulator of `simulators/devices/` behind the printer function (Documentation/usb/gadget_printer.rst), so
 * that the kernel's usblp makes /dev/usb/lpN of it. The device outlives its cable.
 */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../device-drivers/clock.ts';
import type { SimulatedDevice, Simulator } from '../device.ts';
import { seededRandom } from '../random.ts';
import { openReadable, type ReadableFd } from './readable-fd.ts';
import { makeUsbGadget, type UsbGadget } from './usb-gadget.ts';
import { type InTurn, writeInTurn } from './write-in-turn.ts';

export interface UsbPrinterSetup {
  readonly name: string;
  readonly simulator: Simulator;
  readonly options?: unknown;
  readonly vendor: number;
  readonly product: number;
  readonly productName: string;
  readonly serial: string;
  /** IEEE 1284, such as `MFG:Zebra;CMD:ZPL;MDL:ZD421;`. */
  readonly deviceId: string;
}

export interface UsbPrinter {
  /** Idempotent. */
  plug(): void;
  /** Power included. Idempotent. */
  unplug(): void;
  /** An action of the device, such as `open-lid`. @throws for a person */
  act(action: string, args?: unknown): unknown;
  state(): Readonly<Record<string, unknown>>;
  receivedBytes(): number;
  /** For good. */
  remove(): void;
}

/** The kernel makes it when the function is plugged in; one printer at a time. */
const node = '/dev/g_printer0';
const readBytesMax = 65_536;

/** The host takes the device a moment after it was plugged in; until then the node cannot be opened. */
const openEveryMs = 10;

interface Cable {
  readonly gadget: UsbGadget;
  readonly writer: InTurn;
  readable?: ReadableFd;
}

/** Plugged in from the start. @throws when there is no configfs, or no socket is free */
export function usbPrinter({ name, simulator, options = {}, deviceId, ...ids }: UsbPrinterSetup): UsbPrinter {
  let cable: Cable | undefined;
  let receivedBytes = 0;
  const device: SimulatedDevice = simulator.create(simulator.options.parse(options), {
    clock: systemClock,
    random: seededRandom(1, name),
    send: (bytes) => cable?.writer.write(bytes),
  });

  const connect = async (plugged: Cable) => {
    while (cable === plugged) {
      try {
        plugged.readable = openReadable(node, readBytesMax, (bytes) => {
          receivedBytes += bytes.length;
          device.receive(bytes);
        });
        return;
      } catch (error) {
        if (!['ENODEV', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
        await sleep(openEveryMs);
      }
    }
  };

  const printer: UsbPrinter = {
    plug() {
      if (cable) return;
      const gadget = makeUsbGadget({
        ...{ ...ids, name, function: 'printer.0' },
        attributes: { pnp_string: deviceId, q_len: '10' },
      });
      gadget.plug();
      const plugged: Cable = { gadget, writer: writeInTurn((bytes) => writeSync(plugged.readable!.fd, bytes)) };
      cable = plugged;
      void connect(plugged);
      device.power(true);
    },
    unplug() {
      if (!cable) return;
      const { gadget, readable, writer } = cable;
      cable = undefined;
      device.power(false);
      writer.stop();
      gadget.unplug();
      readable?.close();
      gadget.remove();
    },
    act(action, args = {}) {
      const found = device.actions.get(action);
      if (!found) throw new Error(`${simulator.name} has no action ${action}, only ${[...device.actions.keys()]}`);
      return found.run(found.args.parse(args));
    },
    state: () => device.state(),
    receivedBytes: () => receivedBytes,
    remove() {
      printer.unplug();
      device.stop();
    },
  };
  printer.plug();
  return printer;
}
