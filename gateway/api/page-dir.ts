/** Where `vite build kiosk-ui` puts the page. */
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';

export const pageDir = join(packageRoot, 'dist', 'kiosk-ui');
