/** All device simulators, by the name of their driver. */
import type { Simulator } from './device.ts';
import { idSam } from './devices/id-sam.ts';
import { printerZpl } from './devices/printer-zpl.ts';
import { probeModbus } from './devices/probe-modbus.ts';
import { scannerLine } from './devices/scanner-line.ts';

export const simulators: ReadonlyMap<string, Simulator> = new Map(
  [idSam, printerZpl, probeModbus, scannerLine].map((simulator: Simulator) => [simulator.name, simulator]),
);
