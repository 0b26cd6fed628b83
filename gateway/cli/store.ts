/** `hutgate store status|verify|export`: looks into a hut's store, also while its gateway runs, and never changes it. */
import { openSync, writeSync } from 'node:fs';
import { Command } from 'commander';
import { loadConfig } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { readNamed } from '../file-trouble.ts';
import { exportStore, inspectStatus, verifyStore } from '../store/inspect.ts';
import { storeDir } from '../store-dir.ts';
import { verifySampling } from '../verify-sampling.ts';

interface StoreOptions {
  readonly config: string;
  readonly json?: boolean;
}

export function storeCommand(): Command {
  const store = new Command('store').description(
    "Look into a hut's store: what it holds, whether it is sound, and a way to carry it out.",
  );
  const sub = (name: string, describe: string) =>
    store.command(name).description(describe).requiredOption('--config <file>', 'configuration of the hut (YAML)');

  sub('status', 'what the store holds, and what is not confirmed yet')
    .option('--json', 'as JSON')
    .action((options: StoreOptions) => inStore(options, (dir) => status(dir, options.json === true)));
  sub(
    'verify',
    'read everything: structure, numbers without a gap, every event, and whether the events make the tubes and boxes that are kept; exit 1 when something is wrong',
  )
    .option('--json', 'as JSON')
    .action((options: StoreOptions) => inStore(options, (dir) => verify(dir, options.json === true)));
  sub('export', 'all events as JSON lines, sealed parts stay sealed')
    .option('--out <file>', 'a new file, for example on a stick; without it stdout')
    .action((options: StoreOptions & { out?: string }) => inStore(options, (dir) => exportTo(dir, options.out)));
  return store;
}

/** Problems that a technician can mend are one line on stderr and exit 1. */
async function inStore({ config: file }: StoreOptions, work: (dir: string) => void): Promise<void> {
  try {
    const loaded = loadConfig(await readNamed(file), file, drivers);
    if (!loaded.config) throw new Error(loaded.problems!.map(formatProblem).join('\n'));
    work(storeDir(loaded.config));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

function status(dir: string, json: boolean): void {
  const found = inspectStatus(dir);
  if (json) {
    print(JSON.stringify(found));
    return;
  }
  print(`store     ${dir}`);
  print(`epoch     ${found.epoch}`);
  print(`hut       ${found.huts.join(', ') || 'none yet'}`);
  print(`size      ${megabytes(found.fileBytes)} MB, ${megabytes(found.diskFreeBytes)} MB free on its disk`);
  print(`set aside ${found.quarantined} events that no broker took`);
  for (const { stream, lastSeq, confirmedSeq, pending, oldestPendingAt } of found.streams)
    print(
      `${stream.padEnd(9)} last ${lastSeq}, confirmed ${confirmedSeq}, pending ${pending}${oldestPendingAt ? `, the oldest from ${oldestPendingAt}` : ''}`,
    );
}

function verify(dir: string, json: boolean): void {
  const { events, problems: damage } = verifyStore(dir);
  const sampling = verifySampling(dir);
  const problems = [...damage, ...sampling.problems];
  const { same, older } = sampling;
  if (problems.length > 0) process.exitCode = 1;
  if (json) {
    print(JSON.stringify({ events, sampling: { same, older }, problems }));
    return;
  }
  for (const problem of problems) print(problem);
  print(
    problems.length === 0
      ? `sound: ${events} events; ${same} tubes, boxes and lanes are what the log makes of them${older > 0 ? `, ${older} are older than the log` : ''}`
      : `${problems.length} problems in ${events} events`,
  );
}

function exportTo(dir: string, out: string | undefined): void {
  // Never over something that is there: it may be the only copy of another hut.
  const file = out === undefined ? 1 : openSync(out, 'wx', 0o600);
  const { events } = exportStore(dir, (lines) => writeSync(file, lines));
  process.stderr.write(`${events} events exported\n`);
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
