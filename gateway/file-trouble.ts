/** Files that somebody named, on the command line or in the configuration: what is wrong with one, in words. */
import { readFile } from 'node:fs/promises';

const words: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'does not exist'],
  ['EACCES', 'may not be read by this user'],
  ['EISDIR', 'is a directory, not a file'],
]);

/** `error`: of the attempt to read it. */
export function fileTrouble(error: unknown): string {
  const { code = 'no code' } = error as NodeJS.ErrnoException;
  return words.get(code) ?? `cannot be read (${code})`;
}

/** The text of a file. Rejects with an Error of one line that names the file. */
export async function readNamed(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`${file}: ${fileTrouble(error)}`);
  }
}
