/** `hutgate staff` as a process: secrets come over a pipe or a terminal without echo, never as an argument. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { checkConfig } from '../../../gateway/cli/check.ts';
import { generateKeys } from '../../../gateway/privacy/generate-keys.ts';
import { isSecret } from '../../../gateway/sign-in/secret-hash.ts';
import { readStaff } from '../../../gateway/sign-in/staff.ts';
import { catalog } from '../../config/catalog.ts';
import { hutgateBin } from '../../support/gateway-process.ts';
import { until } from '../../support/until.ts';

vi.setConfig({ testTimeout: 120_000 });
let dir: string;
let config: string;
let file: string;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-staff-cli-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  config = join(dir, 'hut.yaml');
  file = join(dir, 'staff.yaml');
  const keys = await generateKeys();
  writeFileSync(join(dir, 'registry.jwk'), JSON.stringify(keys.recipient));
  writeFileSync(join(dir, 'personref.key'), keys.personRefKey, { mode: 0o600 });
  writeFileSync(
    config,
    `gateway: { id: hut-1, region: r, site: { name: n } }
uplink: { url: "mqtts://broker.example" }
privacy: { recipient: registry.jwk, personRefKey: personref.key }
staff: staff.yaml
campaign: { codes: { operator: '^OP\\d{6}$' } }
`,
  );
});

const staff = (args: readonly string[], input = '') => {
  const { status, stdout, stderr } = spawnSync(hutgateBin, ['staff', ...args, '--config', config], {
    ...{ encoding: 'utf8', input },
  });
  return { status, stdout, stderr };
};
const hashOf = (id: string) => {
  const read = readStaff(readFileSync(file, 'utf8'), file);
  if (!('staff' in read)) throw new Error('not a staff file');
  return read.staff.withId(id)!.hash;
};

describe('hutgate staff', () => {
  test('adds, lists, changes and removes', async () => {
    expect(staff(['add', 'op-001', '--role', 'sampler', '--badge', 'OP000001'], '246813\n').status).toBe(0);
    expect(staff(['add', 'tech-1', '--role', 'technician'], 'correct horse').status).toBe(0);
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    expect(JSON.parse(staff(['list', '--json']).stdout)).toEqual([
      { id: 'op-001', role: 'sampler', badge: 'OP000001' },
      { id: 'tech-1', role: 'technician' },
    ]);
    expect(staff(['list']).stdout).toBe('op-001  sampler     OP000001\ntech-1  technician\n');
    expect(await isSecret('246813', hashOf('op-001'))).toBe(true);
    expect(staff(['set-pin', 'op-001'], '999999\r\n').status).toBe(0);
    expect(await isSecret('246813', hashOf('op-001'))).toBe(false);
    expect(await isSecret('999999', hashOf('op-001'))).toBe(true);
    expect(staff(['remove', 'op-001']).status).toBe(0);
    expect(JSON.parse(staff(['list', '--json']).stdout)).toEqual([{ id: 'tech-1', role: 'technician' }]);
    expect((await checkConfig(config, catalog)).problems).toEqual([]);
  });

  test.each([
    ['a PIN that is none', ['add', 'op-001', '--role', 'sampler', '--badge', 'OP000001'], 'hunter2\n', 1],
    ['a short password', ['add', 'tech-1', '--role', 'technician'], 'hunter2\n', 1],
    ['nothing on the pipe', ['add', 'tech-1', '--role', 'technician'], '', 1],
    ['a badge that would never be scanned', ['add', 'op-001', '--role', 'sampler', '--badge', 'X1'], '246813\n', 1],
    ['nobody', ['remove', 'op-404'], '', 1],
    ['nobody', ['set-pin', 'op-404'], '246813\n', 1],
    ['a sampler without a badge', ['add', 'op-001', '--role', 'sampler'], '246813\n', 2],
    ['another role', ['add', 'op-001', '--role', 'boss'], '246813\n', 2],
    ['a name for a reference', ['add', 'Zhang San', '--role', 'technician'], 'correct horse\n', 2],
    ['a PIN as an argument', ['set-pin', 'op-001', '246813'], '', 2],
  ])('refuses %s', (_, args, input, status) => {
    const answer = staff(args, input);
    expect([answer.status, answer.stdout]).toEqual([status, '']);
    expect(answer.stderr).not.toBe('');
    expect(answer.stderr).not.toContain('hunter2');
    expect(existsSync(file)).toBe(false);
  });

  test('says where the staff file is wrong, as check does', async () => {
    writeFileSync(file, 'staff:\n  - { id: op-001, badge: T1, role: sampler, hash: plain }\n');
    const { status, stderr } = staff(['list']);
    expect(status).toBe(1);
    expect(stderr).toContain(`${file}:2:51 staff[0].hash`);
    const { problems } = await checkConfig(config, catalog);
    expect(problems.map(({ file, line, key }) => [file, line, key])).toEqual([[file, 2, 'staff[0].hash']]);
    expect(stderr).not.toContain('plain');
  });

  test('asks at a terminal twice, and shows nothing of it', async () => {
    const at = (...answers: string[]) => {
      const terminal = spawn(
        hutgateBin,
        ['staff', 'add', 'op-001', '--role', 'sampler', '--badge', 'OP000001', '--config', config],
        {},
      );
      let screen = '';
      terminal.onData((text) => {
        screen += text;
      });
      const exited = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
      const asked = ['PIN: ', 'PIN once more: '];
      const answering = (async () => {
        for (const [i, answer] of answers.entries()) {
          await until(asked[i]!, () => screen.includes(asked[i]!), 60_000);
          terminal.write(answer);
        }
      })();
      return Promise.all([exited, answering]).then(([code]) => ({ code, screen }));
    };
    const differs = await at('246813\r', '246814\r');
    expect(differs.code).toBe(1);
    expect(differs.screen).toContain('differ');
    expect((await at('24\u0003')).code).toBe(1);
    expect(existsSync(file)).toBe(false);
    const right = await at('2469\u007f813\r', '246813\r');
    expect(right.code).toBe(0);
    expect(right.screen).not.toMatch(/2469|2468|813/);
    expect(await isSecret('246813', hashOf('op-001'))).toBe(true);
  });
});
