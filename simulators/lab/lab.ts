/**
 * The virtual hardware lab: runs a command of this machine inside a small QEMU machine that has the hardware which this one
 * has not. Same files, same Node, same working folder; nothing that the command writes stays, but for the shared folders.
 *
 *   node dist/simulators/lab/lab.js [--share DIR]... -- COMMAND...
 *
 * Ends with the command's exit code; with 0 and a reason where there is no QEMU, unless CI=true: then with 1.
 */
import { parseArgs } from 'node:util';
import { prepareLab, runInLab, stopAsked } from './run-in-lab.ts';

const say = (line: string) => console.error(`lab: ${line}`);

async function main(): Promise<number> {
  const separator = process.argv.indexOf('--');
  const command = separator < 0 ? [] : process.argv.slice(separator + 1);
  const { values } = parseArgs({
    args: process.argv.slice(2, separator < 0 ? undefined : separator),
    options: { share: { type: 'string', multiple: true, default: [] } },
  });
  if (command.length === 0) {
    say('usage: lab [--share DIR]... -- COMMAND...');
    return 2;
  }
  const lab = await prepareLab(say);
  if (typeof lab === 'number') return lab;
  const onOutput = (chunk: Uint8Array) => void process.stdout.write(chunk);
  return runInLab(lab, { command, shares: values.share, onOutput, say, stop: stopAsked() });
}

process.exitCode = await main();
