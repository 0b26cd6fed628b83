/** Reads a configuration file for a command: all its problems at once, or the configuration with its secrets. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type Config, checkFiles, loadConfig } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { fileTrouble } from '../file-trouble.ts';
import { readSecrets, type Secrets, SecretUnfit } from '../secrets.ts';

export interface LoadedConfig {
  readonly config: Config;
  readonly sha256: string;
  readonly secrets: Secrets;
}

/** Either what is needed to start, or lines that say everything that is wrong. */
export async function loadForStart(file: string): Promise<LoadedConfig | { readonly problems: readonly string[] }> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return { problems: [`${file}: ${fileTrouble(error)}`] };
  }
  const loaded = loadConfig(text, file, drivers);
  if (!loaded.config) return { problems: loaded.problems!.map(formatProblem) };
  const missing = await checkFiles(loaded.files);
  if (missing.length > 0) return { problems: missing.map(formatProblem) };
  try {
    return {
      config: loaded.config,
      sha256: createHash('sha256').update(text).digest('hex'),
      secrets: await readSecrets(loaded.config),
    };
  } catch (error) {
    if (!(error instanceof SecretUnfit)) throw error;
    return { problems: [`${file}: ${error.message}`] };
  }
}
