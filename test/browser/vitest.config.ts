/** UI tests in a real browser: `vitest run --config test/browser/vitest.config.ts`. The page is built first. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('../..', import.meta.url));

if (process.env.HUTGATE_BUILT !== '1')
  execFileSync('npx', ['vite', 'build', 'kiosk-ui', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit' });

export default defineConfig({
  root,
  test: {
    include: ['test/browser/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
