/**
 * Suites that run inside the virtual hardware lab (`simulators/lab/`), where `npm run test:lab` starts this. One process for
 * all of them, and compiled beforehand: starting processes and compiling take seconds there.
 */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['dist/test/lab/**/*.test.js'],
    exclude: [],
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
