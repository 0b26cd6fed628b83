/** The archive is read back by the rules of the kernel's buffer-format.rst; that the kernel itself takes it, each start of the lab shows. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cpioArchive } from '../../../simulators/lab/cpio.ts';

interface Read {
  readonly path: string;
  readonly mode: number;
  readonly device: readonly number[];
  readonly data: Buffer;
}

function read(archive: Buffer): Read[] {
  const found: Read[] = [];
  const field = (at: number, index: number) =>
    Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
  const aligned = (at: number) => (at + 3) & ~3;
  for (let at = 0; ; ) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const [mode, size, pathBytes] = [field(at, 1), field(at, 6), field(at, 11)];
    const path = archive.toString('utf8', at + 110, at + 110 + pathBytes - 1);
    expect(archive[at + 110 + pathBytes - 1]).toBe(0);
    const dataAt = aligned(at + 110 + pathBytes);
    if (path === 'TRAILER!!!') return found;
    found.push({ path, mode, device: [field(at, 9), field(at, 10)], data: archive.subarray(dataAt, dataAt + size) });
    at = aligned(dataAt + size);
  }
}

test('folders, files, programs and devices', () => {
  const archive = cpioArchive([
    { kind: 'dir', path: 'dev' },
    { kind: 'device', path: 'dev/console', major: 5, minor: 1 },
    { kind: 'file', path: 'init', data: Buffer.from('#!'), executable: true },
    { kind: 'file', path: 'note', data: new Uint8Array() },
  ]);
  expect(read(archive)).toEqual([
    { path: 'dev', mode: 0o040755, device: [0, 0], data: Buffer.alloc(0) },
    { path: 'dev/console', mode: 0o020600, device: [5, 1], data: Buffer.alloc(0) },
    { path: 'init', mode: 0o100755, device: [0, 0], data: Buffer.from('#!') },
    { path: 'note', mode: 0o100644, device: [0, 0], data: Buffer.alloc(0) },
  ]);
});

test('whatever the names and contents are, they come back', () => {
  const file = fc.record({
    kind: fc.constant('file' as const),
    path: fc.stringMatching(/^[\w./-]{1,40}$/).filter((path) => path !== 'TRAILER!!!'),
    data: fc.uint8Array({ maxLength: 300 }),
  });
  fc.assert(
    fc.property(fc.array(file, { maxLength: 10 }), (files) => {
      const back = read(cpioArchive(files)).map(({ path, data }) => ({ path, data: [...data] }));
      expect(back).toEqual(files.map(({ path, data }) => ({ path, data: [...data] })));
    }),
  );
});
