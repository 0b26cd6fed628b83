/** A small catalog, so that the loader's tests do not move with the drivers. Stands in for the registry. */
import { z } from 'zod';
import type { CatalogDriver, DriverCatalog } from '../../config/catalog.ts';

const drivers: CatalogDriver[] = [
  {
    name: 'scanner-line',
    kind: 'scanner',
    describe: 'Line scanner',
    transports: ['serial', 'tcp', 'sim'],
    options: z.strictObject({ symbologyId: z.boolean().describe('AIM id').default(false) }),
  },
  {
    name: 'id-sam',
    kind: 'id-reader',
    describe: 'ID reader',
    transports: ['serial'],
    line: { baudRate: 115_200 },
    options: z.strictObject({}),
  },
  {
    name: 'printer-zpl',
    kind: 'label-printer',
    describe: 'Label printer',
    transports: ['serial', 'tcp', 'file'],
    line: { flowControl: 'xonxoff' },
    options: z.strictObject({}),
  },
  {
    name: 'probe-modbus',
    kind: 'temperature-probe',
    describe: 'Modbus probe',
    transports: ['serial'],
    busAddress: 'unit',
    options: z.strictObject({
      profile: z.enum(['xy-md02', 'r4dcb08']).describe('Registers'),
      unit: z.int().min(1).max(247).describe('Unit').default(1),
    }),
  },
  plain('scanner-hid-pos', 'scanner', 'hid'),
  plain('document-mrz', 'id-reader', 'serial'),
  plain('thermometer-line', 'body-thermometer', 'serial'),
  plain('printer-escpos', 'receipt-printer', 'tcp'),
  {
    ...plain('indicator', 'indicator', 'gpio'),
    options: z.strictObject({
      use: z.enum(['ok-lamp', 'error-lamp', 'buzzer', 'door-lock']).describe('What is wired'),
    }),
  },
  {
    ...plain('digital-input', 'digital-input', 'gpio'),
    options: z.strictObject({ use: z.enum(['door', 'pedal']).describe('What is wired') }),
  },
];

function plain(name: string, kind: string, transport: string): CatalogDriver {
  return { name, kind, describe: name, transports: [transport], options: z.strictObject({}) };
}

export const catalog: DriverCatalog = new Map(drivers.map((driver) => [driver.name, driver]));
