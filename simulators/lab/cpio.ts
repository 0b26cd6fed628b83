/** Writes a cpio archive in the "newc" format, which is what the kernel unpacks as its initramfs (Documentation/driver-api/early-userspace/buffer-format.rst). */

export type CpioEntry =
  | { readonly kind: 'dir'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly data: Uint8Array; readonly executable?: boolean }
  | { readonly kind: 'device'; readonly path: string; readonly major: number; readonly minor: number };

const magic = '070701';
/** Header, path and data each begin at a multiple of this. */
const alignBytes = 4;

/** Folders have to stand before what is in them. */
export function cpioArchive(entries: readonly CpioEntry[]): Buffer {
  const records = entries.map((entry, index) => record(index + 1, entry.path, modeOf(entry), entry));
  return Buffer.concat([...records, record(entries.length + 1, 'TRAILER!!!', 0)].flat());
}

function modeOf(entry: CpioEntry): number {
  if (entry.kind === 'dir') return 0o040755;
  if (entry.kind === 'device') return 0o020600;
  return entry.executable ? 0o100755 : 0o100644;
}

function record(inode: number, path: string, mode: number, entry?: CpioEntry): Uint8Array[] {
  const name = Buffer.from(`${path}\0`);
  const data = entry?.kind === 'file' ? entry.data : new Uint8Array();
  const [major, minor] = entry?.kind === 'device' ? [entry.major, entry.minor] : [0, 0];
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, name.length, 0];
  const header = magic + fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  return [...padded(Buffer.concat([Buffer.from(header), name])), ...padded(data)];
}

const padded = (bytes: Uint8Array) => [bytes, Buffer.alloc(-bytes.length & (alignBytes - 1))];
