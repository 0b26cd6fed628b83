/** A real `hutgate run` as a child process, with its own keys and configuration in a temporary directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { readLocalToken } from '../../gateway/api/local-token.ts';
import { generateKeys } from '../../gateway/privacy/generate-keys.ts';
import { until } from './until.ts';

/** From source (vitest) and from dist/ (bench) the package root is where the process was started. */
export const hutgateBin = join(process.cwd(), process.env.HUTGATE_BIN ?? 'dist/gateway/cli/hutgate.js');

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
    server.on('error', reject);
  });
}

export interface HutFiles {
  readonly dir: string;
  readonly configFile: string;
  readonly apiPort: number;
  readonly logFile: string;
  /** Private JWK, to open what the hut sealed. */
  readonly privateKey: object;
}

export interface HutSetup {
  readonly dir: string;
  readonly brokerUrl: string;
  readonly devices: readonly { id: string; driver: string; at: string; options?: object }[];
  readonly gateway?: string;
  readonly confirm?: 'central' | 'broker';
  readonly uplink?: object;
  readonly more?: object;
}

/** Writes keys and configuration of a hut into `dir`. */
export async function writeHut({ dir, brokerUrl, devices, confirm = 'broker', ...setup }: HutSetup): Promise<HutFiles> {
  mkdirSync(dir, { recursive: true });
  const keys = await generateKeys();
  writeFileSync(join(dir, 'registry.jwk'), JSON.stringify(keys.recipient));
  writeFileSync(join(dir, 'personref.key'), keys.personRefKey);
  const apiPort = await freePort();
  const configFile = join(dir, 'hut.yaml');
  const config = {
    gateway: {
      id: setup.gateway ?? 'hut-1',
      region: 'test',
      site: { name: 'Test', type: 'fixed' },
      dataDir: join(dir, 'data'),
    },
    uplink: { url: brokerUrl, confirm, ...setup.uplink },
    privacy: { recipient: 'registry.jwk', personRefKey: 'personref.key' },
    devices,
    campaign: { codes: { tube: '^T\\d{10}$', box: '^B\\d{8}$' } },
    api: { listen: `127.0.0.1:${apiPort}` },
    log: { level: 'info' },
    ...setup.more,
  };
  writeFileSync(configFile, stringify(config));
  return { dir, configFile, apiPort, logFile: join(dir, 'gateway.log'), privateKey: keys.privateKey };
}

export interface GatewayProcess {
  readonly child: ChildProcess;
  /** Resolves with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

export function startGatewayProcess(hut: HutFiles, env: NodeJS.ProcessEnv = {}): GatewayProcess {
  const child = spawn(hutgateBin, ['run', '--config', hut.configFile], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  child.stderr!.on('data', (chunk: Buffer) => writeFileSync(hut.logFile, chunk, { flag: 'a' }));
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  return {
    child,
    exited,
    kill(signal) {
      child.kill(signal);
      return exited;
    },
  };
}

export async function getJson<T>(hut: HutFiles, path: string): Promise<T | undefined> {
  try {
    const token = await readLocalToken(join(hut.dir, 'data'));
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(`http://127.0.0.1:${hut.apiPort}${path}`, { headers });
    return response.ok ? ((await response.json()) as T) : undefined;
  } catch {
    return undefined;
  }
}

/** Waits until every device of the hut is ready. */
export async function devicesReady(hut: HutFiles, withinMs = 20_000): Promise<void> {
  await until(
    `all devices ready; the log: ${hut.logFile}`,
    async () => {
      const devices = await getJson<readonly { id: string; state: string }[]>(hut, '/api/devices');
      return devices && devices.length > 0 && devices.every(({ state }) => state === 'ready' || state === 'degraded');
    },
    withinMs,
  );
}

export const logOf = (hut: HutFiles) => readFileSync(hut.logFile, 'utf8');
