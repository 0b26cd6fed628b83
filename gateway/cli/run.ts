/** `hutgate run`: the gateway of a real hut, until SIGTERM. */
import { Command } from 'commander';
import { formatProblem } from '../../config/problem.ts';
import { systemClock } from '../../device-drivers/clock.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { createConfigFile } from '../config-file.ts';
import { createLog, type Log } from '../log.ts';
import { type Gateway, startGateway } from '../main.ts';
import { StoreNotOpened } from '../store/open.ts';
import type { Supervisor } from '../supervisor/supervise.ts';
import { serviceManager } from '../systemd.ts';
import { checkConfig } from './check.ts';
import { type LoadedConfig, loadForStart } from './load-config.ts';

/** A stop that hangs on a device or a disk is ended; what was announced is on the disk long before. */
const stopWithinMs = 2_800;

export function runCommand(): Command {
  return new Command('run')
    .description('Run the gateway of a real hut. SIGTERM stops it, SIGHUP reads the configuration again.')
    .requiredOption('--config <file>', 'configuration of the hut (YAML)')
    .action(async ({ config }: { config: string }) => run(config));
}

async function run(file: string): Promise<void> {
  const loaded = await loadForStart(file);
  if ('problems' in loaded) {
    for (const problem of loaded.problems) process.stderr.write(`${problem}\n`);
    process.exitCode = 1;
    return;
  }
  const log = await createLog(loaded.config.log.level);
  const service = serviceManager(process.env, (message) => log.warn({ message }, 'systemd was not told'));
  let current = loaded;
  let gateway: Gateway | undefined;
  let stopping = false;

  const start = ({ config, sha256, secrets }: LoadedConfig, supervisor?: Supervisor) =>
    // systemd starts a hut again whose store failed, and the start salvages what is left.
    startGateway({
      config,
      configSha256: sha256,
      secrets,
      drivers,
      log,
      ...(supervisor && { supervisor }),
      configFile,
      storeFailed: () => void stop('the store failed', 1),
    });
  const configFile = createConfigFile<LoadedConfig>({
    ...{ file, started: loaded, clock: systemClock, log },
    async load() {
      // A SIGHUP may come while the first one is still being made.
      await started;
      return loadForStart(file);
    },
    lint: async () => (await checkConfig(file, drivers)).problems.map(formatProblem),
    inTheWay: ({ config }) => gateway?.inTheWayOf(config) ?? [],
    async apply(next) {
      const supervisor = await gateway?.handOver('configuration reloaded');
      try {
        gateway = await start(next, supervisor);
        current = next;
        return undefined;
      } catch (error) {
        if (!canBeMended(error)) throw error;
        log.error(`${error.message}: the new configuration cannot be started, the old one is taken again`);
        gateway = await start(current, supervisor);
        return error.message;
      }
    },
    failed: (error) => fail(log, error),
  });
  const stop = async (reason: string, exitCode = 0) => {
    if (stopping) return;
    stopping = true;
    service.stopping();
    const timer = setTimeout(() => {
      log.error('the stop took too long');
      process.exit(1);
    }, stopWithinMs);
    timer.unref();
    // A gateway that is just being made by a reload has to be there before it can be stopped.
    await configFile.stop();
    await gateway?.stop(reason).catch((error: unknown) => log.error({ err: error }, 'not everything stopped well'));
    service.close();
    process.exit(exitCode);
  };

  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('SIGHUP', () => void configFile.reload());
  const started = start(loaded);
  try {
    gateway = await started;
    service.ready();
  } catch (error) {
    fail(log, error);
  }
}

/** By a technician: a store or a port that cannot be had. Anything else is a bug. */
function canBeMended(error: unknown): error is Error {
  const { code } = error as NodeJS.ErrnoException;
  return error instanceof StoreNotOpened || (code !== undefined && listenFailures.has(code));
}
const listenFailures = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES']);

/** What can be mended gets one line; a bug shows its stack. */
function fail(log: Log, error: unknown): never {
  if (canBeMended(error)) log.fatal(error.message);
  else log.fatal({ err: error }, 'the gateway could not start');
  process.exit(1);
}
