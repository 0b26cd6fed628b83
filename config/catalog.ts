/** What the configuration has to know of the drivers. The registry is handed in, so that config/ imports nothing of ours. */
import type { z } from 'zod';

/** UART settings of a `serial:` device. */
export interface LineSettings {
  baudRate: number;
  dataBits: 5 | 6 | 7 | 8;
  parity: 'none' | 'even' | 'odd';
  stopBits: 1 | 2;
  flowControl: 'none' | 'rtscts' | 'xonxoff';
}

export interface CatalogDriver {
  readonly name: string;
  readonly kind: string;
  readonly describe: string;
  readonly transports: readonly string[];
  /** UART defaults of the device. */
  readonly line?: Partial<LineSettings>;
  /** The option by which several devices on one line are told apart; without it an address is one device's own. */
  readonly busAddress?: string;
  readonly options: z.ZodObject;
}

export type DriverCatalog = ReadonlyMap<string, CatalogDriver>;
