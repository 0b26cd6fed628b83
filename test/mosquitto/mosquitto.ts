/** A real Mosquitto 2 with the project's own ACL, user and password; for tests that must not trust an embedded broker. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../support/until.ts';

const binary = '/usr/sbin/mosquitto';
const passwords = new Map([
  ['hut-0417', 'of-hut-0417'],
  ['hut-0418', 'of-hut-0418'],
  ['central', 'of-central'],
]);

/** Why the suite cannot run here; undefined when it can. In CI a missing Mosquitto is a failure, not a reason. */
export function whyNoMosquitto(): string | undefined {
  if (existsSync(binary)) return undefined;
  if (process.env.CI === 'true') throw new Error(`${binary} is missing: apt-get install mosquitto`);
  return `${binary} is missing`;
}

export const credentials = (user: string) => ({ username: user, password: passwords.get(user)! });

export interface Mosquitto {
  readonly url: string;
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** `extra`: more lines of mosquitto.conf. */
export async function startMosquitto(extra: readonly string[] = []): Promise<Mosquitto> {
  const dir = await mkdtemp(join(tmpdir(), 'hutgate-mosquitto-'));
  const port = await freePort();
  const passwordFile = join(dir, 'passwords');
  await writeFile(passwordFile, [...passwords].map(([user, password]) => `${user}:${password}\n`).join(''), {
    mode: 0o600,
  });
  execFileSync('mosquitto_passwd', ['-U', passwordFile]);
  await cp(new URL('../../config/mosquitto/acl', import.meta.url), join(dir, 'acl'));
  const conf = [
    'allow_anonymous false',
    `password_file ${passwordFile}`,
    `acl_file ${join(dir, 'acl')}`,
    `listener ${port} 127.0.0.1`,
    'set_tcp_nodelay true',
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    ...extra,
  ];
  await writeFile(join(dir, 'mosquitto.conf'), `${conf.join('\n')}\n`);

  let child: ChildProcess | undefined;
  const mosquitto: Mosquitto = {
    url: `mqtt://127.0.0.1:${port}`,
    async start() {
      const mine = spawn(binary, ['-c', join(dir, 'mosquitto.conf')], { stdio: 'ignore' });
      child = mine;
      await until('mosquitto listens', async () => {
        if (mine.exitCode !== null) throw new Error(`mosquitto ended with ${mine.exitCode}`);
        return accepts(port);
      });
    },
    async kill() {
      const mine = child;
      child = undefined;
      if (!mine || mine.exitCode !== null) return;
      const gone = new Promise((resolve) => mine.once('exit', resolve));
      mine.kill('SIGKILL');
      await gone;
    },
    async stop() {
      await mosquitto.kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
  await mosquitto.start();
  return mosquitto;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
