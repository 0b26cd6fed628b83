/** `hutgate central`: a simulated central system that checks what huts send. Ends with 1 when it found gaps or broken messages. */
import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parse, YAMLError } from 'yaml';
import type { CentralReport } from '../../simulators/central.ts';
import { type PlanMessage, parseMessage, plan } from '../contract/messages.ts';
import { id } from '../contract/topics.ts';
import { fileTrouble, readNamed } from '../file-trouble.ts';
import { endAsked } from './end-asked.ts';

interface CentralCommandOptions {
  readonly broker: string;
  readonly region?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly ca?: string;
  readonly protocol: '3.1.1' | '5';
  readonly watch?: boolean;
  readonly fromStart?: boolean;
  readonly forgetAcks: number;
  readonly plan?: string;
  readonly seconds?: number;
  readonly json?: boolean;
}

export const centralCommand = () =>
  new Command('central')
    .description('A simulated central system: checks, deduplicates, finds gaps, acknowledges. Ends on Ctrl-C.')
    .requiredOption('--broker <url>', 'mqtt://HOST:PORT or mqtts://HOST:PORT', brokerUrl)
    .option('--region <id>', 'serve one region, and tell its huts when this centre goes away', regionId)
    .option('--username <name>', 'user at the broker')
    .option('--password-file <file>', 'file with the password of that user')
    .option('--ca <file>', 'certificate authority of the broker, PEM')
    .addOption(new Option('--protocol <version>', 'MQTT version').choices(['3.1.1', '5']).default('3.1.1'))
    .option('--watch', 'do not acknowledge, only look')
    .option('--from-start', 'ask the huts for everything they still keep, from the first event on')
    .option('--forget-acks <share>', 'share of acknowledgements that are not sent, 0 to 1', share, 0)
    .option('--plan <file>', 'tell this campaign plan (YAML or JSON) to all huts of the region')
    .option('--seconds <n>', 'end by itself after so long', seconds)
    .option('--json', 'write the report as JSON')
    .action(run);

async function run(options: CentralCommandOptions, command: Command): Promise<void> {
  if (options.plan !== undefined && options.region === undefined)
    command.error('error: --plan is for one region: --region is missing');
  const planned = options.plan === undefined ? undefined : await readPlan(options.plan);
  if (planned?.problem !== undefined) {
    process.stderr.write(`${options.plan}: ${planned.problem}\n`);
    process.exitCode = 1;
    return;
  }
  let password: string | undefined;
  let ca: string | undefined;
  try {
    if (options.passwordFile !== undefined) password = (await readNamed(options.passwordFile)).trimEnd();
    if (options.ca !== undefined) ca = await readNamed(options.ca);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
    return;
  }
  const { startCentral } = await import('../../simulators/central.ts');
  // Before it says so: who reads the line may end it at once.
  const ended = Promise.race([endAsked(), after(options.seconds)]);
  let lastTrouble: string | undefined;
  const starting = startCentral({
    url: options.broker,
    ...(options.region !== undefined && { region: options.region }),
    credentials: {
      ...(options.username !== undefined && { username: options.username }),
      ...(password !== undefined && { password }),
    },
    ...(ca !== undefined && { tls: { ca } }),
    protocolVersion: options.protocol === '5' ? 5 : 4,
    acknowledge: !options.watch,
    fromStart: options.fromStart ?? false,
    forgetAcks: options.forgetAcks,
    connectFailed(why) {
      if (why !== lastTrouble) process.stderr.write(`${options.broker}: ${why}; trying again, Ctrl-C ends\n`);
      lastTrouble = why;
    },
  });
  const central = await Promise.race([starting, ended]);
  // It would try for ever.
  if (!central) process.exit(1);
  if (planned) await central.publishPlan(planned.value);
  process.stderr.write(`listening at ${options.broker}; Ctrl-C ends\n`);
  const live = process.stderr.isTTY
    ? setInterval(() => process.stderr.write(`\r\u001b[K${counters(central.report())}`), 500)
    : undefined;
  await ended;
  clearInterval(live);
  const report = central.report();
  await central.stop();
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${live ? '\n' : ''}${summary(report)}`);
  process.exitCode = report.gaps > 0 || report.violations > 0 ? 1 : 0;
}

/** As a hut would read it; the problem names the key. */
async function readPlan(file: string) {
  try {
    return parseMessage<PlanMessage>(plan, Buffer.from(JSON.stringify(parse(await readFile(file, 'utf8')))));
  } catch (error) {
    if (error instanceof YAMLError) return { problem: error.message };
    return { problem: fileTrouble(error) };
  }
}

const counters = (report: CentralReport) =>
  `${report.received} events, ${report.duplicates} duplicates, ${report.gaps} missing, ${report.violations} violations, ${report.huts.filter(({ online }) => online).length} of ${report.huts.length} huts online`;

function summary(report: CentralReport): string {
  const lines = [counters(report)];
  for (const { gateway, stream, upTo, highest, missing } of report.streams)
    lines.push(
      `  ${gateway} ${stream}: complete up to ${upTo ?? '?'} of ${highest}${missing.map(([a, b]) => `, missing ${a} to ${b}`).join('')}`,
    );
  for (const { topic, problem } of report.firstViolations) lines.push(`  ${topic}: ${problem}`);
  return `${lines.join('\n')}\n`;
}

function after(seconds: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (seconds !== undefined) setTimeout(resolve, seconds * 1_000).unref();
  });
}

function brokerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['mqtt:', 'mqtts:'].includes(url.protocol) || url.username || url.password)
    throw new InvalidArgumentError('must be mqtt://HOST:PORT or mqtts://HOST:PORT, without user and password.');
  return text;
}

function regionId(text: string): string {
  const result = id.safeParse(text);
  if (!result.success) throw new InvalidArgumentError(`${result.error.issues[0]?.message}.`);
  return text;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('must be from 0 to 1.');
  return value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be more than 0.');
  return value;
}
