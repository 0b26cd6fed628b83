/** Mosquitto with the project's own ACL, user and password; for tests that must not trust an embedded broker. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as support from '../support/mosquitto.ts';

const passwords = new Map([
  ['hut-0417', 'of-hut-0417'],
  ['hut-0418', 'of-hut-0418'],
  ['central', 'of-central'],
]);

export const credentials = (user: string) => ({ username: user, password: passwords.get(user)! });

export interface Mosquitto {
  readonly url: string;
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Also removes its files. */
  stop(): Promise<void>;
}

/** `extra`: more lines of mosquitto.conf. */
export async function startMosquitto(extra: readonly string[] = []): Promise<Mosquitto> {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-mosquitto-'));
  const passwordFile = join(dir, 'passwords');
  writeFileSync(passwordFile, [...passwords].map(([user, password]) => `${user}:${password}\n`).join(''), {
    mode: 0o600,
  });
  execFileSync('mosquitto_passwd', ['-U', passwordFile]);
  const aclFile = join(dir, 'acl');
  cpSync(new URL('../../config/mosquitto/acl', import.meta.url), aclFile);
  const broker = await support.startMosquitto({
    dir,
    lines: [
      'allow_anonymous false',
      `password_file ${passwordFile}`,
      `acl_file ${aclFile}`,
      'set_tcp_nodelay true',
      ...extra,
    ],
  });
  return {
    url: broker.url,
    start: broker.start,
    kill: () => broker.stop('SIGKILL'),
    async stop() {
      await broker.stop('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
