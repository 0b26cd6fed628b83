/** `hutgate run`: the gateway of a real hut, until SIGTERM. */
import { Command } from 'commander';
import { drivers } from '../../device-drivers/registry.ts';
import { createLog, type Log } from '../log.ts';
import { type Gateway, startGateway } from '../main.ts';
import { StoreNotOpened } from '../store/open.ts';
import type { Supervisor } from '../supervisor/supervise.ts';
import { serviceManager } from '../systemd.ts';
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
  let reloading: Promise<void> = Promise.resolve();
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
      reload,
      storeFailed: () => void stop('the store failed', 1),
    });
  const reload = () => {
    reloading = reloading.then(async () => {
      if (stopping) return;
      const next = await loadForStart(file);
      if ('problems' in next) {
        log.error({ problems: next.problems }, 'the new configuration is not right; the old one stays');
        return;
      }
      const inTheWay = gateway?.inTheWayOf(next.config) ?? [];
      if (inTheWay.length > 0) {
        log.error({ problems: inTheWay }, 'lanes are at work; the old configuration stays');
        return;
      }
      const supervisor = await gateway?.handOver('configuration reloaded');
      try {
        gateway = await start(next, supervisor);
        current = next;
      } catch (error) {
        if (!canBeMended(error)) throw error;
        log.error(`${error.message}: the new configuration cannot be started, the old one is taken again`);
        gateway = await start(current, supervisor);
      }
    });
    return reloading.catch((error: unknown) => fail(log, error));
  };
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
    await reloading;
    await gateway?.stop(reason).catch((error: unknown) => log.error({ err: error }, 'not everything stopped well'));
    service.close();
    process.exit(exitCode);
  };

  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('SIGHUP', () => void reload());
  try {
    gateway = await start(loaded);
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
