/**
 * What the lab's kernel starts with: busybox, the modules, and two scripts. The first puts this machine's file tree
 * (read-only, over 9p) under a throw-away overlay and changes into it; the second runs the command there.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type CpioEntry, cpioArchive } from './cpio.ts';

export interface InitramfsSetup {
  readonly busybox: string;
  /** Needed before the file tree is there. */
  readonly bootModules: readonly string[];
  readonly labModules: readonly string[];
  /** Such as `num=4`, by the name of the module. */
  readonly moduleParameters: ReadonlyMap<string, string>;
  /** Folders that the machine really writes, by mount tag. */
  readonly shares: ReadonlyMap<string, string>;
  readonly command: readonly string[];
  readonly workingDir: string;
  readonly environment: Readonly<Record<string, string>>;
}

export function initramfs(setup: InitramfsSetup): Buffer {
  const modules = [...setup.bootModules, ...setup.labModules];
  return cpioArchive([
    ...['bin', 'dev', 'modules'].map((path): CpioEntry => ({ kind: 'dir', path })),
    { kind: 'device', path: 'dev/console', major: 5, minor: 1 },
    { kind: 'file', path: 'bin/busybox', data: readFileSync(setup.busybox), executable: true },
    { kind: 'file', path: 'init', data: Buffer.from(initScript(setup)), executable: true },
    { kind: 'file', path: 'command.sh', data: Buffer.from(commandScript(setup)) },
    ...modules.map(
      (file): CpioEntry => ({ kind: 'file', path: `modules/${basename(file)}`, data: readFileSync(file) }),
    ),
  ]);
}

function initScript({ bootModules, labModules, moduleParameters, shares }: InitramfsSetup): string {
  const load = (modules: readonly string[]) =>
    modules
      .map((file) => `load ${quoted(basename(file))} ${moduleParameters.get(basename(file, '.ko')) ?? ''}`.trimEnd())
      .join('\n');
  const mountOptions = 'trans=virtio,version=9p2000.L,msize=512000';
  return `#!/bin/busybox sh
export PATH=/bin
b=/bin/busybox
say() { read up _ < /proc/uptime; echo "lab[$up]: $*" > /dev/ttyS0; }
load() { file=$1; shift; $b insmod "/modules/$file" "$@" || say "no module $file"; }
$b mkdir -p /proc /sys /dev /host /over /root
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
say kernel started
${load(bootModules)}
$b mount -t 9p -o ${mountOptions},ro,cache=loose host /host || { say no file tree; $b poweroff -f; }
$b mount -t tmpfs -o size=75% over /over
$b mkdir -p /over/up /over/work
$b mount -t overlay -o lowerdir=/host,upperdir=/over/up,workdir=/over/work over /root
say file tree mounted
${[...shares].map(([tag, dir]) => `$b mkdir -p ${quoted(`/root${dir}`)}\n$b mount -t 9p -o ${mountOptions} ${tag} ${quoted(`/root${dir}`)}`).join('\n')}
${load(labModules)}
$b mount -t configfs configfs /sys/kernel/config
$b mkdir -p /dev/lab /dev/pts /dev/shm
for port in /sys/class/virtio-ports/*; do
  [ -s $port/name ] && $b ln -s ../\${port##*/} /dev/$($b cat $port/name | $b tr . /)
done
$b mount -t devpts -o ptmxmode=666 devpts /dev/pts
$b mount -t tmpfs shm /dev/shm
$b ip link set lo up
$b mount -t tmpfs run /root/run
$b mkdir -p /root/run/lab
$b cp $b /command.sh /root/run/lab/
for dir in proc sys dev; do $b mount --move /$dir /root/$dir; done
exec $b chroot /root /run/lab/busybox sh /run/lab/command.sh
`;
}

/** `up` and then the exit code go out by a port of their own. */
function commandScript({ command, workingDir, environment }: InitramfsSetup): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
  return `${exports.join('\n')}
cd ${quoted(workingDir)}
{ /lib/systemd/systemd-udevd --daemon && udevadm trigger && udevadm settle; } > /dev/ttyS0 2>&1
echo '"up"' > /dev/lab/progress
${command.map(quoted).join(' ')} > /dev/lab/out 2>&1
code=$?
# A process that was killed, or a driver that crashed, is told of by the kernel only.
[ $code = 0 ] || /run/lab/busybox dmesg | grep -E 'segfault|trap |general protection|Oops|BUG:|RIP:|Out of memory|oom' > /dev/lab/out
echo $code > /dev/lab/progress
/run/lab/busybox poweroff -f
`;
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
