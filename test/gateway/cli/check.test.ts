import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkConfig } from '../../../gateway/cli/check.ts';
import { generateKeys } from '../../../gateway/privacy/generate-keys.ts';
import { catalog } from '../../config/catalog.ts';

const program = fileURLToPath(new URL('../../../dist/gateway/cli/hutgate.js', import.meta.url));
const right = `gateway: { id: hut-1, region: r, site: { name: n } }
uplink: { url: "mqtts://broker.example", tls: { cert: hut.pem, key: hut.key } }
privacy: { recipient: registry.jwk, personRefKey: personref.key }
devices: [{ id: scanner-1, driver: scanner-line, at: "serial:/dev/ttyUSB0" }]
`;

let dir: string;
let file: string;
const put = (name: string, text: string) => writeFileSync(join(dir, name), text);
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-check-'));
  file = join(dir, 'hut.yaml');
  const keys = await generateKeys();
  put('registry.jwk', JSON.stringify(keys.recipient));
  put('personref.key', keys.personRefKey);
});

describe('check', () => {
  test('says which files are missing, and where they are named', async () => {
    put('hut.yaml', right);
    const { problems } = await checkConfig(file, catalog);
    expect(problems.map(({ line, column, key }) => `${line}:${column} ${key}`)).toEqual([
      '2:55 uplink.tls.cert',
      '2:69 uplink.tls.key',
    ]);
  });

  test('looks into the files, and repeats nothing of them', async () => {
    put('hut.yaml', right);
    for (const name of ['hut.pem', 'hut.key', 'registry.jwk', 'personref.key']) put(name, 'hunter2');
    const { problems } = await checkConfig(file, catalog);
    expect(problems.map(({ key }) => key).sort()).toEqual([
      'privacy.personRefKey',
      'privacy.recipient',
      'uplink.tls.cert',
      'uplink.tls.key',
    ]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  test('a private key for a recipient is refused', async () => {
    put('hut.yaml', right.replace(/, tls: .*/, ' }'));
    put('registry.jwk', JSON.stringify((await generateKeys()).privateKey));
    const { problems } = await checkConfig(file, catalog);
    expect(problems).toMatchObject([{ line: 3, key: 'privacy.recipient' }]);
    expect(problems[0]?.wrong).toContain('this is a private key');
  });

  test('a label template of the hut’s own is checked by its place', async () => {
    put('hut.yaml', `${right.replace(/, tls: .*/, ' }')}\nlabels: { dir: labels }\n`);
    mkdirSync(join(dir, 'labels'));
    put('labels/tube.zpl', '^XA\n^FH^FD{{tubee}}^FS^XZ');
    const { problems } = await checkConfig(file, catalog);
    expect(problems).toMatchObject([{ file: join(dir, 'labels', 'tube.zpl'), line: 2, column: 7, key: 'tubee' }]);
  });

  test('a file that is not there is a problem', async () => {
    expect((await checkConfig(file, catalog)).problems).toMatchObject([{ wrong: 'does not exist' }]);
  });
});

describe('the command', () => {
  const hutgate = (...args: string[]) => spawnSync(process.execPath, [program, 'check', ...args], { encoding: 'utf8' });

  test('ends with 0 when all is right', () => {
    put('hut.yaml', right.replace(/, tls: .*/, ' }'));
    const { status, stdout, stderr } = hutgate('--config', file);
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `${file}: ok, 1 devices, 0 lanes; no staff: whoever reaches the page may use it without signing in\n`,
      stderr: '',
    });
  });

  test('ends with 1 and says where', () => {
    put('hut.yaml', right.replace('region', 'regoin').replace(/, tls: .*/, ' }'));
    const { status, stdout } = hutgate('--config', file);
    expect(status).toBe(1);
    expect(stdout.split('\n')).toEqual([
      `${file}:1:1 gateway.region: is missing; allowed: a text`,
      `${file}:1:23 gateway.regoin: unknown key, did you mean region?; allowed: id, region, site, dataDir`,
      '',
    ]);
    const { problems } = JSON.parse(hutgate('--config', file, '--json').stdout) as { problems: unknown[] };
    expect(problems).toMatchObject([
      { line: 1, column: 1 },
      { line: 1, column: 23, key: 'gateway.regoin' },
    ]);
  });

  test('ends with 2 when it is used wrongly', () => {
    expect(hutgate().status).toBe(2);
    expect(hutgate('--config', file, '--frobnicate').status).toBe(2);
  });
});
