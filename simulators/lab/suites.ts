/**
 * The suites of test/lab, in two machines side by side: an emulated processor is one thread, so two take half the time where
 * there are two cores. Which suite runs in which machine is in vitest.lab.config.ts.
 *
 *   node dist/simulators/lab/suites.js [--json DIR] [SUITE]...
 *
 * One machine where there is one core, or when suites are named. `--json`: where the reports go, one for each machine. Ends
 * with 0 when all of them passed.
 */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareLab, runInLab, stopAsked } from './run-in-lab.ts';

const vitest = ['node', 'node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.lab.config.ts'];

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true });
  const lab = await prepareLab((line) => console.error(`lab: ${line}`));
  if (typeof lab === 'number') return lab;
  const stop = stopAsked();

  const run = (name: string, environment: Readonly<Record<string, string>>, onOutput: (chunk: Uint8Array) => void) => {
    const report = values.json && join(resolve(values.json), `${name}.json`);
    const reporters = report ? ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`] : [];
    return runInLab(lab, {
      command: [...vitest, ...reporters, ...positionals],
      environment,
      shares: values.json ? [values.json] : [],
      onOutput,
      say: (line) => console.error(`${name}: ${line}`),
      stop,
    });
  };
  const print = (chunk: Uint8Array) => void process.stdout.write(chunk);
  if (positionals.length > 0 || availableParallelism() < 2) return run('lab', {}, print);

  // The output of the second is kept until that of the first is whole.
  let isSecondsTurn = false;
  const kept: Uint8Array[] = [];
  const first = run('lab-1', { HUTGATE_LAB_PART: '1' }, print).finally(() => {
    isSecondsTurn = true;
    for (const chunk of kept) print(chunk);
  });
  const second = run('lab-2', { HUTGATE_LAB_PART: '2' }, (chunk) => {
    if (isSecondsTurn) print(chunk);
    else kept.push(chunk);
  });
  const codes = await Promise.all([first, second]);
  console.error(`lab: ${codes.map((code, n) => `machine ${n + 1} ${code === 0 ? 'passed' : 'FAILED'}`).join(', ')}`);
  return Math.max(...codes);
}

process.exitCode = await main();
