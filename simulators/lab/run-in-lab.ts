/** What the commands of the lab share: looks for what they need, and runs something in a machine with the lab's hardware. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connectControl } from './control-port.ts';
import { ensureGpioSim } from './gpio-sim-module.ts';
import { initramfs } from './initramfs.ts';
import { ensureKernel } from './kernel.ts';
import { modulesInOrder } from './kernel-modules.ts';
import { runMachine } from './machine.ts';
import { startSerialDevices } from './serial-devices.ts';

const packages = 'qemu-system-x86 busybox-static libusb-1.0-0 udev';
const programs = ['qemu-system-x86_64', 'busybox', 'udevadm', 'setpriv', 'apt-get', 'dpkg-deb'];
const bootModules = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'];
const labModules = [
  ...['virtio_console', 'configfs', 'evdev'],
  // HID devices, and a GPIO expander, made by plain programs through /dev/uhid.
  ...['hid_generic', 'usbhid', 'uhid', 'hid_cp2112'],
  // The emulated USB serial adapters.
  ...['xhci_pci', 'ftdi_sio'],
  // Whole USB devices made inside the machine, and what takes them.
  ...['dummy_hcd', 'libcomposite', 'usb_f_hid', 'usb_f_printer', 'usblp', 'usb_f_fs'],
];
/** So many whole USB devices at a time. */
const moduleParameters = new Map([['dummy_hcd', 'num=4']]);
/** Vitest, a gateway and a broker. */
const memoryMiB = 2048;
/** Many times what the suites take on a busy machine: what is not done by then stands still. */
const endWithinMs = 1_800_000;
const consoleLines = 40;

/** The kernel and its modules, ready to boot. */
export interface Lab {
  readonly image: string;
  readonly release: string;
  readonly bootModules: readonly string[];
  readonly labModules: readonly string[];
}

export type Say = (line: string) => void;

/** The exit code instead where the lab cannot be: 0, with the reason said, but 1 with CI=true. */
export async function prepareLab(say: Say): Promise<Lab | number> {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length > 0) {
    const isCi = process.env.CI === 'true';
    say(`${isCi ? 'FAILED' : 'skipped'}: there is no ${missing.join(', ')} here; apt-get install ${packages}`);
    return isCi ? 1 : 0;
  }
  const cacheDir = process.env.HUTGATE_LAB_CACHE ?? join(homedir(), '.cache/hutgate-lab');
  mkdirSync(cacheDir, { recursive: true });
  const { release, image, modulesDir } = await ensureKernel(cacheDir, say);
  const gpioSim = await ensureGpioSim(cacheDir, release, say);
  const boot = modulesInOrder(modulesDir, bootModules);
  const lab = modulesInOrder(modulesDir, labModules).filter((file) => !boot.includes(file));
  return { release, image, bootModules: boot, labModules: gpioSim ? [...lab, gpioSim] : lab };
}

export interface LabCommand {
  readonly command: readonly string[];
  /** Beside PATH and CI of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folders that the command really writes. */
  readonly shares: readonly string[];
  readonly onOutput: (chunk: Uint8Array) => void;
  readonly say: Say;
  /** Ends the machine as a power cut does. */
  readonly stop: AbortSignal;
}

/** Resolves with the command's exit code, or with 1, and the reason said, when the machine ended without it. */
export async function runInLab(
  lab: Lab,
  { command, environment = {}, shares, onOutput, say, stop }: LabCommand,
): Promise<number> {
  const started = performance.now();
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
  const dirs = new Map(shares.map((dir, index) => [`share${index}`, resolve(dir)]));
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-lab-rack-'));
  const { rack, adapters } = await startSerialDevices(dir);
  const control = await connectControl(dir, rack);
  try {
    say(`booting Linux ${lab.release} in QEMU`);
    const { PATH = '', CI = '' } = process.env;
    const result = await runMachine(
      {
        kernel: lab.image,
        initramfs: initramfs({
          busybox: '/bin/busybox',
          bootModules: lab.bootModules,
          labModules: lab.labModules,
          moduleParameters,
          shares: dirs,
          command,
          workingDir: process.cwd(),
          // What the tests use is built on this side: the machine is ten times slower.
          environment: {
            ...{ PATH, CI, HOME: '/root', LANG: 'C.UTF-8', TERM: 'dumb', HUTGATE_LAB: '1', HUTGATE_BUILT: '1' },
            ...environment,
          },
        }),
        shares: dirs,
        serialAdapters: adapters,
        onControl: control.attach,
        onOutput,
        onUp: () => say(`up after ${seconds()} s`),
        memoryMiB,
        endWithinMs,
      },
      stop,
    );
    if (result.exitCode === undefined) {
      const why = result.timedOut ? `not done within ${endWithinMs / 1000} s` : 'the machine ended without the command';
      const lines = result.consoleText.trimEnd().split('\n').slice(-consoleLines);
      say(`FAILED: ${why}. The end of its console:\n${lines.join('\n')}`);
    }
    say(`down after ${seconds()} s`);
    return result.exitCode ?? 1;
  } finally {
    await control.close();
    await rack.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Aborted by Ctrl-C and by SIGTERM. */
export function stopAsked(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  return stop.signal;
}

function isInstalled(program: string): boolean {
  if (program === 'busybox') return existsSync('/bin/busybox');
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
