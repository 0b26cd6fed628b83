/** The generated pages against what they are about, both ways; that they are fresh is in `test/config/generate.test.ts`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type FaultCode, faults } from '../../device-drivers/faults.ts';
import { readmeWithDrivers } from '../../device-drivers/pages.ts';
import { drivers } from '../../device-drivers/registry.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');
const codes = Object.keys(faults) as FaultCode[];

test('FAULTS.md explains every fault, and no other', () => {
  const rows = [...read('device-drivers/FAULTS.md').matchAll(/^\| `([a-z-]+)` \| (.+) \| (.+) \| (.+) \|$/gm)];
  expect(rows.map(([, code]) => code)).toEqual(codes);
  for (const [, code, means, fix] of rows) expect(faults[code as FaultCode]).toEqual({ means, fix });
});

test('every fault is declared by a driver or raised by the session, the transports and the supervisor', () => {
  const shared = ['device-drivers', 'gateway/supervisor']
    .flatMap((dir) => readdirSync(root + dir).map((file) => `${dir}/${file}`))
    .filter((file) => file.endsWith('.ts') && file !== 'device-drivers/faults.ts')
    .map(read)
    .join();
  const declared = new Set([...drivers.values()].flatMap((driver) => driver.faults));
  const orphans = codes.filter((code) => !declared.has(code) && !shared.includes(`'${code}'`));
  // Raised by nearly every driver with a conversation, and so by any device.
  expect(orphans).toEqual(['no-reply']);
});

test('the files that the README names are there, and every driver is named', () => {
  const readme = read('README.md');
  const links = [...readme.matchAll(/\]\(([\w./-]+)\)/g)].map(([, path]) => path!);
  expect(links.filter((path) => !existsSync(root + path))).toEqual([]);
  for (const name of drivers.keys()) expect(links).toContain(`device-drivers/drivers/${name}.ts`);
});

test('a README without a place for the table is said', () => {
  expect(() => readmeWithDrivers('# hutgate\n', drivers)).toThrow('README.md has no lines <!-- drivers');
});
