/** `hutgate staff add|remove|list|set-pin`: who may sign in. A PIN or password is typed or piped in, never an argument that others could see. */
import { readFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Config, loadConfig } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { type Role, roles } from '../contract/lane.ts';
import { fileTrouble } from '../file-trouble.ts';
import { badgeCheck } from '../secrets.ts';
import { editStaff, type StaffEdit, StaffUnfit, staffIn } from '../sign-in/edit-staff.ts';
import { hashSecret } from '../sign-in/secret-hash.ts';
import { badgeText, type Staff, type StaffMember, staffId } from '../sign-in/staff.ts';
import { askSecret } from './ask-secret.ts';

const problemFound = 1;
const wrongUsage = 2;

interface ConfigOption {
  readonly config: string;
}

export function staffCommand(): Command {
  const staff = new Command('staff').description(
    'Who may sign in: samplers with a badge and a PIN, technicians with a password. The gateway takes a change over with the next reload (SIGHUP).',
  );
  const sub = (name: string, describe: string) =>
    staff.command(name).description(describe).requiredOption('--config <file>', 'configuration of the hut (YAML)');

  sub('add', 'one more; the PIN or password is asked for, or read as a line from stdin')
    .argument('<id>', 'staff reference, never a name', parsedBy(staffId))
    .addOption(new Option('--role <role>', 'what for').choices(roles).makeOptionMandatory())
    .option('--badge <text>', 'text of the badge barcode; a sampler needs one', parsedBy(badgeText))
    .action((id: string, options: ConfigOption & { role: Role; badge?: string }) => {
      const { role, badge } = options;
      if (role === 'sampler' && badge === undefined) return usage('a sampler needs --badge');
      return withSecret(options, role, (hash) => ({ add: { id, ...(badge !== undefined && { badge }), role, hash } }));
    });
  sub('remove', 'one less; the next reload ends what this one is signed in to')
    .argument('<id>', 'staff reference', parsedBy(staffId))
    .action((id: string, options: ConfigOption) =>
      reporting(async () => {
        const { path, config } = await staffOf(options);
        await change(path, { remove: id }, config);
      }),
    );
  sub('set-pin', 'another PIN or password; the next reload ends what was opened with the old one')
    .argument('<id>', 'staff reference', parsedBy(staffId))
    .action((id: string, options: ConfigOption) =>
      reporting(async () => {
        const { path, config } = await staffOf(options);
        const member = (await staffIn(path, badgeCheck(config.campaign))).withId(id);
        if (!member) throw new StaffUnfit(`there is no ${id} in the staff`);
        await withSecret(options, member.role, (hash) => ({ set: id, hash }));
      }),
    );
  sub('list', 'references, roles and badges')
    .option('--json', 'as JSON')
    .action((options: ConfigOption & { json?: true }) =>
      reporting(async () => {
        const { path, config } = await staffOf(options);
        print(await staffIn(path, badgeCheck(config.campaign)), options.json === true);
      }),
    );
  return staff;
}

/** What is typed in: digits for the pad of a sampler, words for the keyboard of a technician. */
const secretOf: ReadonlyMap<Role, { readonly what: string; readonly pattern: RegExp; readonly allowed: string }> =
  new Map([
    ['sampler', { what: 'PIN', pattern: /^\d{4,12}$/, allowed: '4 to 12 digits' }],
    ['technician', { what: 'password', pattern: /^.{8,256}$/u, allowed: '8 to 256 characters' }],
  ]);

function withSecret(options: ConfigOption, role: Role, edit: (hash: string) => StaffEdit): Promise<void> {
  return reporting(async () => {
    const { path, config } = await staffOf(options);
    const { what, pattern, allowed } = secretOf.get(role)!;
    const secret = await askSecret(what);
    if (!pattern.test(secret)) throw new StaffUnfit(`this is no ${what}; allowed: ${allowed}`);
    await change(path, edit(await hashSecret(secret)), config);
  });
}

async function change(path: string, edit: StaffEdit, config: Config): Promise<void> {
  const { members } = await editStaff(path, edit, badgeCheck(config.campaign), config.privacy.personRefKey);
  say(`${path}: ${members.length} may sign in; a running gateway takes it over with systemctl reload hutgate`);
}

async function staffOf({ config: file }: ConfigOption): Promise<{ path: string; config: Config }> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new StaffUnfit(`${file}: ${fileTrouble(error)}`);
  });
  const { config, problems } = loadConfig(text, file, drivers);
  if (!config) throw new StaffUnfit(problems.map(formatProblem).join('\n'));
  if (config.staff === undefined) throw new StaffUnfit(`${file}: has no staff:, the path of the staff file`);
  return { path: config.staff, config };
}

function print({ members }: Staff, json: boolean): void {
  const shown = members.map(({ id, role, badge }: StaffMember) => ({
    id,
    role,
    ...(badge !== undefined && { badge }),
  }));
  const wide = Math.max(...shown.map(({ id }) => id.length), 0);
  const lines = shown.map(({ id, role, badge = '' }) => `${id.padEnd(wide)}  ${role.padEnd(10)}  ${badge}`.trimEnd());
  process.stdout.write(json ? `${JSON.stringify(shown)}\n` : lines.map((line) => `${line}\n`).join(''));
}

/** What a person can mend is said on stderr and ends with 1. */
async function reporting(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StaffUnfit)) throw error;
    say(error.message);
    process.exitCode = problemFound;
  }
}

function usage(text: string): void {
  say(text);
  process.exitCode = wrongUsage;
}

function parsedBy(schema: typeof staffId): (text: string) => string {
  return (text) => {
    const { success, error } = schema.safeParse(text);
    if (!success) throw new InvalidArgumentError(error.issues[0]!.message);
    return text;
  };
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);
