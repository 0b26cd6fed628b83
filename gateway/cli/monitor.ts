/**
 * `hutgate monitor`: what the devices send, live and masked: readings, faults, bytes that had to be thrown away, states. A
 * running gateway is followed; without one the devices are opened here.
 */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { loadConfig } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import type { Driver } from '../../device-drivers/driver.ts';
import { fileTrouble } from '../file-trouble.ts';
import { endAsked } from './end-asked.ts';
import { localHeaders, runningGateway } from './local-api.ts';
import { followGateway } from './monitor/follow.ts';
import { changesOnly, formatNews, type News } from './monitor/news.ts';
import { monitorDevices } from './monitor/open.ts';

const problemFound = 1;
const wrongUsage = 2;

export function monitorCommand(drivers: ReadonlyMap<string, Driver>): Command {
  return new Command('monitor')
    .description('What the devices send, live, with personal data masked. Ctrl-C ends it.')
    .argument('[device]', 'only this one')
    .requiredOption('--config <file>', 'configuration of the hut (YAML)')
    .option('--json', 'one line of JSON each')
    .action(async (device: string | undefined, { config: file, json }: { config: string; json?: true }) => {
      const ended = endAsked();
      const tell = (news: News) => void process.stdout.write(`${json ? JSON.stringify(news) : formatNews(news)}\n`);
      process.exitCode = await monitor(file, device, drivers, changesOnly(tell), ended);
    });
}

async function monitor(
  file: string,
  device: string | undefined,
  drivers: ReadonlyMap<string, Driver>,
  tell: (news: News) => void,
  ended: Promise<void>,
): Promise<number> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => say(`${file}: ${fileTrouble(error)}`));
  if (text === undefined) return problemFound;
  const { config, problems } = loadConfig(text, file, drivers);
  if (!config) {
    say(problems!.map(formatProblem).join('\n'));
    return problemFound;
  }
  const ids = config.devices.map(({ id }) => id);
  if (device !== undefined && !ids.includes(device)) {
    say(`there is no device ${device} in ${file}, only ${ids.join(', ') || 'none at all'}`);
    return wrongUsage;
  }
  if (ids.length === 0) {
    say(`${file} has no devices; hutgate devices shows what is attached`);
    return problemFound;
  }
  const isWanted = (id: string) => device === undefined || id === device;

  const running = await runningGateway(config);
  if (!running) {
    say('no gateway runs: the devices are opened here, nothing is stored or sent; Ctrl-C ends');
    const stop = monitorDevices({
      devices: config.devices.filter(({ id }) => isWanted(id)),
      codes: config.campaign.codes,
      drivers,
      tell,
    });
    await ended;
    await stop();
    return 0;
  }
  if (running.isClosed) {
    say('a gateway runs and lets only its own user in: sudo -u hutgate hutgate monitor …');
    return problemFound;
  }
  if (!running.api) {
    say(
      `a gateway runs (process ${running.pid}) and has the devices, but its page does not answer: see hutgate doctor`,
    );
    return problemFound;
  }
  say(`following the gateway at ${running.api.url}; Ctrl-C ends`);
  const following = await followGateway(running.api.url, await localHeaders(config), isWanted, tell);
  const lost = await Promise.race([following.lost, ended.then(() => undefined)]);
  following.stop();
  if (lost === undefined) return 0;
  say(lost);
  return problemFound;
}

const say = (text: string): undefined => void process.stderr.write(`${text}\n`);
