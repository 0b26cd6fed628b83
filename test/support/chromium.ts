/** Debian's Chromium for UI tests. Where it is missing the tests are skipped and say so; in CI a missing browser is a failure. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { describe } from 'vitest';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));

/** A browser with a profile of its own, gone when it closes. It asks nothing of the world outside. */
export function launchChromium(): Promise<Browser> {
  if (!executablePath) throw new Error('no Chromium: install the package chromium');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** `describe`, skipped with a printed reason on a machine without Chromium unless CI=true. */
export function describeInChromium(name: string, suite: () => void): void {
  if (executablePath || process.env.CI === 'true') describe(name, suite);
  else {
    console.warn(`skipped: ${name}: there is no /usr/bin/chromium here`);
    describe.skip(name, suite);
  }
}
