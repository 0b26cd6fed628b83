/** Finds files that ship with the package but are not compiled: the page, the version. The same from source and from dist/. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findRoot(dirname(from));
}

export const packageRoot = findRoot(dirname(fileURLToPath(import.meta.url)));

export const softwareVersion: string = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version;
