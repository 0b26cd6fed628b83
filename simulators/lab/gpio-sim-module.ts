/**
 * The kernel's own gpio-sim (drivers/gpio/gpio-sim.c, kernel/irq/irq_sim.c), which Debian's kernel leaves out, built as a
 * module from Debian's headers and source. Needs gcc and make; nothing is installed.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dependencyOf, success, unpackPackage } from './debian-package.ts';

const sources = ['drivers/gpio/gpio-sim.c', 'drivers/gpio/gpiolib.h', 'kernel/irq/irq_sim.c'];

/** Undefined, with the reason said, where it cannot be built: the lab then has the lines of a CP2112. */
export async function ensureGpioSim(
  cacheDir: string,
  release: string,
  say: (line: string) => void,
): Promise<string | undefined> {
  const module = join(cacheDir, `gpio-sim-${release}.ko`);
  if (existsSync(module)) return module;
  try {
    for (const tool of ['gcc', 'make']) execFileSync('which', [tool], { stdio: 'ignore' });
  } catch {
    say('no gpio-sim: there is no gcc and make here');
    return undefined;
  }
  say('building gpio-sim (fetching 150 MB of headers and source, once)');
  const work = mkdtempSync(join(cacheDir, 'gpio-sim-'));
  try {
    await build(work, release, module);
    return module;
  } catch (error) {
    say(`no gpio-sim: ${(error as Error).message}`);
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function build(work: string, release: string, module: string): Promise<void> {
  const headers = `linux-headers-${release}`;
  const version = release.split('.', 2).join('.');
  await unpackPackage(headers, work);
  await unpackPackage(dependencyOf(headers, 'linux-headers-'), work);
  await unpackPackage(`linux-kbuild-${version}`, work);
  // The packages name each other by the paths of an installed system.
  const makefile = join(work, 'usr/src', headers, 'Makefile');
  writeFileSync(makefile, readFileSync(makefile, 'utf8').replaceAll('/usr/src/', `${work}/usr/src/`));

  const source = `linux-source-${version}`;
  await unpackPackage(source, work, [`./usr/src/${source}.tar.xz`]);
  const tarball = join(work, 'usr/src', `${source}.tar.xz`);
  const from = sources.map((path) => `${source}/${path}`);
  const moduleDir = join(work, 'module');
  mkdirSync(moduleDir);
  const untar = ['-xJf', tarball, '-C', moduleDir, '--transform=s,.*/,,', ...from];
  await success(spawn('tar', untar, { stdio: ['ignore', 'ignore', 'pipe'] }), 'tar');
  // irq_to_desc is not exported to modules; generic_handle_irq does the same from outside.
  const irqSim = join(moduleDir, 'irq_sim.c');
  const exported = readFileSync(irqSim, 'utf8').replace(
    /handle_simple_irq\(irq_to_desc\((\w+)\)\)/,
    'generic_handle_irq($1)',
  );
  writeFileSync(irqSim, exported);
  writeFileSync(join(moduleDir, 'Kbuild'), 'obj-m := gpio-sim-lab.o\ngpio-sim-lab-y := gpio-sim.o irq_sim.o\n');
  const make = ['-s', '-C', join(work, 'usr/src', headers), `M=${moduleDir}`, 'modules'];
  await success(spawn('make', make, { stdio: ['ignore', 'ignore', 'pipe'] }), 'make');
  const built = join(moduleDir, 'gpio-sim-lab.ko');
  await success(spawn('strip', ['--strip-debug', built], { stdio: ['ignore', 'ignore', 'pipe'] }), 'strip');
  renameSync(built, module);
}
