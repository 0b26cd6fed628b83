/** Starts the processes of a bench; those that stand for the hut get the slowed fsync. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Bench {
  /** Empty directory on the disk to be measured. */
  readonly workDir: string;
  /** Milliseconds added to each fsync of the hut. */
  readonly fsyncMs: number;
}

/** The environment of a hut's process. Compiles the shim when fsync is to be slowed. */
export function hutEnv({ workDir, fsyncMs }: Bench): NodeJS.ProcessEnv {
  if (fsyncMs === 0) return process.env;
  const library = join(workDir, 'slow-fsync.so');
  const source = join(process.cwd(), 'test/bench/slow-fsync.c');
  execFileSync('gcc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-ldl'], { stdio: 'inherit' });
  return { ...process.env, LD_PRELOAD: library, HUTGATE_FSYNC_MS: String(fsyncMs) };
}

const script = (name: string) => join(process.cwd(), `dist/test/bench/${name}.js`);

/** Runs one part to its end and gives what it printed as JSON; its progress goes to our stderr. */
export function runPart<T>(name: string, args: readonly (string | number)[], env: NodeJS.ProcessEnv): Promise<T> {
  const child = spawn(process.execPath, [script(name), ...args.map(String)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => {
      if (code === 0) resolve(JSON.parse(out.trim().split('\n').at(-1)!));
      else reject(new Error(`bench part ${name} ended with ${code ?? signal}`));
    });
  });
}

/** Starts a part that serves the others; resolves with the first line it prints. */
export function startPart(
  name: string,
  args: readonly (string | number)[],
  env = process.env,
): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, [script(name), ...args.map(String)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.stdout.once('data', (chunk) => resolve({ child, line: String(chunk).trim() }));
    child.once('exit', (code) => reject(new Error(`bench part ${name} ended with ${code}`)));
  });
}
