/**
 * The virtual hardware lab: runs a command of this machine inside a small QEMU machine that has the hardware which this one
 * has not. Same files, same Node, same working folder; nothing that the command writes stays, but for the shared folders.
 *
 *   node dist/simulators/lab/lab.js [--share DIR]... -- COMMAND...
 *
 * Ends with the command's exit code; with 0 and a reason where there is no QEMU, unless CI=true: then with 1.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
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
/** Vitest, a gateway and a broker; half of a small CI machine. */
const memoryMiB = 2048;
/** Three times what the suites take on a busy machine: what is not done by then stands still. */
const endWithinMs = 1_800_000;
const consoleLines = 40;

const started = performance.now();
const say = (line: string) => console.error(`lab: ${line}`);
const seconds = () => ((performance.now() - started) / 1000).toFixed(1);

async function main(): Promise<number> {
  const separator = process.argv.indexOf('--');
  const command = separator < 0 ? [] : process.argv.slice(separator + 1);
  const { values } = parseArgs({
    args: process.argv.slice(2, separator < 0 ? undefined : separator),
    options: { share: { type: 'string', multiple: true, default: [] } },
  });
  if (command.length === 0) {
    say('usage: lab [--share DIR]... -- COMMAND...');
    return 2;
  }
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length > 0) {
    const isCi = process.env.CI === 'true';
    say(`${isCi ? 'FAILED' : 'skipped'}: there is no ${missing.join(', ')} here; apt-get install ${packages}`);
    return isCi ? 1 : 0;
  }

  const cacheDir = process.env.HUTGATE_LAB_CACHE ?? join(homedir(), '.cache/hutgate-lab');
  mkdirSync(cacheDir, { recursive: true });
  const kernel = await ensureKernel(cacheDir, say);
  const gpioSim = await ensureGpioSim(cacheDir, kernel.release, say);
  const boot = modulesInOrder(kernel.modulesDir, bootModules);
  const lab = modulesInOrder(kernel.modulesDir, labModules).filter((file) => !boot.includes(file));
  const shares = new Map(values.share.map((dir, index) => [`share${index}`, resolve(dir)]));

  const dir = mkdtempSync(join(tmpdir(), 'hutgate-lab-rack-'));
  const { rack, adapters } = await startSerialDevices(dir);
  const control = await connectControl(dir, rack);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  try {
    say(`booting Linux ${kernel.release} in QEMU`);
    const result = await runMachine(
      {
        kernel: kernel.image,
        initramfs: initramfs({
          busybox: '/bin/busybox',
          bootModules: boot,
          labModules: gpioSim ? [...lab, gpioSim] : lab,
          moduleParameters,
          shares,
          command,
          workingDir: process.cwd(),
          environment: environment(),
        }),
        shares,
        serialAdapters: adapters,
        onControl: control.attach,
        onOutput: (chunk) => process.stdout.write(chunk),
        onUp: () => say(`up after ${seconds()} s`),
        memoryMiB,
        endWithinMs,
      },
      stop.signal,
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

function environment(): Record<string, string> {
  const { PATH = '', CI = '' } = process.env;
  // What the tests use is built on this side: the machine is ten times slower.
  return { PATH, CI, HOME: '/root', LANG: 'C.UTF-8', TERM: 'dumb', HUTGATE_LAB: '1', HUTGATE_BUILT: '1' };
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

process.exitCode = await main();
