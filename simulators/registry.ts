/** All device simulators, by the name of their driver. */
import type { Simulator } from './device.ts';

export const simulators: ReadonlyMap<string, Simulator> = new Map([].map((simulator: Simulator) => [simulator.name, simulator]));
