/**
 * GPIO lines through the kernel's sysfs interface (kernel documentation, gpio/sysfs) by `onoff` 6. Only where the old global
 * export file exists; newer kernels have none or another, and libgpiod's tools are used there. The interface has no pull
 * resistors, and reads the level when it gets round to it: a pulse shorter than that is lost, and a missed edge is healed
 * by reading again.
 *
 * `onoff` waits in a busy loop for rights to a line's files, and passes over errors of a line that was exported before. So
 * the line is exported and waited for here, and what became of it is looked at. Its `epoll` loads in one thread of a
 * process only: the main one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LinkOpenError } from '../link.ts';
import type { GpioLine, Level } from './gpio-line.ts';

const sysfs = '/sys/class/gpio';
const rereadEveryMs = 1_000;
/** Until udev has given the group its rights to a line that was just exported. */
const rightsWithinMs = 1_000;
const lookForRightsMs = 20;

type Onoff = Pick<typeof import('onoff'), 'Gpio'>;

export interface SysfsParts {
  readonly root: string;
  readonly loadOnoff: () => Promise<Onoff>;
}
const realParts: SysfsParts = { root: sysfs, loadOnoff: loadBinding };

/** undefined: this kernel has no sysfs GPIO, or no longer the global one. @throws LinkOpenError */
export async function findSysfsLine(
  chip: string,
  line: number,
  parts: SysfsParts = realParts,
): Promise<GpioLine | undefined> {
  const { root } = parts;
  const chips = await chipsOf(root);
  if (!chips) return undefined;
  const found = chips.filter(({ label }) => label === chip);
  if (found.length === 0)
    throw new LinkOpenError('missing', `there is no GPIO chip ${chip}, only ${chips.map((c) => c.label).join(', ')}`);
  if (found.length > 1) throw new LinkOpenError('failed', `${found.length} GPIO chips are called ${chip}`);
  const [{ base, lines }] = found as [Chip];
  if (line >= lines) throw new LinkOpenError('missing', `the GPIO chip ${chip} has the lines 0 to ${lines - 1}`);
  return sysfsLine(base + line, `line ${line} of ${chip}`, parts);
}

/** A mark of the chip, another one after it was away; false when it is not there; undefined without sysfs GPIO. */
export async function sysfsMark(chip: string, root = sysfs): Promise<string | false | undefined> {
  const chips = await chipsOf(root);
  const found = chips?.find(({ label }) => label === chip);
  if (!found) return chips && false;
  const { ino, ctimeNs } = await stat(join(root, found.name), { bigint: true });
  return `${ino}:${ctimeNs}`;
}

interface Chip {
  readonly name: string;
  readonly label: string;
  readonly base: number;
  readonly lines: number;
}

async function chipsOf(root: string): Promise<Chip[] | undefined> {
  const names = await readdir(root).catch(() => undefined);
  if (!names?.includes('export')) return undefined;
  const text = async (name: string, file: string) => (await readFile(join(root, name, file), 'utf8')).trim();
  const chips = names
    .filter((name) => /^gpiochip\d+$/.test(name))
    .map(async (name) => {
      const [label, base, ngpio] = await Promise.all(['label', 'base', 'ngpio'].map((file) => text(name, file)));
      return { name, label: label!, base: Number(base), lines: Number(ngpio) };
    });
  // One that goes away between the listing and the reading is not there.
  return (await Promise.allSettled(chips)).flatMap((chip) => (chip.status === 'fulfilled' ? [chip.value] : []));
}

function sysfsLine(global: number, name: string, { root, loadOnoff }: SysfsParts): GpioLine {
  const dir = join(root, `gpio${global}`);
  const has = (file: string) =>
    access(join(dir, file)).then(
      () => true,
      () => false,
    );

  async function take(direction: 'in' | 'high' | 'low') {
    if (!(await has('value'))) {
      await writeFile(join(root, 'export'), String(global)).catch((error: NodeJS.ErrnoException) => {
        throw exportError(name, error);
      });
    }
    // An interrupt-less line has no `edge` file: its level is only read again and again.
    const edge = direction === 'in' && (await has('edge'));
    await waitForRights(['value', 'direction', ...(edge ? ['edge'] : [])]);
    const { Gpio } = await loadOnoff();
    try {
      const gpio = new Gpio(global, direction, edge ? 'both' : 'none');
      const became = gpio.direction();
      if (became === (direction === 'in' ? 'in' : 'out')) return { gpio, edge };
      gpio.unexport();
    } catch (error) {
      throw new LinkOpenError('failed', `${name}: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`);
    }
    throw new LinkOpenError('busy', `${name} has another direction, which cannot be changed`);
  }

  async function waitForRights(files: readonly string[]): Promise<void> {
    for (let leftMs = rightsWithinMs; ; leftMs -= lookForRightsMs) {
      const denied = await Promise.all(
        files.map((file) =>
          access(join(dir, file), constants.R_OK | constants.W_OK).then(
            () => false,
            () => true,
          ),
        ),
      );
      if (!denied.includes(true)) return;
      if (leftMs <= 0) throw new LinkOpenError('denied', `no rights to ${name} (${dir})`);
      await new Promise((resolve) => setTimeout(resolve, lookForRightsMs));
    }
  }

  return {
    async input(_bias, { level, lost }) {
      const { gpio, edge } = await take('in');
      let isClosed = false;
      const fail = (error: NodeJS.ErrnoException) => {
        if (!isClosed) lost(`${name} cannot be read (${error.code ?? error.message})`);
      };
      const read = () =>
        gpio.read().then((now) => {
          if (!isClosed) level(now);
        }, fail);
      await read();
      if (edge) gpio.watch((error, now) => (error ? fail(error) : level(now)));
      const timer = setInterval(read, rereadEveryMs);
      return {
        async close() {
          isClosed = true;
          clearInterval(timer);
          gpio.unexport();
        },
      };
    },
    async output(safe) {
      const { gpio } = await take(safe === 1 ? 'high' : 'low');
      const guard = spawnGuard(join(dir, 'value'), safe);
      return {
        set: (to) => gpio.write(to),
        async close() {
          await gpio.write(safe).catch(() => {});
          await guard.end();
          gpio.unexport();
        },
      };
    },
  };
}

/** A line keeps its level when the process that set it is killed. This shell outlives us just long enough to put it back. */
function spawnGuard(valueFile: string, safe: Level) {
  const script = 'trap "" TERM INT HUP; read -r _; echo "$2" > "$1"';
  const guard = spawn('/bin/sh', ['-c', script, 'sh', valueFile, String(safe)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(guard, 'exit').catch(() => {});
  guard.stdin.on('error', () => {});
  return {
    async end() {
      guard.stdin.end();
      await ended;
    },
  };
}

function exportError(name: string, { code }: NodeJS.ErrnoException): LinkOpenError {
  if (code === 'EACCES' || code === 'EPERM')
    return new LinkOpenError('denied', `no rights to GPIO lines (${sysfs}/export)`);
  if (code === 'EBUSY') return new LinkOpenError('busy', `${name} is used by the kernel or another program`);
  return new LinkOpenError('failed', `${name} cannot be exported (${code})`);
}

async function loadBinding(): Promise<Onoff> {
  try {
    return await import('onoff');
  } catch (error) {
    throw new LinkOpenError('unsupported', `onoff cannot be loaded: ${(error as Error).message}`);
  }
}
