/**
 * Suites that run inside the virtual hardware lab (`simulators/lab/`), where `npm run test:lab` starts this. One process for
 * all of a machine, and compiled beforehand into few files (`vite.lab.config.ts`): starting processes and loading take seconds
 * there.
 */
import { defineConfig } from 'vitest/config';

const all = 'dist/lab/*.test.js';
/** So that both of two machines take about as long. What is not named here runs in the second. */
const ofTheFirst = ['walk', 'usb-reader', 'keyboard'].map((name) => `dist/lab/${name}.test.js`);
const part = process.env.HUTGATE_LAB_PART;

export default defineConfig({
  test: {
    include: part === '1' ? ofTheFirst : [all],
    exclude: part === '2' ? ofTheFirst : [],
    env: { HUTGATE_BIN: 'dist/lab/hutgate.js' },
    pool: 'forks',
    isolate: false,
    maxWorkers: 1,
    fileParallelism: false,
    // Many times what a machine of its own would get; what waits inside gives up before, and says for what.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
});
