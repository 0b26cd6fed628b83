/**
 * The lab's devices on emulated USB serial adapters: an ordinary rack on this side, one TCP port per adapter. Pulling the
 * rack's cable unplugs the whole USB device from the machine.
 */
import { systemClock } from '../../device-drivers/clock.ts';
import { type Rack, startRack } from '../rack.ts';
import { simulators } from '../registry.ts';
import type { SerialAdapter } from './machine.ts';

/** The two scanners are the same model, with the same serial number in their cheap adapters: only the socket tells them apart. */
const devices = [
  { id: 'scanner-1', driver: 'scanner-line', serialNumber: '0001' },
  { id: 'scanner-2', driver: 'scanner-line', serialNumber: '0001' },
  { id: 'card-1', driver: 'id-sam', serialNumber: 'CARD1' },
  { id: 'box-1', driver: 'probe-modbus', serialNumber: 'BOX1' },
  { id: 'printer-1', driver: 'printer-zpl', serialNumber: 'PRINTER1' },
];

/** The adapter's far end is a socket whatever wire the device itself has. */
const onAdapters = new Map(
  [...simulators].map(([name, simulator]) => [name, { ...simulator, wires: ['tcp' as const] }]),
);

export async function startSerialDevices(dir: string): Promise<{ rack: Rack; adapters: readonly SerialAdapter[] }> {
  const rack = await startRack({
    devices: devices.map(({ serialNumber, ...device }) => ({ ...device, wire: 'tcp' })),
    dir,
    seed: 1,
    clock: systemClock,
    simulators: onAdapters,
  });
  const adapters = rack.devices().map(({ id, at }, index) => ({
    name: id,
    serialNumber: devices[index]!.serialNumber,
    tcpPort: Number(at.slice(at.lastIndexOf(':') + 1)),
  }));
  return { rack, adapters };
}
