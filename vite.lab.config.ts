/**
 * What runs inside the lab, in few files: the guest opens a file in milliseconds, and of 900 files it was not the devices
 * that took the time. Nothing but the files is other: a module that looks for files by its own place finds what it finds
 * uncompiled, such as the workers in dist/.
 */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const testDir = 'test/lab';
const entries = [
  ...readdirSync(testDir).flatMap((file) => (file.endsWith('.test.ts') ? [join(testDir, file)] : [])),
  ...['gateway/cli/hutgate.ts', 'simulators/lab/usb-reader-process.ts'],
];

/** Those with a compiled addon, or that look for files of their own by path. */
const whole = ['better-sqlite3', 'node-hid', 'onoff', 'pino', 'pino-pretty', 'serialport', 'usb', 'zpl-renderer-js'];

const ownPlaces: Plugin = {
  name: 'own-places',
  transform: {
    filter: { code: 'import.meta.url' },
    // Lines stay where they are.
    handler: (code, id) => ({
      code: code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)),
      map: null,
    }),
  },
};

export default defineConfig({
  plugins: [ownPlaces],
  ssr: { noExternal: true, external: [...whole, '@lydell/node-pty', 'vitest'] },
  build: {
    ssr: true,
    outDir: 'dist/lab',
    target: 'node20',
    minify: false,
    sourcemap: true,
    rolldownOptions: { input: Object.fromEntries(entries.map((file) => [basename(file, '.ts'), file])) },
  },
});
