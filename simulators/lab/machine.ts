/**
 * One QEMU machine on software emulation: boots a kernel, streams the command's output and resolves with its exit code.
 * An emulated USB serial adapter (`usb-serial`, an FTDI FT232 to the kernel) is plugged in exactly while the TCP port
 * behind it takes its connection; QEMU asks for that once a second.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonLines } from '../json-lines.ts';

export interface MachineSetup {
  readonly kernel: string;
  readonly initramfs: Buffer;
  /** Folders that the machine writes, by mount tag. */
  readonly shares: ReadonlyMap<string, string>;
  readonly serialAdapters: readonly SerialAdapter[];
  /** The far end of the machine's /dev/lab/control. */
  readonly onControl: (socket: Socket) => void;
  readonly onOutput: (chunk: Uint8Array) => void;
  /** The kernel is up and the command begins. */
  readonly onUp: () => void;
  readonly memoryMiB: number;
  readonly endWithinMs: number;
}

export interface SerialAdapter {
  readonly name: string;
  /** What the adapter tells udev. */
  readonly serialNumber: string;
  /** On the loopback of this machine. */
  readonly tcpPort: number;
}

export interface MachineResult {
  /** Of the command; undefined when the machine ended without it. */
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  /** What kernel and scripts said on the console. */
  readonly consoleText: string;
}

/**
 * On the PCI bus, in hex. Said, because it stands in udev's by-path names: left to QEMU it moves with each device that is
 * named before it, such as a share.
 */
const usbSlot = '10';

/** Rejects when QEMU cannot be started. `stop` ends the machine as a power cut does. */
export async function runMachine(setup: MachineSetup, stop: AbortSignal): Promise<MachineResult> {
  const dir = mkdtempSync(join(tmpdir(), 'hutgate-lab-'));
  const file = (name: string) => join(dir, name);
  const closers: (() => void)[] = [];
  const listen = async (name: string, onSocket: (socket: Socket) => void) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      onSocket(socket);
    }).listen(file(name));
    closers.push(() => server.close());
    await once(server, 'listening');
  };

  try {
    let exitCode: number | undefined;
    const progress = jsonLines({
      value(value) {
        if (value === 'up') setup.onUp();
        else exitCode = value as number;
      },
      bad() {},
    });
    await listen('progress', (socket) => socket.on('data', progress));
    await listen('out', (socket) => socket.on('data', setup.onOutput));
    await listen('control', setup.onControl);
    writeFileSync(file('initramfs'), setup.initramfs);

    // setpriv: the machine ends with this process, however this process ends.
    const qemu = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...qemuArguments(setup, file)], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const kill = () => void qemu.kill('SIGKILL');
    stop.addEventListener('abort', kill);
    closers.push(() => stop.removeEventListener('abort', kill));
    let timedOut = false;
    const deadline = setTimeout(() => {
      timedOut = true;
      kill();
    }, setup.endWithinMs);
    closers.push(() => clearTimeout(deadline));
    await once(qemu, 'exit');
    return { exitCode, timedOut, consoleText: readFileSync(file('console'), 'utf8') };
  } finally {
    for (const close of closers) close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function qemuArguments({ kernel, shares, serialAdapters, memoryMiB }: MachineSetup, file: (name: string) => string) {
  const port = (name: string) => [
    ...['-chardev', `socket,id=${name},path=${file(name)}`],
    ...['-device', `virtserialport,chardev=${name},name=lab.${name}`],
  ];
  const tree = (tag: string, path: string, more: string) => [
    ...['-fsdev', `local,id=${tag},path=${path},security_model=none,multidevs=remap${more}`],
    ...['-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
  ];
  const adapter = ({ name, serialNumber, tcpPort }: SerialAdapter) => [
    ...['-chardev', `socket,id=${name},host=127.0.0.1,port=${tcpPort},reconnect=1`],
    ...['-device', `usb-serial,id=${name},chardev=${name},bus=xhci.0,serial=${serialNumber}`],
  ];
  const kernelArguments =
    'console=ttyS0 quiet panic=-1 tsc=reliable no_timer_check mitigations=off random.trust_cpu=on';
  return [
    // An old processor: what newer ones have (AVX) is no faster here, and emulated by calls.
    ...['-machine', 'q35,usb=off,vmport=off', '-accel', 'tcg,tb-size=512', '-cpu', 'Nehalem,+rdrand'],
    // A second processor brought nothing, and cost an eighth more: each word from one to the other is an interrupt.
    ...['-smp', '1', '-m', String(memoryMiB), '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-kernel', kernel, '-initrd', file('initramfs'), '-append', kernelArguments],
    ...['-serial', `file:${file('console')}`],
    ...tree('host', '/', ',readonly=on'),
    ...[...shares].flatMap(([tag, path]) => tree(tag, path, '')),
    ...['-device', 'virtio-serial-pci', ...port('out'), ...port('progress'), ...port('control')],
    ...['-device', `qemu-xhci,id=xhci,p2=8,addr=${usbSlot}`, ...serialAdapters.flatMap(adapter)],
  ];
}
