/**
 * GPIO lines through libgpiod's tools, for kernels without sysfs GPIO: gpiodetect, gpioget, gpiomon and gpioset of version 1
 * (Debian 12) and 2 (Debian 13), by their manual pages. A line belongs to one process at a time, and its state is only sure
 * while that process lives: so a process holds each line.
 *
 * Each of them hangs on a leash: a shell that ends it when our end of its standard input closes, also when we are killed,
 * and then puts an output back to its safe level.
 *
 * The kernel queues edges for gpiomon, so none is missed but between the first look at the level and gpiomon's start; that
 * is healed by looking again, with gpiomon away for a moment, once the line has been quiet for a while.
 */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { LinkOpenError } from '../link.ts';
import type { Bias, GpioLine, InputEvents, Level } from './gpio-line.ts';

const answerWithinMs = 5_000;
const lookAgainAfterQuietMs = 10_000;

/** Arguments of one major version. */
interface Dialect {
  get(chip: string, line: number, bias: Bias): string[];
  monitor(chip: string, line: number, bias: Bias): string[];
  /** What gpiomon prints for a rising edge. */
  readonly rising: string;
  setOnce(chip: string, line: number, level: Level): string[];
  hold(chip: string, line: number, level: Level): string[];
}

const pull = (option: string, bias: Bias) => (bias === 'as-is' ? [] : [option, bias]);

const version1: Dialect = {
  get: (chip, line, bias) => [...pull('-B', bias), chip, `${line}`],
  monitor: (chip, line, bias) => ['-b', ...pull('-B', bias), '-F', '%e', chip, `${line}`],
  rising: '1',
  setOnce: (chip, line, level) => ['-m', 'exit', chip, `${line}=${level}`],
  hold: (chip, line, level) => ['-m', 'signal', chip, `${line}=${level}`],
};

/** %e has other numbers than in version 1, and they moved within version 2: %E is words. */
const version2: Dialect = {
  get: (chip, line, bias) => ['--numeric', ...pull('-b', bias), '-c', chip, `${line}`],
  monitor: (chip, line, bias) => ['-e', 'both', ...pull('-b', bias), '-F', '%E', '-c', chip, `${line}`],
  rising: 'rising',
  setOnce: (chip, line, level) => ['-t', '0', '-c', chip, `${line}=${level}`],
  hold: (chip, line, level) => ['-c', chip, `${line}=${level}`],
};

/** @throws LinkOpenError */
export async function findToolsLine(chip: string, line: number): Promise<GpioLine> {
  const version = await run('gpiodetect', ['--version']);
  const [, major] = /\bv(\d+)\./.exec(version) ?? [];
  if (major === undefined) throw new LinkOpenError('unsupported', 'gpiodetect does not say its version');
  const chips = [...(await run('gpiodetect', [])).matchAll(/^(gpiochip\d+) \[(.*)\] \((\d+) lines\)$/gm)].map(
    ([, name, label, lines]) => ({ name: name!, label: label!, lines: Number(lines) }),
  );
  const found = chips.filter(({ label }) => label === chip);
  if (found.length > 1) throw new LinkOpenError('failed', `${found.length} GPIO chips are called ${chip}`);
  const [there] = found;
  if (!there) {
    const others = chips.map(({ label }) => label).join(', ');
    throw new LinkOpenError('missing', `there is no GPIO chip ${chip}${others && `, only ${others}`}`);
  }
  if (line >= there.lines)
    throw new LinkOpenError('missing', `the GPIO chip ${chip} has the lines 0 to ${there.lines - 1}`);
  return toolsLine(there.name, line, major === '1' ? version1 : version2);
}

function toolsLine(chip: string, line: number, dialect: Dialect): GpioLine {
  return {
    input: (bias, events) => watchInput(chip, line, bias, dialect, events),
    async output(safe, lost) {
      let level = safe;
      let holder = await hold(safe);

      // Setting it once first is what tells whether it can be set: a holder says nothing.
      async function hold(to: Level): Promise<Leashed> {
        await run('gpioset', dialect.setOnce(chip, line, to));
        const putBack = ['gpioset', ...dialect.setOnce(chip, line, safe)].join(' ');
        return leash('gpioset', dialect.hold(chip, line, to), lost, putBack);
      }
      return {
        async set(to) {
          if (to === level) return;
          await holder.end();
          holder = await hold(to);
          level = to;
        },
        close: () => holder.end(),
      };
    },
  };
}

async function watchInput(chip: string, line: number, bias: Bias, dialect: Dialect, { level, lost }: InputEvents) {
  let isClosed = false;
  let monitor: Leashed | undefined;
  let quiet: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();

  const look = async () => {
    await monitor?.end();
    if (isClosed) return;
    const now = (await run('gpioget', dialect.get(chip, line, bias))).trim();
    if (now !== '0' && now !== '1') throw new LinkOpenError('failed', 'gpioget does not say 0 or 1');
    if (isClosed) return;
    level(now === '1' ? 1 : 0);
    monitor = leash('gpiomon', dialect.monitor(chip, line, bias), lost);
    createInterface({ input: monitor.stdout }).on('line', (edge) => {
      if (isClosed) return;
      level(edge === dialect.rising ? 1 : 0);
      waitForQuiet();
    });
    waitForQuiet();
  };
  const waitForQuiet = () => {
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      looking = look().catch((error: Error) => lost(error.message));
    }, lookAgainAfterQuietMs);
  };

  await look();
  return {
    async close() {
      isClosed = true;
      clearTimeout(quiet);
      await looking;
      await monitor?.end();
    },
  };
}

interface Leashed {
  readonly stdout: Readable;
  /** Idempotent; resolves when the process, and what was to be done after it, are over. */
  end(): Promise<void>;
}

/**
 * `$@` is the tool; the subshell waits for the end of our standard input. PIPE: when we are dead, so is its stderr. The kill
 * is said again until it works: between fork and exec the tool-to-be still has the shell's trap, and ignores it.
 */
const leashScript = `exec 3<&0
trap : TERM INT HUP PIPE
"$@" 3<&- & held=$!
( read -r _ <&3; while kill "$held"; do sleep 0.1; done ) >/dev/null 2>&1 & leash=$!
wait "$held"; status=$?
kill "$held" "$leash" 2>/dev/null
wait "$held" 2>/dev/null
`;

/** `after`: a command line of ours, run when the tool has ended, whatever ended it. */
function leash(tool: string, args: readonly string[], lost: (reason: string) => void, after = ':'): Leashed {
  const script = `${leashScript}${after} >/dev/null 2>&1\nexit $status`;
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(
    '/bin/sh',
    ['-c', script, tool, tool, ...args],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  let isOurs = false;
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(0, 200);
  });
  child.stdin.on('error', () => {});
  const exited = once(child, 'exit').catch(() => {});
  void exited.then(() => {
    if (!isOurs) lost(`${tool} ended${complaint && `: ${complaint.trim()}`}`);
  });
  return {
    stdout: child.stdout,
    async end() {
      isOurs = true;
      child.stdin.end();
      await exited;
    },
  };
}

function run(tool: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(tool, args, { timeout: answerWithinMs }, (error, stdout, stderr) => {
      if (error) reject(toolError(tool, error, stderr));
      else resolve(stdout);
    });
  });
}

function toolError(tool: string, error: Error & { code?: unknown; killed?: boolean }, stderr: string): LinkOpenError {
  if (error.code === 'ENOENT') {
    const message = `this kernel has no sysfs GPIO, and ${tool} is not installed; install the package gpiod`;
    return new LinkOpenError('unsupported', message);
  }
  if (error.killed) return new LinkOpenError('failed', `${tool} did not answer within ${answerWithinMs} ms`);
  const said = stderr.trim().slice(0, 200);
  if (/permission denied|not permitted/i.test(said)) return new LinkOpenError('denied', said);
  if (/busy/i.test(said)) return new LinkOpenError('busy', said);
  if (/no such (file|device)|cannot find/i.test(said)) return new LinkOpenError('missing', said);
  return new LinkOpenError('failed', said || `${tool} failed`);
}
