/** Vitest global set-up: tests that start processes, worker threads or a browser use what is built, so it must be fresh. */
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export default function buildOnce(): void {
  if (process.env.HUTGATE_BUILT === '1') return;
  const root = fileURLToPath(new URL('../..', import.meta.url));
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  chmodSync(`${root}/dist/gateway/cli/hutgate.js`, 0o755);
}
