/**
 * Stand-ins for libgpiod's tools on PATH: this machine has no GPIO chip that the real ones could open. Each call is written
 * to a log with its arguments. Lines are files: `level` holds the level of the line, `edges` is a FIFO whose lines gpiomon
 * prints. A file `busy` makes every tool refuse as the real ones do.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const head = (tool: string) => `#!/bin/sh
d=$(dirname "$0")/..
echo "${tool} $*" >> "$d/log"
`;
const refuse = `if [ -e "$d/busy" ]; then echo "$(basename "$0"): error setting the GPIO line values: Device or resource busy" >&2; exit 1; fi
`;
const scripts = (version: string): Record<string, string> => ({
  gpiodetect: `if [ "$1" = --version ]; then echo "gpiodetect (libgpiod) v${version}"; else cat "$d/chips"; fi
`,
  gpioget: `${refuse}cat "$d/level"
`,
  gpiomon: `${refuse}exec 4<>"$d/edges"
exec cat <&4
`,
  gpioset: `${refuse}for last; do :; done
echo "\${last#*=}" > "$d/level"
case "$*" in "-m exit"*|"-t 0"*) exit 0;; esac
exec sleep 1000
`,
});

export interface FakeTools {
  readonly dir: string;
  /** For PATH, before the rest. */
  readonly bin: string;
  /** Calls so far. */
  log(): string[];
  level(): string;
}

export function fakeGpioTools(
  dir: string,
  version: string,
  chips = 'gpiochip0 [pinctrl-bcm2711] (58 lines)',
): FakeTools {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  for (const [tool, script] of Object.entries(scripts(version))) {
    writeFileSync(join(bin, tool), head(tool) + script);
    chmodSync(join(bin, tool), 0o755);
  }
  writeFileSync(join(dir, 'chips'), `${chips}\n`);
  writeFileSync(join(dir, 'level'), '1\n');
  execFileSync('mkfifo', [join(dir, 'edges')]);
  const log = join(dir, 'log');
  return {
    dir,
    bin,
    log: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
    level: () => readFileSync(join(dir, 'level'), 'utf8').trim(),
  };
}
