/** A serial device that answers at no speed is asked as every other driver that asks would: the port does not show what hangs behind it. */
import { z } from 'zod';
import { checkDevice } from '../../../config/devices.ts';
import type { Clock } from '../../../device-drivers/clock.ts';
import { driversFor } from '../../../device-drivers/discovery/suggest.ts';
import type { Driver, Identity } from '../../../device-drivers/driver.ts';
import type { OpenLink } from '../../../device-drivers/link.ts';
import { type TryDevice, tryDevice } from './device-try.ts';

export interface FoundDriver {
  readonly name: string;
  readonly options: object;
  readonly identity: Identity;
}

/** Each at its usual speed; undefined when none gets an answer. */
export async function findDriver(
  { at, driver: configured, options: used }: TryDevice,
  drivers: ReadonlyMap<string, Driver>,
  openLink: OpenLink,
  clock: Clock,
): Promise<FoundDriver | undefined> {
  for (const name of driversFor(at.scheme, drivers)) {
    const driver = drivers.get(name)!;
    for (const given of optionsToTry(driver)) {
      const wasTried = driver === configured && given.profile === profileOf(used);
      const { config } = checkDevice(
        { id: 'x', driver: name, at: `${at.scheme}:${at.target}`, options: given },
        0,
        drivers,
      );
      if (!config || wasTried || !driver.session(config.options, clock).identify) continue;
      const { identity } = await tryDevice({ driver, at, options: config.options, line: config.line }, openLink, clock);
      if (identity) return { name, options: given, identity };
    }
  }
  return undefined;
}

const profileOf = (options: unknown) => (options as { readonly profile?: unknown }).profile;

/** Its defaults; of a driver that must be told which table the device has, each of them. */
function optionsToTry({ options }: Driver): { readonly profile?: unknown }[] {
  if (options.safeParse({}).success) return [{}];
  const { profile } = options.shape;
  return profile instanceof z.ZodEnum ? profile.options.map((name) => ({ profile: name })) : [];
}

/** As in the configuration. */
export const driverText = ({ name, options }: FoundDriver): string => {
  const entries = Object.entries(options).map(([key, value]) => `${key}: ${value}`);
  return `driver: ${name}${entries.length > 0 ? `, options: { ${entries.join(', ')} }` : ''}`;
};
