/** `hutgate check`: everything that is wrong with a configuration file and the files it refers to. Opens no device and no store. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { CatalogDriver } from '../../config/catalog.ts';
import { checkFiles, type FileReference, type Loaded, loadConfig } from '../../config/load.ts';
import { formatProblem, type Problem } from '../../config/problem.ts';
import type { Driver } from '../../device-drivers/driver.ts';
import { fileTrouble } from '../file-trouble.ts';
import { loadTemplates } from '../labels/labels.ts';
import { parseReferenceKey } from '../privacy/person-ref.ts';
import { KeyUnfit, makeSealer, parseRecipient } from '../privacy/seal.ts';
import { badgeCheck } from '../secrets.ts';
import { readStaff } from '../sign-in/staff.ts';

const problemFound = 1;

type CheckDrivers = ReadonlyMap<string, CatalogDriver & Pick<Driver, 'labelFault'>>;

export function checkCommand(drivers: CheckDrivers): Command {
  return new Command('check')
    .description('Validate a configuration file: all problems at once, with line and column.')
    .requiredOption('--config <file>', 'configuration of the hut (YAML)')
    .option('--json', 'print JSON')
    .action(async ({ config: file, json }: { config: string; json?: true }) => {
      const { problems, summary } = await checkConfig(file, drivers);
      const lines = problems.length > 0 ? problems.map(formatProblem) : [`${file}: ok, ${summary}`];
      process.stdout.write(`${json ? JSON.stringify({ file, problems }, undefined, 2) : lines.join('\n')}\n`);
      if (problems.length > 0) process.exitCode = problemFound;
    });
}

export interface Checked {
  readonly problems: readonly Problem[];
  readonly summary: string;
}

export async function checkConfig(file: string, drivers: CheckDrivers): Promise<Checked> {
  let loaded: Loaded;
  try {
    loaded = loadConfig(await readFile(file, 'utf8'), file, drivers);
  } catch (error) {
    return { problems: [{ file, line: 1, column: 1, key: '', wrong: fileTrouble(error) }], summary: '' };
  }
  if (!loaded.config) return { problems: loaded.problems ?? [], summary: '' };
  const absent = await checkFiles(loaded.files);
  const present = loaded.files.filter(({ key }) => !absent.some((problem) => problem.key === key));
  const unfit = (await Promise.all(present.map(checkContent))).filter((problem) => problem !== undefined);
  const { devices, lanes, staff, campaign, labels } = loaded.config;
  const hasOwnLabels = present.some(({ key }) => key === 'labels.dir');
  const badLabels = hasOwnLabels ? (await loadTemplates(labels.dir, drivers)).problems : [];
  const people = present.some(({ key }) => key === 'staff')
    ? readStaff(await readFile(staff!, 'utf8'), staff!, badgeCheck(campaign))
    : undefined;
  const bad = people && 'problems' in people ? people.problems : [];
  const signIn = staff === undefined ? '; no staff: whoever reaches the page may use it without signing in' : '';
  return {
    problems: [...absent, ...unfit, ...bad, ...badLabels],
    summary: `${devices.length} devices, ${lanes.length} lanes${signIn}`,
  };
}

/** Throws when the text of the file is not what the key asks for. */
const contents: ReadonlyMap<string, { allowed: string; check: (text: string) => unknown }> = new Map([
  ['privacy.recipient', { allowed: 'a public JWK', check: (text) => makeSealer(parseRecipient(text)) }],
  ['privacy.personRefKey', { allowed: 'a line of base64', check: parseReferenceKey }],
  ['uplink.tls.ca', { allowed: 'certificates in PEM', check: (text) => new X509Certificate(text) }],
  ['uplink.tls.cert', { allowed: 'a certificate in PEM', check: (text) => new X509Certificate(text) }],
  ['uplink.tls.key', { allowed: 'a private key in PEM without a password', check: (text) => createPrivateKey(text) }],
]);

async function checkContent({ path, ...where }: FileReference): Promise<Problem | undefined> {
  const content = contents.get(where.key);
  if (!content) return undefined;
  try {
    content.check(await readFile(path, 'utf8'));
    return undefined;
  } catch (error) {
    // Only our own messages are known to hold nothing of the file.
    const why = error instanceof KeyUnfit ? error.message : 'its content cannot be used';
    return { ...where, wrong: `${path}: ${why}`, allowed: content.allowed };
  }
}
