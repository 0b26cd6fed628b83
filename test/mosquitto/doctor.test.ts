/** The doctor against a real Mosquitto with the project's ACL, with user and password and with certificates. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkBroker } from '../../gateway/cli/doctor/broker.ts';
import { whyNoMosquitto } from '../support/mosquitto.ts';
import { credentials, startMosquitto } from './mosquitto.ts';

const missing = whyNoMosquitto();
if (missing) console.warn(`skipped: ${missing}`);

const gateway = { id: 'hut-0417', region: 'jinshui' };
type Secrets = Parameters<typeof checkBroker>[1];
const check = (url: string, secrets: Secrets, protocol: 'auto' | '3.1.1' | '5' = 'auto') =>
  checkBroker({ uplink: { url, protocol }, gateway }, secrets);
const brokerWith = async (...lines: string[]) => {
  const broker = await startMosquitto(lines);
  onTestFinished(() => broker.stop());
  return broker;
};

describe.skipIf(missing)('Mosquitto', () => {
  test.each(['auto', '3.1.1', '5'] as const)('protocol %s: rights below the own root', async (protocol) => {
    const { url } = await brokerWith();
    const findings = await check(url, { credentials: credentials('hut-0417') }, protocol);
    expect(findings.map(({ check: name, verdict }) => `${name} ${verdict}`)).toEqual([
      ...['broker ok', 'broker sign-in ok', 'broker rights ok'],
    ]);
  });

  test.each(['3.1.1', '5'] as const)('protocol %s: the user of another hut has no rights there', async (protocol) => {
    const { url } = await brokerWith();
    const findings = await check(url, { credentials: credentials('hut-0418') }, protocol);
    expect(findings.at(-1)).toMatchObject({
      check: 'broker rights',
      verdict: 'FAIL',
      fix: expect.stringContaining('hut/v1/jinshui/hut-0417/'),
    });
  });

  test('a wrong password', async () => {
    const { url } = await brokerWith();
    const findings = await check(url, { credentials: { username: 'hut-0417', password: 'wrong' } });
    expect(findings.at(-1)).toMatchObject({ check: 'broker sign-in', verdict: 'FAIL' });
  });

  test('certificates: the right ones, no CA, the wrong name, none of our own, another hut’s', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'hutgate-doctor-tls-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const read = makeCertificates(dir, { localhost: 30, elsewhere: 30, 'hut-0417': 2, 'hut-0418': 30 });
    const tlsBroker = async (name: string) => {
      const lines = [`cafile ${dir}/ca.pem`, `certfile ${dir}/${name}.pem`, `keyfile ${dir}/${name}.key`];
      const broker = await brokerWith(...lines, 'require_certificate true', 'use_identity_as_username true');
      return broker.url.replace('mqtt://127.0.0.1', 'mqtts://localhost');
    };
    const url = await tlsBroker('localhost');
    const ours = read('hut-0417');
    const all = await check(url, { credentials: {}, tls: ours });
    expect(all.map(({ check: name, verdict }) => `${name} ${verdict}`)).toEqual([
      // Valid for two days more.
      ...['broker ok', 'broker TLS ok', 'own certificate warn', 'broker sign-in ok', 'broker rights ok'],
    ]);

    const last = async (...given: Parameters<typeof check>) => (await check(...given)).at(-1);
    const { ca: _, ...withoutCa } = ours;
    expect(await last(url, { credentials: {}, tls: withoutCa })).toMatchObject({
      check: 'broker TLS',
      fix: expect.stringContaining('uplink.tls.ca'),
    });
    expect(await last(await tlsBroker('elsewhere'), { credentials: {}, tls: ours })).toMatchObject({
      check: 'broker TLS',
      says: expect.stringContaining('another name'),
    });
    const none = await last(url, { credentials: {}, tls: { ca: ours.ca } });
    expect(none).toMatchObject({ verdict: 'FAIL', says: 'the broker refuses our certificate' });
    const others = await check(url, { credentials: {}, tls: read('hut-0418') });
    expect(others).toContainEqual(
      expect.objectContaining({ check: 'own certificate', verdict: 'warn', says: 'its CN is not hut-0417' }),
    );
    expect(others.at(-1)).toMatchObject({ check: 'broker rights', verdict: 'FAIL' });
  });
});

/** An authority and one certificate per name, valid for so many days; made anew: no key is kept in the project. */
function makeCertificates(dir: string, names: Readonly<Record<string, number>>) {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test authority', '-days', '40');
  for (const [name, days] of Object.entries(names)) {
    const san = `subjectAltName=DNS:${name}`;
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`, '-addext', san);
    const signed = [
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-copy_extensions',
      'copy',
      '-days',
      String(days),
    ];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`);
  }
  const read = (file: string) => readFileSync(join(dir, file), 'utf8');
  return (name: string) => ({ ca: read('ca.pem'), cert: read(`${name}.pem`), key: read(`${name}.key`) });
}
