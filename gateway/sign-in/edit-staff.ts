/**
 * Changes the staff file in place: comments and order stay. Written beside it and renamed, so that a power cut leaves the
 * old file or the new one, with the rights of the old one.
 */
import { constants } from 'node:fs';
import { chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMap, isSeq, parseDocument, type YAMLSeq } from 'yaml';
import { formatProblem } from '../../config/problem.ts';
import { fileTrouble } from '../file-trouble.ts';
import { readStaff, type Staff, type StaffMember } from './staff.ts';

/** The file cannot be used or changed; the message says what to do. */
export class StaffUnfit extends Error {
  override readonly name = 'StaffUnfit';
}

export type StaffEdit =
  | { readonly add: StaffMember }
  | { readonly remove: string }
  | { readonly set: string; readonly hash: string };

/** A file that is not there has no members. Throws StaffUnfit. */
export async function staffIn(path: string, isBadge: (text: string) => boolean): Promise<Staff> {
  return parsed(await textOf(path), path, isBadge);
}

/**
 * `like`: a file that the gateway reads; a new staff file gets its owner. Resolves with what the file says now. Throws
 * StaffUnfit when the file would not be right afterwards: then it is as it was.
 */
export async function editStaff(
  path: string,
  edit: StaffEdit,
  isBadge: (text: string) => boolean,
  like: string,
): Promise<Staff> {
  const file = await realpath(path).catch(() => path);
  const fresh = `${file}.new`;
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  const handle = await open(fresh, O_CREAT | O_EXCL | O_WRONLY, 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw new StaffUnfit(`${path}: cannot be changed: ${error.code}`);
    throw new StaffUnfit(`${fresh}: somebody else is changing the staff; if nobody is, remove this file`);
  });
  try {
    const before = await textOf(file);
    parsed(before, path, isBadge);
    const after = edited(before, edit);
    const staff = parsed(after, path, isBadge);
    await handle.writeFile(after);
    const { uid, gid, mode } = await stat(file).catch(() => stat(like));
    await handle.chmod(0o600 | (mode & 0o040));
    if (process.getuid?.() === 0) await chown(fresh, uid, gid);
    await handle.sync();
    await rename(fresh, file);
    const directory = await open(dirname(file));
    await directory.sync().finally(() => directory.close());
    return staff;
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'staff: []\n';
    throw new StaffUnfit(`${path}: ${fileTrouble(error)}`);
  }
}

function parsed(text: string, path: string, isBadge: (text: string) => boolean): Staff {
  const read = readStaff(text, path, isBadge);
  if ('staff' in read) return read.staff;
  throw new StaffUnfit(read.problems.map(formatProblem).join('\n'));
}

/** `text` is a staff file without problems. */
export function edited(text: string, edit: StaffEdit): string {
  const document = parseDocument(text);
  const list = document.get('staff') as YAMLSeq;
  if (!isSeq(list)) throw new StaffUnfit('staff: is not a list');
  const indexOf = (id: string) => {
    const index = list.items.findIndex((item) => isMap(item) && item.get('id') === id);
    if (index < 0) throw new StaffUnfit(`there is no ${id} in the staff`);
    return index;
  };
  if ('add' in edit) {
    // An empty list is written as [], and one line with everybody would be hard to read. In JSON it has to stay.
    if (list.items.length === 0 && isMap(document.contents) && document.contents.flow !== true) list.flow = false;
    list.add(document.createNode(edit.add, { flow: true }));
  } else if ('remove' in edit) list.items.splice(indexOf(edit.remove), 1);
  else list.setIn([indexOf(edit.set), 'hash'], edit.hash);
  return document.toString({ lineWidth: 0 });
}
