/** Patterns of the campaign, each by itself and against the others; limits that contradict each other. */
import { codePattern, personPattern } from './code-pattern.ts';
import type { Path } from './document.ts';
import { type Finding, formatPath } from './problem.ts';
import { at, listAt, textAt } from './raw-value.ts';
import { objectCodes, tubeAge } from './schema.ts';

/** Of the laminated sheet and the identify card: what they mean is fixed, so no other code may look like them. */
const commands = [
  'HUTGATE:NO',
  'HUTGATE:UNDO',
  'HUTGATE:CLOSE-TUBE',
  'HUTGATE:VOID:OTHER',
  'HUTGATE:IDENTIFY:scanner-1',
];

export function campaignChecks(root: unknown): Finding[] {
  return [...patterns(root), ...personNames(root), ...ages(root)];
}

function patterns(root: unknown): Finding[] {
  const findings: Finding[] = [];
  /** Key that stands for each text of a pattern, and for which symbology. */
  const seen = new Map<string, string>();
  const check = (path: Path, compile: typeof codePattern, symbology = '') => {
    const source = textAt(root, path);
    if (source === undefined) return;
    const problem = (wrong: string, allowed: string) => findings.push({ path, at: 'value', wrong, allowed });
    const compiled = compile(source);
    if ('wrong' in compiled) return problem(compiled.wrong, compiled.allowed);
    if (commands.some(compiled.matches)) problem('also matches command barcodes', 'no text that begins with HUTGATE:');
    const earlier = seen.get(source) ?? seen.get(`${symbology} ${source}`);
    if (earlier !== undefined) return problem(`is the pattern of ${earlier} too`, 'a pattern that tells them apart');
    seen.set(path[1] === 'persons' ? `${symbology} ${source}` : source, formatPath(path));
  };

  for (const name of Object.keys(objectCodes.shape)) check(['campaign', 'codes', name], codePattern);
  for (const [index, person] of listAt(root, ['campaign', 'persons']).entries())
    check(['campaign', 'persons', index, 'pattern'], personPattern, textAt(person, ['symbology']));
  return findings;
}

function personNames(root: unknown): Finding[] {
  const seen = new Set<string>();
  return listAt(root, ['campaign', 'persons']).flatMap((person, index): Finding[] => {
    const name = textAt(person, ['name']);
    if (name === undefined) return [];
    const again = seen.has(name);
    seen.add(name);
    const path = ['campaign', 'persons', index, 'name'];
    return again ? [{ path, at: 'value', wrong: 'is the name of an earlier code', allowed: 'each name once' }] : [];
  });
}

function ages(root: unknown): Finding[] {
  const under = ['campaign', 'tubeAge'];
  const said = at(root, under);
  if (said === undefined) return [];
  const { data } = tubeAge.safeParse(said);
  if (!data || data.amberMinutes < data.redMinutes) return [];
  const key = at(said, ['redMinutes']) === undefined ? 'amberMinutes' : 'redMinutes';
  const wrong = `amber is after ${data.amberMinutes} and red after ${data.redMinutes} minutes`;
  return [{ path: [...under, key], at: 'value', wrong, allowed: 'amberMinutes below redMinutes' }];
}
