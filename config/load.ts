/** From the text of a configuration file to a configuration, or to everything that is wrong with it, all at once. */
import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import type { DriverCatalog } from './catalog.ts';
import { crossChecks } from './checks.ts';
import { checkDevice, type DeviceConfig } from './devices.ts';
import { type Path, type Position, readDocument } from './document.ts';
import { byPosition, type Finding, findingsOf, formatPath, type Problem, problemsIn } from './problem.ts';
import { configSchema, type Listen, parseListen } from './schema.ts';

type Parsed = z.output<typeof configSchema>;

/** Ready to use: file references are absolute paths, defaults are filled in. */
export interface Config extends Omit<Parsed, 'devices' | 'api'> {
  readonly devices: readonly DeviceConfig[];
  readonly api: { readonly listen: Listen };
}

/** A key that names a file or a directory, and where it stands. */
export interface FileReference extends Position {
  readonly file: string;
  readonly key: string;
  /** Absolute. */
  readonly path: string;
}

export type Loaded =
  | { readonly config: Config; readonly files: readonly FileReference[]; readonly problems?: never }
  | { readonly problems: readonly Problem[]; readonly config?: never };

const directoryKey = 'labels.dir';
/** Where a file comes from that a new hut has not got yet. */
const origins: ReadonlyMap<string, string> = new Map([
  ['privacy.recipient', "the registry's public key, from the centre"],
  ['privacy.personRefKey', 'one for all huts of a campaign, from the centre; to try: openssl rand -base64 32'],
]);
const fileKeys: readonly Path[] = [
  ['privacy', 'recipient'],
  ['privacy', 'personRefKey'],
  ['uplink', 'passwordFile'],
  ['uplink', 'tls', 'ca'],
  ['uplink', 'tls', 'cert'],
  ['uplink', 'tls', 'key'],
  ['staff'],
  ['labels', 'dir'],
];

/**
 * `fileName` stands in the problems, and file references are relative to its directory. Opens no file: see checkFiles.
 */
export function loadConfig(text: string, fileName: string, drivers: DriverCatalog): Loaded {
  const document = readDocument(text);
  if (!document.whole) return { problems: problemsIn(document, fileName, []) };

  const parsed = configSchema.safeParse(document.value, { reportInput: true });
  const rawDevices = deviceList(document.value);
  const devices = rawDevices.map((raw, index) => checkDevice(raw, index, drivers));
  const findings: Finding[] = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => findingsOf(issue, configSchema))),
    ...devices.flatMap((device) => device.findings),
    ...crossChecks(document.value, drivers),
  ];
  const problems = problemsIn(document, fileName, findings);
  if (!parsed.success || problems.length > 0) return { problems };

  const { data } = parsed;
  const absolute = (path: string) => resolve(dirname(fileName), path);
  const files: FileReference[] = [];
  for (const path of fileKeys) {
    const value = path.reduce<unknown>(
      (inner, step) => (inner as Record<PropertyKey, unknown> | undefined)?.[step],
      data,
    );
    if (typeof value === 'string')
      files.push({ file: fileName, key: formatPath(path), path: absolute(value), ...document.positionOf(path) });
  }
  const { uplink, privacy, labels, staff } = data;
  const config: Config = {
    ...data,
    gateway: { ...data.gateway, dataDir: absolute(data.gateway.dataDir) },
    uplink: {
      ...uplink,
      ...(uplink.passwordFile !== undefined && { passwordFile: absolute(uplink.passwordFile) }),
      ...(uplink.tls && {
        tls: Object.fromEntries(Object.entries(uplink.tls).map(([key, path]) => [key, absolute(path)])),
      }),
    },
    privacy: { recipient: absolute(privacy.recipient), personRefKey: absolute(privacy.personRefKey) },
    labels: { ...labels, ...(labels.dir !== undefined && { dir: absolute(labels.dir) }) },
    ...(staff !== undefined && { staff: absolute(staff) }),
    devices: devices.map((device) => device.config!),
    api: { listen: parseListen(data.api.listen)! },
  };
  return { config, files: files.toSorted(byPosition) };
}

/** Says which referenced files are not there or cannot be read; never looks inside. */
export async function checkFiles(files: readonly FileReference[]): Promise<Problem[]> {
  const results = await Promise.all(
    files.map(async ({ path, ...where }): Promise<Problem | undefined> => {
      const kind = where.key === directoryKey ? 'directory' : 'file';
      const origin = origins.get(where.key);
      const problem = (wrong: string) => ({
        ...where,
        wrong: `${path} ${wrong}`,
        allowed: `a ${kind} that the gateway may read${origin === undefined ? '' : ` (${origin})`}`,
      });
      try {
        const found = await stat(path);
        if (!(kind === 'file' ? found.isFile() : found.isDirectory())) return problem(`is not a ${kind}`);
        await access(path, kind === 'file' ? constants.R_OK : constants.R_OK | constants.X_OK);
        return undefined;
      } catch (error) {
        return problem((error as NodeJS.ErrnoException).code === 'EACCES' ? 'may not be read' : 'does not exist');
      }
    }),
  );
  return results.filter((problem) => problem !== undefined);
}

function deviceList(value: unknown): readonly unknown[] {
  const devices = typeof value === 'object' && value !== null ? Reflect.get(value, 'devices') : undefined;
  return Array.isArray(devices) ? devices : [];
}
