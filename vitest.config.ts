import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Whole-hut suites need a longer run or an extra system package; each has its own npm script.
    exclude: ['test/{mosquitto,browser,soak,fuzz,bench,lab}/**', 'node_modules/**', 'dist/**'],
    pool: 'forks',
    testTimeout: 20_000,
    globalSetup: ['test/support/build-once.ts'],
  },
});
