/** Where a hut's store is. By itself, so that a command that only looks there loads no gateway. */
import { join } from 'node:path';
import type { Config } from '../config/load.ts';

/** The store's own directory: it sets damaged ones aside beside the current one. */
export const storeDir = ({ gateway }: Pick<Config, 'gateway'>) => join(gateway.dataDir, 'store');
