/** A real Mosquitto as a child process on a free port, which can be stopped, killed and started again with its persistence. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './gateway-process.ts';
import { until } from './until.ts';

const mosquittoBin = '/usr/sbin/mosquitto';

/** Why a suite cannot run here; undefined when it can. In CI a missing broker is a failure, not a reason. */
export function whyNoMosquitto(): string | undefined {
  if (existsSync(mosquittoBin)) return undefined;
  if (process.env.CI === 'true') throw new Error(`${mosquittoBin} is missing: apt-get install mosquitto`);
  return `${mosquittoBin} is missing (apt-get install mosquitto)`;
}

export interface MosquittoSetup {
  /** Made when missing. */
  readonly dir: string;
  /** Keeps sessions and queued messages over a stop in order. */
  readonly persistent?: boolean;
  /** More lines of mosquitto.conf. */
  readonly lines?: readonly string[];
}

export interface Mosquitto {
  readonly url: string;
  readonly port: number;
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  restart(signal?: NodeJS.Signals): Promise<void>;
}

export async function startMosquitto({ dir, persistent = false, lines = [] }: MosquittoSetup): Promise<Mosquitto> {
  mkdirSync(dir, { recursive: true });
  const port = await freePort();
  const configFile = join(dir, 'mosquitto.conf');
  const config = [
    `listener ${port} 127.0.0.1`,
    ...(lines.some((line) => line.startsWith('allow_anonymous')) ? [] : ['allow_anonymous true']),
    // Started by root, Mosquitto would become a user of its own, who may not write here.
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    ...(persistent ? ['persistence true', `persistence_location ${dir}/`, 'max_queued_messages 100000'] : []),
    ...lines,
  ];
  writeFileSync(configFile, `${config.join('\n')}\n`);

  let child: ChildProcess | undefined;
  let turn = Promise.resolve();
  const inTurn = (work: () => Promise<void>) => {
    turn = turn.then(work);
    return turn;
  };
  const start = async () => {
    if (child) return;
    const started = spawn(mosquittoBin, ['-c', configFile], { stdio: 'ignore' });
    child = started;
    await until('Mosquitto accepts connections', () => {
      if (started.exitCode !== null) throw new Error(`Mosquitto ended with ${started.exitCode}; see ${configFile}`);
      return accepts(port);
    });
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    const stopping = child;
    child = undefined;
    if (!stopping) return;
    const exited = new Promise((resolve) => stopping.once('exit', resolve));
    stopping.kill(signal);
    await exited;
  };
  await start();
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    start: () => inTurn(start),
    stop: (signal) => inTurn(() => stop(signal)),
    restart: (signal) =>
      inTurn(async () => {
        await stop(signal);
        await start();
      }),
  };
}

const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
