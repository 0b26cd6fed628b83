/** Each configured device: opened and identified when no gateway runs, else what the gateway says of it. And its name. */
import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../../../device-drivers/clock.ts';
import { attachedAt } from '../../../device-drivers/discovery/adapter.ts';
import { type Attached, placeOf } from '../../../device-drivers/discovery/discover.ts';
import type { Driver, Identity } from '../../../device-drivers/driver.ts';
import { type Fault, faults } from '../../../device-drivers/faults.ts';
import type { OpenLink } from '../../../device-drivers/link.ts';
import type { DeviceView } from '../../contract/api.ts';
import { type Tried, type TryDevice, tryDevice } from './device-try.ts';
import { driverText, findDriver } from './driver-search.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { findLine, lineOptions, mayBeTheLine } from './line-search.ts';
import { holdersOf } from './processes.ts';

export interface DoctorDevice extends TryDevice {
  readonly id: string;
}

export interface DeviceParts {
  /** Those that a silent device is asked by. */
  readonly drivers: ReadonlyMap<string, Driver>;
  readonly openLink: OpenLink;
  readonly clock: Clock;
  /** What is attached now. */
  readonly attached: readonly Attached[];
  /** Addresses of the configuration, as written there. */
  readonly configured: readonly string[];
  /** Told before something that takes long. */
  readonly progress: (text: string) => void;
  readonly procDir?: string;
  readonly groupFile?: string;
}

const addressOf = ({ at }: TryDevice) => `${at.scheme}:${at.target}`;

export async function checkDevice(device: DoctorDevice, parts: DeviceParts): Promise<Finding[]> {
  const tried = await tryDevice(device, parts.openLink, parts.clock);
  return [await judge(device, tried, parts), ...nameFindings(device, parts.attached)];
}

async function judge(device: DoctorDevice, tried: Tried, parts: DeviceParts): Promise<Finding> {
  const { id, driver } = device;
  if (tried.identity) {
    const { condition, reading } = tried;
    const about = [`${driver.name} ready`, identityText(tried.identity)].filter(Boolean).join(': ');
    if (condition) return warn(id, `${about}, but ${faultText(condition)}`, faults[condition.code].fix);
    if (reading)
      return ok(
        id,
        `${about}; measures ${reading.celsius === null ? 'nothing usable' : `${reading.celsius.toFixed(1)} °C`}`,
      );
    const isMute = !driver.session(device.options, parts.clock).identify;
    return ok(
      id,
      isMute
        ? `open at ${addressOf(device)}; it says nothing by itself: scan or measure something in hutgate monitor${device.at.scheme === 'serial' ? '. Nothing comes? Then it needs another driver' : ''}`
        : about,
    );
  }
  const fault = tried.fault ?? { code: 'link-lost' };
  switch (fault.code) {
    case 'port-missing':
      return fail(id, faultText(fault), whereElse(device, parts));
    case 'port-denied':
      return fail(id, faultText(fault), await rightsFix(nodeOf(device, parts.attached), parts.groupFile));
    case 'port-busy':
      return busy(id, nodeOf(device, parts.attached), fault, parts.procDir);
    case 'port-failed':
      return fail(id, faultText(fault), device.at.scheme === 'tcp' ? unreachable : faults[fault.code].fix);
    default:
      return mayBeTheLine(tried) && device.at.scheme === 'serial'
        ? silent(device, tried, fault, parts)
        : fail(id, faultText(fault), faults[fault.code].fix);
  }
}

async function silent(
  device: DoctorDevice,
  tried: Tried,
  fault: Fault,
  { drivers, openLink, clock, progress }: DeviceParts,
): Promise<Finding> {
  const { id, line } = device;
  const at = `${line.baudRate} baud, parity ${line.parity}`;
  progress(`${id}: ${fault.code} at ${at}; trying the usual other settings, then other drivers`);
  const found = await findLine(device, openLink, clock);
  if (found)
    return fail(
      id,
      `silent at ${at}, but answers at ${found.baudRate} baud, parity ${found.parity}`,
      `options: ${lineOptions(found)}`,
    );
  const other = await findDriver(device, drivers, openLink, clock);
  if (other)
    return fail(
      id,
      `silent as ${device.driver.name}, but answers as ${[other.name, identityText(other.identity)].filter(Boolean).join(': ')}`,
      driverText(other),
    );
  const heard =
    tried.bytes === 0 ? 'not one byte came' : `${tried.bytes} bytes came, ${tried.discardedBytes} of them in no frame`;
  const fix =
    fault.code === 'wrong-device'
      ? faults[fault.code].fix
      : 'power? the right cable in the right socket? RX and TX swapped (RS-232), A and B swapped (RS-485)? the right driver and address (unit)?';
  return fail(
    id,
    `${faultText(fault)}: ${heard}, nor does it answer at the other usual baud rates and parities, nor to another driver`,
    fix,
  );
}

/** The path that is opened: of a HID address the node that it leads to now. */
function nodeOf(device: DoctorDevice, attached: readonly Attached[]): string {
  const { scheme, target } = device.at;
  if (scheme === 'serial' || scheme === 'file') return target;
  // The one of the configuration may be shorter: without the serial number.
  const one = attached.find(({ naming }) => naming.at?.startsWith(addressOf(device)));
  return one ? placeOf(one.found) : target;
}

const unreachable = 'is it on, and in the network? is the address right? try: ping';

/** What is attached on the same transport and not in the configuration. */
function whereElse(device: DoctorDevice, { attached, configured }: DeviceParts): string {
  const scheme = `${device.at.scheme}:`;
  const free = attached
    .filter(({ naming, judged }) => naming.at?.startsWith(scheme) && !judged.isForeign)
    .map(({ naming }) => naming.at!)
    .filter((at) => !configured.includes(at));
  if (device.at.scheme === 'tcp') return unreachable;
  return free.length > 0
    ? `plug it in; or is it one of these? ${free.join(' or ')}`
    : 'plug it in; hutgate devices --watch shows what appears';
}

async function rightsFix(path: string, groupFile = '/etc/group'): Promise<string> {
  const rules = 'install config/udev/99-hutgate.rules';
  const file = await stat(path).catch(() => undefined);
  if (!file) return rules;
  const line = (await readFile(groupFile, 'utf8').catch(() => ''))
    .split('\n')
    .find((text) => text.split(':')[2] === String(file.gid));
  const group = line?.split(':')[0];
  const mode = (file.mode & 0o777).toString(8);
  if (!group || group === 'root' || !(file.mode & 0o020))
    return `${rules} (${path} is of group ${group ?? file.gid}, mode ${mode})`;
  return `usermod -aG ${group} USER, then sign in again or restart the service (${path} is of group ${group}, mode ${mode})`;
}

async function busy(id: string, path: string, fault: Fault, procDir?: string): Promise<Finding> {
  const holders = await holdersOf(path, procDir);
  if (holders.length === 0)
    return fail(id, `${faultText(fault)}; which one cannot be seen`, 'run this by root to see which');
  const names = holders.map(({ pid, program }) => `${program} (process ${pid})`).join(', ');
  const stops = new Map([
    ['ModemManager', 'systemctl disable --now ModemManager'],
    ['brltty', 'apt purge brltty'],
  ]);
  const fix = holders.map(({ pid, program }) => stops.get(program) ?? `end ${program}: kill ${pid}`).join('; ');
  return fail(id, `${names} has it open`, fix);
}

/** Whether the address of the configuration survives a replug and a reboot. Also for a device that is well now. */
export function nameFindings(device: Pick<DoctorDevice, 'id' | 'at'>, attached: readonly Attached[]): Finding[] {
  const { scheme, target } = device.at;
  const one = attachedAt(device.at, attached);
  if (!one) return [];
  const { naming, found } = one;
  const isNode = placeOf(found) === target;
  if (!naming.isStable)
    return isNode
      ? [
          warn(
            device.id,
            `${target} may be another device after a replug: ${naming.why}`,
            naming.fix ?? 'plug in one of them only',
          ),
        ]
      : [];
  if (naming.at === `${scheme}:${target}`) return [];
  // A socket is a name too, when somebody chose it.
  if (!isNode && target.includes('/by-path/')) return [];
  const why = isNode
    ? `${target} may be another device after a replug`
    : `${target} is not of this device alone: ${naming.why}`;
  return [warn(device.id, why, `at: ${JSON.stringify(naming.at)}`)];
}

/** What a running gateway says of its device: the ports are its own. */
export function deviceOfGateway({ id, driver, state, identity, reason, counters }: DeviceView): Finding {
  const about = [`${driver} ${state}`, identity && identityText(identity)].filter(Boolean).join(': ');
  const why = reason && `${withoutStop(reason.means)}${reason.detail ? ` (${reason.detail})` : ''}`;
  const discarded = Object.values(counters.discardedBytes).reduce((sum, count) => sum + count, 0);
  const counted = `${counters.readings} readings${discarded > 0 ? `, ${discarded} bytes discarded` : ''}`;
  if (state === 'ready') return ok(id, `${about}; ${counted}`);
  if (state === 'degraded') return warn(id, `${about}: ${why}`, reason?.fix ?? '');
  if (state === 'opening' || state === 'identifying') return warn(id, about, 'ask again in a moment');
  return fail(id, `${about}: ${why}`, reason?.fix ?? '');
}

const faultText = ({ code, detail }: Fault): string =>
  `${withoutStop(faults[code].means)}${detail ? ` (${detail})` : ''}`;
const withoutStop = (text: string) => text.replace(/\.$/, '');

const identityText = ({ model, firmware, serial }: { readonly [K in keyof Identity]?: string | undefined }): string =>
  [model, firmware && `firmware ${firmware}`, serial && `serial ${serial}`].filter(Boolean).join(', ');
