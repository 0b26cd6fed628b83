/**
 * `hutgate doctor`: everything a hut needs, one line each, with the fix. It disturbs nothing: while a gateway runs, devices
 * and uplink are as that gateway says. Exit 1 when a line says FAIL.
 */
import { Command } from 'commander';
import type { Config } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import { type Clock, systemClock } from '../../device-drivers/clock.ts';
import { type Attached, discover } from '../../device-drivers/discovery/discover.ts';
import type { Driver } from '../../device-drivers/driver.ts';
import type { OpenLink } from '../../device-drivers/link.ts';
import { openLink } from '../../device-drivers/transport/open.ts';
import { storeDir } from '../store-dir.ts';
import { checkConfig } from './check.ts';
import { checkBroker } from './doctor/broker.ts';
import { confirmDevice } from './doctor/confirm.ts';
import { checkDevice, deviceOfGateway, nameFindings } from './doctor/device.ts';
import { type Finding, fail, formatFinding, ok, warn } from './doctor/finding.ts';
import { checkClock, checkDisk, checkSystem, checkUser } from './doctor/machine.ts';
import { checkStore } from './doctor/store.ts';
import { loadForStart } from './load-config.ts';
import { type RunningGateway, runningGateway } from './local-api.ts';

const problemFound = 1;

export function doctorCommand(drivers: ReadonlyMap<string, Driver>): Command {
  return new Command('doctor')
    .description('Look at everything a hut needs, one line each, with the fix. A running gateway is not disturbed.')
    .requiredOption('--config <file>', 'configuration of the hut (YAML)')
    .option('--json', 'print JSON')
    .option('--confirm <device>', 'look at nothing, but tell the running gateway that this device is the right one')
    .action(async ({ config: file, json, confirm }: { config: string; json?: true; confirm?: string }) => {
      if (confirm !== undefined) {
        const finding = await confirmDevice(file, confirm);
        process.stdout.write(json ? `${JSON.stringify(finding, undefined, 2)}\n` : `${formatFinding(finding)}\n`);
        process.exitCode = finding.verdict === 'ok' ? 0 : problemFound;
        return;
      }
      const findings: Finding[] = [];
      const progress = (text: string) => void process.stderr.write(`${text}\n`);
      for await (const finding of examine(file, { drivers, openLink, clock: systemClock, progress })) {
        findings.push(finding);
        if (!json) process.stdout.write(`${formatFinding(finding)}\n`);
      }
      const failed = findings.filter(({ verdict }) => verdict === 'FAIL').length;
      const warned = findings.filter(({ verdict }) => verdict === 'warn').length;
      if (json) process.stdout.write(`${JSON.stringify({ failed, warned, findings }, undefined, 2)}\n`);
      else process.stdout.write(failed + warned === 0 ? 'all is well\n' : `${failed} to mend, ${warned} to look at\n`);
      process.exitCode = failed > 0 ? problemFound : 0;
    });
}

export interface DoctorParts {
  readonly drivers: ReadonlyMap<string, Driver>;
  readonly openLink: OpenLink;
  readonly clock: Clock;
  readonly progress: (text: string) => void;
}

/** Findings as they are made. */
async function* examine(file: string, parts: DoctorParts): AsyncGenerator<Finding, void, void> {
  const { problems, summary } = await checkConfig(file, parts.drivers);
  for (const problem of problems) yield fail('config', formatProblem(problem), 'correct it, then try again');
  const loaded = problems.length === 0 ? await loadForStart(file) : undefined;
  if (loaded && 'problems' in loaded)
    for (const problem of loaded.problems) yield fail('config', problem, 'correct it, then try again');
  if (!loaded || 'problems' in loaded) return;
  const { config, secrets } = loaded;
  yield ok('config', `${file}: ${summary}`);

  const user = await checkUser();
  if (user) yield user;
  const running = await runningGateway(config);
  if (running) yield gatewayFinding(running, config);
  yield await checkClock(parts.clock);
  yield* await checkDisk(config.gateway.dataDir, !running);
  yield* checkStore(storeDir(config), `${config.gateway.region}/${config.gateway.id}`, !running);
  if (running?.api?.health.uplink.state === 'online')
    yield ok('broker', `the gateway is online at ${config.uplink.url}`);
  else yield* await checkBroker(config, secrets);

  const attached = await discover();
  yield* await devices(config, running, attached, parts);
  yield* await checkSystem(config.devices.some(({ at }) => !['tcp', 'sim'].includes(at.scheme)));
}

function gatewayFinding({ pid, api, isClosed }: RunningGateway, config: Config): Finding {
  const who = pid === undefined ? 'runs' : `runs (process ${pid})`;
  if (api) return ok('gateway', `${who}, so its devices are not opened here; page ${api.url}`);
  if (isClosed)
    return warn(
      'gateway',
      `${who} and lets only its own user in: nothing is known of its devices`,
      'sudo -u hutgate …',
    );
  const { host, port } = config.api.listen;
  const fix =
    port === 0
      ? 'give api.listen a port'
      : 'was api.listen changed since it started? look at its log: journalctl -u hutgate';
  return warn(
    'gateway',
    `${who}, but its page at ${host}:${port} does not answer: nothing is known of its devices`,
    fix,
  );
}

/** All at once, but for those on one line: they are tried one after the other. Told in the order of the configuration. */
async function devices(
  config: Config,
  running: RunningGateway | undefined,
  attached: readonly Attached[],
  { drivers, openLink, clock, progress }: DoctorParts,
): Promise<Finding[]> {
  if (config.devices.length === 0)
    return [warn('devices', 'none is configured', 'hutgate devices shows what is attached')];
  if (running) {
    const views = new Map(running.api?.devices.map((view) => [view.id, view]));
    return config.devices.flatMap((device) => {
      const view = views.get(device.id);
      const missing = warn(device.id, 'the running gateway does not have it', 'systemctl reload hutgate');
      const state = view ? [deviceOfGateway(view)] : running.api ? [missing] : [];
      return [...state, ...nameFindings(device, attached)];
    });
  }
  const configured = config.devices.map(({ at }) => `${at.scheme}:${at.target}`);
  const lastOn = new Map<string, Promise<Finding[]>>();
  const checked = config.devices.map((device, index) => {
    const address = configured[index]!;
    const check = () =>
      checkDevice(
        { ...device, driver: drivers.get(device.driver)! },
        { drivers, openLink, clock, attached, configured, progress },
      );
    const before = lastOn.get(address);
    const result = before ? before.then(check) : check();
    lastOn.set(address, result);
    return result;
  });
  return (await Promise.all(checked)).flat();
}
