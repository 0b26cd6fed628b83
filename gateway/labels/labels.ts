/** The labels of a hut: the templates that come with hutgate in config/labels, and in their place those of the hut's own directory. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../../config/problem.ts';
import type { Driver, PrintJob } from '../../device-drivers/driver.ts';
import type { Fault } from '../../device-drivers/faults.ts';
import { fileTrouble } from '../file-trouble.ts';
import { packageRoot } from '../package-root.ts';
import { fill, type LabelLanguage, labelLanguages, parseTemplate, type Template } from './template.ts';
import { type LabelKind, type LabelValues, labelKinds, sampleTexts, textsOf } from './values.ts';

/** By the name of the file: `tube.zpl`. */
export type LabelTemplates = ReadonlyMap<string, Template>;

export interface LoadedTemplates {
  readonly templates: LabelTemplates;
  /** Everything that is wrong with the files of the hut's own directory. */
  readonly problems: readonly Problem[];
}

const builtIn = join(packageRoot, 'config', 'labels');
const names: readonly string[] = labelKinds.flatMap((kind) => labelLanguages.map((language) => `${kind}.${language}`));

/** In which language a printer is spoken to; undefined when the driver is no printer's. */
export const labelLanguageOf = (driver: string): LabelLanguage | undefined =>
  labelLanguages.find((language) => driver === `printer-${language}`);

/**
 * `dir` need not hold all of the files; what it does not hold is the built-in one. Each template is tried: filled with
 * sample values, and given to its driver to look at. A template with a problem is not among the templates.
 */
export async function loadTemplates(
  dir: string | undefined,
  drivers: ReadonlyMap<string, Pick<Driver, 'labelFault'>>,
): Promise<LoadedTemplates> {
  const own = dir === undefined ? [] : await filesIn(dir);
  if ('wrong' in own) return { templates: new Map(), problems: [own] };
  const problems: Problem[] = own
    .filter((name) => isTemplate(name) && !names.includes(name))
    .map((name) => ({ ...startOf(join(dir!, name)), wrong: 'no label has this name', allowed: names.join(', ') }));
  const templates = new Map<string, Template>();
  for (const name of names) {
    const file = join(own.includes(name) ? dir! : builtIn, name);
    const found = await loadOne(file, name, drivers);
    if ('template' in found) templates.set(name, found.template);
    else problems.push(...found.problems);
  }
  return { templates, problems };
}

const isTemplate = (name: string) => labelLanguages.some((language) => name.endsWith(`.${language}`));

const startOf = (file: string) => ({ file, line: 1, column: 1, key: '' });

async function filesIn(dir: string): Promise<readonly string[] | Problem> {
  try {
    return await readdir(dir);
  } catch (error) {
    return { ...startOf(dir), wrong: fileTrouble(error) };
  }
}

async function loadOne(
  file: string,
  name: string,
  drivers: ReadonlyMap<string, Pick<Driver, 'labelFault'>>,
): Promise<{ readonly template: Template } | { readonly problems: readonly Problem[] }> {
  const [kind, language] = name.split('.') as [LabelKind, LabelLanguage];
  const texts = sampleTexts(kind);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return { problems: [{ ...startOf(file), wrong: fileTrouble(error) }] };
  }
  const { template, problems } = parseTemplate(text, file, language, [...texts.keys()]);
  if (problems.length > 0) return { problems };
  const filled = fill(template, texts);
  const driver = `printer-${language}`;
  const fault = 'label' in filled ? drivers.get(driver)?.labelFault?.(filled.label) : undefined;
  if (fault === undefined) return { template };
  return { problems: [{ ...startOf(file), wrong: `${driver} cannot print it, comments left out: ${fault.detail}` }] };
}

/**
 * What a printer's `print` command takes besides a job id: `{ jobId, ...rendered }`; or why this label cannot be: no
 * template, or a code that no barcode can carry (its key is named, never its value).
 */
export function renderLabel<K extends LabelKind>(
  templates: LabelTemplates,
  kind: K,
  language: LabelLanguage,
  values: LabelValues[K],
): Pick<PrintJob, 'label'> | { readonly fault: Fault } {
  const template = templates.get(`${kind}.${language}`);
  if (!template) return { fault: { code: 'label-invalid', detail: `no template ${kind}.${language}` } };
  const filled = fill(template, textsOf(kind, values));
  if ('label' in filled) return filled;
  return { fault: { code: 'label-invalid', detail: `${filled.unfit} is not 1 to 32 printable ASCII characters` } };
}
