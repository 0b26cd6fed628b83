/**
 * Debian's stock kernel for the lab: the image and the module folders that hold what the lab loads, unpacked once into the
 * cache (60 MB). The cloud kernel has neither USB nor GPIO nor 9p.
 */
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { dependencyOf, unpackPackage } from './debian-package.ts';

export interface Kernel {
  /** Such as `6.1.0-56-amd64`. */
  readonly release: string;
  readonly image: string;
  readonly modulesDir: string;
}

const moduleFolders = [
  ...['drivers/hid', 'drivers/usb', 'drivers/virtio', 'drivers/char', 'drivers/net', 'drivers/i2c', 'drivers/gpio'],
  ...['drivers/input', 'fs/9p', 'fs/overlayfs', 'fs/fscache', 'fs/netfs', 'fs/configfs', 'fs/nls'],
  ...['net/9p', 'net/core'],
];

/** Rejects with what apt or dpkg said. */
export async function ensureKernel(cacheDir: string, say: (line: string) => void): Promise<Kernel> {
  const name = dependencyOf('linux-image-amd64', 'linux-image-');
  const release = name.slice('linux-image-'.length);
  const dir = join(cacheDir, name);
  if (!existsSync(dir)) {
    say(`fetching ${name} (70 MB, once)`);
    const unpacked = mkdtempSync(`${dir}-`);
    try {
      const patterns = ['./boot/vmlinuz-*', ...moduleFolders.map((folder) => `./lib/modules/*/kernel/${folder}/*`)];
      await unpackPackage(name, unpacked, patterns);
      // In one step: what stands under its name is whole.
      renameSync(unpacked, dir);
    } finally {
      rmSync(unpacked, { recursive: true, force: true });
    }
  }
  return { release, image: join(dir, `boot/vmlinuz-${release}`), modulesDir: join(dir, 'lib/modules', release) };
}
