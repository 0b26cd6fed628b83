/** Simulated HID devices on the lab's kernel, and their drivers on them; all gone after each test. */
import { type HidSocket, hidSocket, type PlugHid } from '../../simulators/lab/hid-socket.ts';
import { plugUhid } from '../../simulators/lab/uhid.ts';
import { simulators } from '../../simulators/registry.ts';
import { type Running, run, until } from './lab.ts';

const hex = (id: number) => id.toString(16).padStart(4, '0');
export const addressOf = ({ hid }: HidSocket) =>
  `hid:${hex(hid.vendor)}:${hex(hid.product)}${hid.serial && `:${hid.serial}`}`;

export function hidBench() {
  const sockets: HidSocket[] = [];
  const running: Running[] = [];
  const onUhid: PlugHid = (device, onReport) =>
    plugUhid({ device, phys: `usb-lab-${sockets.length + 1}/input${device.interface}`, onReport });
  return {
    plug(driver: string, options: object = {}, plug = onUhid): HidSocket {
      const socket = hidSocket({ simulator: simulators.get(driver)!, options, plug });
      sockets.push(socket);
      return socket;
    },
    /** Resolves when the driver says that the device is ready. */
    async start(driver: string, socket: HidSocket, options: object = {}): Promise<Running> {
      // The kernel makes the node a moment after the plug, and udev tells libusb of the device a moment later.
      const started = await until(`${driver} open`, () =>
        run(driver, addressOf(socket), options).catch((error: Error) => {
          if (!/port-missing|port-busy/.test(error.message)) throw error;
          return undefined;
        }),
      );
      running.push(started);
      return started;
    },
    over: (one: Running) => until('the connection over', () => one.ended() !== undefined),
    async clear() {
      await Promise.all(running.splice(0).map(({ session }) => session.close()));
      for (const socket of sockets.splice(0)) socket.remove();
    },
  };
}
