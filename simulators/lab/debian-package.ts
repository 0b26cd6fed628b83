/** Takes files out of Debian's packages without installing them: nothing of this machine changes, and no root is needed. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The package that a meta-package such as `linux-image-amd64` now stands for. */
export function dependencyOf(metaPackage: string, prefix: string): string {
  const listing = execFileSync('apt-cache', ['depends', metaPackage], { encoding: 'utf8' });
  const name = listing.match(/Depends: (\S+)/g)?.map((line) => line.slice('Depends: '.length));
  const found = name?.find((dependency) => dependency.startsWith(prefix));
  if (!found) throw new Error(`apt knows no ${metaPackage}: run apt-get update`);
  return found;
}

/** Downloads `name` and unpacks from it what matches `patterns` (all of it, if there are none) into `dir`. */
export async function unpackPackage(name: string, dir: string, patterns: readonly string[] = []): Promise<void> {
  const download = mkdtempSync(join(dir, 'download-'));
  try {
    // As root, apt would download as the user _apt, who may not write here.
    const apt = ['-q', '-o', 'APT::Sandbox::User=root', 'download', name];
    execFileSync('apt-get', apt, { cwd: download, stdio: ['ignore', 'ignore', 'inherit'] });
    const deb = readdirSync(download).find((file) => file.endsWith('.deb'));
    if (!deb) throw new Error(`apt-get download ${name} brought no package`);
    const read = spawn('dpkg-deb', ['--fsys-tarfile', join(download, deb)], { stdio: ['ignore', 'pipe', 'pipe'] });
    const write = spawn('tar', ['-x', '-C', dir, '--wildcards', ...patterns], { stdio: ['pipe', 'ignore', 'pipe'] });
    read.stdout.pipe(write.stdin);
    // A tar that gave up says why on its own.
    write.stdin.on('error', () => {});
    await Promise.all([success(read, `dpkg-deb ${name}`), success(write, `tar ${name}`)]);
  } finally {
    rmSync(download, { recursive: true, force: true });
  }
}

/** Resolves when the process ends with 0; else rejects with what it said. */
export async function success(child: ChildProcess, what: string): Promise<void> {
  const [said, code] = await Promise.all([
    child.stderr ? text(child.stderr) : '',
    new Promise<number | null>((resolve, reject) => {
      child.once('exit', resolve);
      child.once('error', reject);
    }),
  ]);
  if (code !== 0) throw new Error(`${what}: ${said.trim() || `ended with ${code}`}`);
}
