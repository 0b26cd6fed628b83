/** The workflow in `simulators/README.md`: its shell lines, run as they stand, but for the step that installs. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { connectRack } from '../../simulators/client.ts';
import { until } from '../support/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'simulators/README.md'), 'utf8');
const workflows = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)]
  .map(([, text]) => parse(text!))
  .filter((value) => value.jobs);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-ci-'));
  mkdirSync(join(dir, 'bin'));
  writeFileSync(
    join(dir, 'bin/hutgate'),
    `#!/bin/sh\nexec "${process.execPath}" "${root}/dist/gateway/cli/hutgate.js" "$@"\n`,
  );
  chmodSync(join(dir, 'bin/hutgate'), 0o755);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('the shell lines of the workflow do what they say', async () => {
  expect(workflows).toHaveLength(1);
  const [{ jobs }] = workflows;
  const steps: { name?: string; run?: string }[] = jobs.hut.steps;
  const runs = steps.filter(({ run, name }) => run !== undefined && name !== 'Install');
  expect(runs.map(({ name }) => name)).toEqual(['Devices', 'Your software', 'People', 'What came of it']);
  // One shell for all of them, so that at the end it can end what they left running, as a runner does.
  const script = join(dir, 'steps.sh');
  writeFileSync(
    script,
    `set -e\ntrap 'kill $(jobs -p)' EXIT\n${runs.map(({ run }) => run).join('\n')}\ncat rack.log\n`,
  );
  const rack = join(dir, 'rack');
  const { stdout } = await promisify(execFile)('bash', [script], {
    cwd: dir,
    env: { ...process.env, PATH: `${dir}/bin:${process.env.PATH}`, RACK: rack },
    timeout: 60_000,
  });
  expect(stdout).toContain('scanner-1 acted scan\nprinter-1 acted lid\nscanner-1 unplugged hand\n');
  expect(readFileSync(join(dir, 'heard.txt'), 'latin1')).toBe('T0000000001\r');
  // The shell has told the rack to end; nobody waited for it.
  await until('the rack is gone', () =>
    connectRack(rack).then(
      (client) => {
        client.close();
        return false;
      },
      (error: Error) => error.message.startsWith('no rack is running'),
    ),
  );
}, 60_000);
