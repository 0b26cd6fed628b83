/** The machine under the hut: clock, disk, the user, and the programs and rules that matter to devices. */
import { constants } from 'node:fs';
import { access, mkdtemp, open, readFile, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Clock, systemClock } from '../../../device-drivers/clock.ts';
import { type NtpState, watchClock } from '../../clock-quality.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { programs } from './processes.ts';

export async function checkClock(clock: Clock = systemClock, ntp?: () => Promise<NtpState>): Promise<Finding> {
  const watch = await watchClock({ clock, onStep() {}, ...(ntp && { ntp }) });
  const quality = watch.quality();
  watch.stop();
  const now = new Date(clock.wallMs()).toISOString().slice(0, 19).replace('T', ' ');
  if (quality === 'synced') return ok('clock', `synchronised; ${now} UTC`);
  if (quality === 'holdover')
    return warn(
      'clock',
      `${now} UTC is plausible, but nothing here tells whether it is synchronised`,
      'apt install systemd-timesyncd (or chrony); the gateway asks timedatectl',
    );
  return fail(
    'clock',
    `not synchronised: this machine believes ${now} UTC`,
    'timedatectl set-ntp true, and let NTP (UDP 123) through. Sampling works meanwhile, and its events say so',
  );
}

/** A busy hut's 72 hours without network: 180,000 events of about 1 KB. */
const roomyBytes = 1_000_000_000;
const tightBytes = 200_000_000;
const slowFsyncMs = 50;

export interface DiskParts {
  readonly freeBytes: (dir: string) => Promise<number>;
  /** Milliseconds of small fdatasyncs in the directory. */
  readonly fsyncMs: (dir: string) => Promise<readonly number[]>;
}

const realDisk: DiskParts = {
  async freeBytes(dir) {
    const { bavail, bsize } = await statfs(dir);
    return bavail * bsize;
  },
  fsyncMs: measureFsync,
};

/** `measure`: not while a gateway runs, whose commits would wait for it. */
export async function checkDisk(dataDir: string, measure: boolean, disk: DiskParts = realDisk): Promise<Finding[]> {
  const dir = await nearestThere(dataDir);
  const isThere = dir === dataDir;
  const writable = await Promise.all([access(dir, constants.W_OK), stat(dir)]).then(
    ([, found]) => found.isDirectory(),
    () => false,
  );
  if (!writable) {
    const what = isThere ? `${dataDir} may not be written` : `${dataDir} does not exist and cannot be made in ${dir}`;
    return [
      fail('disk', what, `install -d -o hutgate -g hutgate -m 0700 ${dataDir}, or run this as the gateway's user`),
    ];
  }
  const free = await disk.freeBytes(dir);
  const says = `${megabytes(free)} MB free in ${dataDir}${isThere ? '' : ', which the first start will make'}`;
  const more = 'free some: journalctl --vacuum-size=100M, apt clean; or a larger card';
  const room =
    free < tightBytes ? fail('disk', says, more) : free < roomyBytes ? warn('disk', says, more) : ok('disk', says);
  return measure ? [room, await fsyncFinding(dir, disk)] : [room];
}

async function fsyncFinding(dir: string, disk: DiskParts): Promise<Finding> {
  try {
    const times = (await disk.fsyncMs(dir)).toSorted((a, b) => a - b);
    const [p50, worst] = [times[Math.floor(times.length / 2)]!, times.at(-1)!];
    const says = `a write is on the disk after ${p50.toFixed(1)} ms (worst of ${times.length}: ${worst.toFixed(1)} ms)`;
    if (p50 <= slowFsyncMs) return ok('disk speed', says);
    return warn(
      'disk speed',
      `${says}; the success tone waits for it`,
      'an SSD, or an SD card of class A2; look for other programs that write',
    );
  } catch (error) {
    return fail(
      'disk speed',
      `writing failed (${(error as NodeJS.ErrnoException).code})`,
      'look at dmesg: a worn-out card becomes read-only',
    );
  }
}

async function measureFsync(dir: string): Promise<number[]> {
  const folder = await mkdtemp(join(dir, '.doctor-'));
  try {
    const file = await open(join(folder, 'fsync'), 'w');
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      const startedMs = performance.now();
      await file.write(Buffer.alloc(512, i));
      await file.datasync();
      times.push(performance.now() - startedMs);
    }
    await file.close();
    return times;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The path itself, or the first above it that is there. */
async function nearestThere(path: string): Promise<string> {
  const missing = await stat(path).then(
    () => false,
    ({ code }: NodeJS.ErrnoException) => code === 'ENOENT' || code === 'ENOTDIR',
  );
  return missing && dirname(path) !== path ? nearestThere(dirname(path)) : path;
}

/** Rights are those of whoever asks: what root may, the gateway's user may not. */
export async function checkUser(passwdFile = '/etc/passwd', uid = process.getuid?.()): Promise<Finding | undefined> {
  const hasServiceUser = /^hutgate:/m.test(await readFile(passwdFile, 'utf8').catch(() => ''));
  if (uid !== 0 || !hasServiceUser) return undefined;
  const fix = 'sudo -u hutgate hutgate doctor …';
  return warn('user', 'run by root, whose rights the gateway does not have: rights are not tested', fix);
}

export interface SystemParts {
  readonly procDir: string;
  readonly etcDir: string;
  readonly runDir: string;
}
const thisSystem: SystemParts = { procDir: '/proc', etcDir: '/etc', runDir: '/run' };

/** Hints about what is around the gateway. `usesDevices`: the configuration has devices of the kernel, not only TCP. */
export async function checkSystem(usesDevices: boolean, parts: SystemParts = thisSystem): Promise<Finding[]> {
  const { procDir, etcDir, runDir } = parts;
  const findings: Finding[] = [];
  const there = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    );
  const running = new Set((await programs(procDir)).map(({ program }) => program));
  if (running.has('ModemManager'))
    findings.push(
      warn(
        'ModemManager',
        'runs, and sends AT commands to serial adapters',
        'systemctl disable --now ModemManager, or install config/udev/99-hutgate.rules',
      ),
    );
  if (running.has('brltty'))
    findings.push(warn('brltty', 'runs, and takes CH340 and CP210x adapters away', 'apt purge brltty'));
  if (usesDevices) {
    if (!(await there(join(runDir, 'udev/control'))))
      findings.push(
        warn(
          'udev',
          'does not run: no /dev/serial/by-id, no rights for the gateway',
          'apt install udev; in a container mount the /dev of the host',
        ),
      );
    else if (await there(join(etcDir, 'udev/rules.d/99-hutgate.rules')))
      findings.push(ok('udev', 'runs, and the rules are installed'));
    else
      findings.push(
        warn(
          'udev',
          'the rules are not installed',
          'cp config/udev/99-hutgate.rules /etc/udev/rules.d/ && udevadm control --reload && udevadm trigger',
        ),
      );
  }
  if (await there(join(runDir, 'systemd/system'))) {
    const isEnabled = await there(join(etcDir, 'systemd/system/multi-user.target.wants/hutgate.service'));
    findings.push(
      isEnabled
        ? ok('systemd', 'starts the gateway with the machine')
        : warn(
            'systemd',
            'does not start the gateway with the machine',
            'see the first lines of config/systemd/hutgate.service',
          ),
    );
  }
  return findings;
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6);
