/** Suites that need a system package (Mosquitto, Chromium) or minutes (kill and restart, fuzz). Each test file says what it needs. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/{mosquitto,browser,soak,fuzz}/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/build-once.ts'],
  },
});
