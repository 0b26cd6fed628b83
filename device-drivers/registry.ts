/** All drivers of this build, by name. Adding a device is one line here. */
import type { Driver } from './driver.ts';

export const drivers: ReadonlyMap<string, Driver> = new Map([].map((driver: Driver) => [driver.name, driver]));
