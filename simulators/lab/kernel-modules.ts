/** Which module files to load, and in which order: what a module depends on stands in its own `.modinfo`, so no depmod is needed. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Files of `names` and of all they depend on, each after what it needs. @throws naming a module that is not there. */
export function modulesInOrder(modulesDir: string, names: readonly string[]): readonly string[] {
  const files = new Map(
    readdirSync(modulesDir, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ko'))
      .map((path) => [normal(basename(path, '.ko')), join(modulesDir, path)]),
  );
  const ordered = new Set<string>();
  const visit = (name: string, by: string) => {
    const file = files.get(normal(name));
    if (file === undefined) throw new Error(`the kernel module ${name}, wanted by ${by}, is not in ${modulesDir}`);
    if (ordered.has(file)) return;
    for (const dependency of dependenciesIn(readFileSync(file))) visit(dependency, name);
    ordered.add(file);
  };
  for (const name of names) visit(name, 'the lab');
  return [...ordered];
}

/** From the `depends=a,b` of a module's `.modinfo` section. */
function dependenciesIn(module: Buffer): readonly string[] {
  const text = /\0depends=([^\0]*)\0/.exec(module.toString('latin1'))?.[1] ?? '';
  return text.split(',').filter(Boolean);
}

const normal = (name: string) => name.replaceAll('-', '_');
