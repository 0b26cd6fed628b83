#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=1 --v8-pool-size=1 --optimize-for-size
/**
 * The command line. One file per command; exit codes 0 ok, 1 problem found, 2 wrong usage; data on stdout, logs on stderr.
 * The flags above keep a gateway below 100 MB: young garbage is collected early instead of kept, and a hut's two cores need
 * neither four compiler threads nor a malloc arena for each thread.
 */
import { Command, CommanderError } from 'commander';
import { softwareVersion } from '../package-root.ts';

const usageError = 2;

/** Each command is loaded only when it is asked for: a gateway does not carry the simulators in its memory. */
const commands = new Map<string, { describe: string; load: () => Promise<Command> }>([
  [
    'demo',
    {
      describe: 'a whole hut on this machine, with simulated devices',
      load: async () => (await import('./demo.ts')).demoCommand(),
    },
  ],
  ['run', { describe: 'the gateway of a real hut', load: async () => (await import('./run.ts')).runCommand() }],
  [
    'check',
    {
      describe: 'validate a configuration file',
      load: async () =>
        (await import('./check.ts')).checkCommand((await import('../../device-drivers/registry.ts')).drivers),
    },
  ],
  [
    'devices',
    {
      describe: 'what is plugged in, and the YAML to paste',
      load: async () =>
        (await import('./devices.ts')).devicesCommand((await import('../../device-drivers/registry.ts')).drivers),
    },
  ],
  [
    'doctor',
    {
      describe: 'look at everything a hut needs, with the fix',
      load: async () =>
        (await import('./doctor.ts')).doctorCommand((await import('../../device-drivers/registry.ts')).drivers),
    },
  ],
  [
    'monitor',
    {
      describe: 'what the devices send, live and masked',
      load: async () =>
        (await import('./monitor.ts')).monitorCommand((await import('../../device-drivers/registry.ts')).drivers),
    },
  ],
  [
    'simulate',
    {
      describe: 'simulated devices behind stable paths',
      load: async () => (await import('./simulate.ts')).simulateCommand(),
    },
  ],
  [
    'central',
    { describe: 'a simulated central system', load: async () => (await import('./central.ts')).centralCommand() },
  ],
  ['store', { describe: "look into a hut's store", load: async () => (await import('./store.ts')).storeCommand() }],
  ['staff', { describe: 'who may sign in', load: async () => (await import('./staff.ts')).staffCommand() }],
]);

export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('hutgate')
    .description('The software inside a sampling hut: readings in, durable and ordered events out.')
    .version(softwareVersion)
    .enablePositionalOptions()
    .exitOverride();
  const [first, second] = argv.slice(2);
  const asked = commands.get((first === 'help' ? second : first) ?? '');
  if (asked) program.addCommand(throwing(await asked.load()));
  else for (const [name, { describe }] of commands) program.command(name).description(describe);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : usageError;
  }
}

/** Wrong usage becomes exit code 2 in subcommands too; commander's own is 1. */
function throwing(command: Command): Command {
  for (const sub of command.commands) throwing(sub);
  return command.exitOverride();
}

await main(process.argv);
