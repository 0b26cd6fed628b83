/** The lines of `devices:` for what is attached. Pure: what is sure is a line, what is not is a comment. */
import type { DeviceKind, Driver } from '../driver.ts';
import type { TransportScheme } from '../link.ts';
import { type Attached, placeOf } from './discover.ts';

export interface Suggestion {
  /** The line as YAML; a comment when it cannot be used as it is. */
  readonly line: string;
  /** Other drivers that may be the right one; any: see `driversFor` its transport. */
  readonly or: readonly string[] | 'any';
}

const idPrefixes: Readonly<Record<DeviceKind, string>> = {
  scanner: 'scanner',
  'id-reader': 'card',
  'label-printer': 'printer',
  'receipt-printer': 'slip',
  'temperature-probe': 'box',
  'body-thermometer': 'thermometer',
  indicator: 'lamp',
  'digital-input': 'input',
};

/** Of the drivers that any port may have behind it, the likelier ones first. */
const likelier: readonly string[] = ['scanner-line', 'id-sam', 'printer-zpl', 'probe-modbus'];

/** One per attached thing, in the same order. Ids are numbered on. */
export function suggest(attached: readonly Attached[], drivers: ReadonlyMap<string, Driver>): Suggestion[] {
  const counts = new Map<string, number>();
  const nextId = (kind: DeviceKind) => {
    const prefix = idPrefixes[kind];
    const count = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, count);
    return `${prefix}-${count}`;
  };
  return attached.map((one) => {
    const { judged, naming } = one;
    const names = judged.drivers === 'any' ? driversFor(schemeOf(one), drivers) : judged.drivers;
    const [driver, ...or] = names.map((name) => drivers.get(name)).filter((found) => found !== undefined);
    const why = (text: string): Suggestion => ({ line: `# ${placeOf(one.found)}: ${text}`, or: [] });
    if (names.length === 0)
      return why(judged.isForeign ? `${judged.what}; not for the hut` : `no driver for ${judged.what}`);
    if (!driver) return why(`needs the driver ${names.join(' or ')}, which this build does not have`);
    if (naming.at === undefined) return why(naming.why);
    const others = or.map(({ name }) => name);
    if (one.found.bus === 'gpio') {
      return {
        line: `# - { id: lamp-1, driver: indicator, at: "${naming.at}/LINE", options: { use: ok-lamp } }`,
        or: ['digital-input'],
      };
    }
    // A UART on the board is there whether or not anything is wired to it.
    const isCertain = !judged.isForeign && !(one.found.bus === 'serial' && !one.found.usb);
    const id = isCertain ? nextId(driver.kind) : `${idPrefixes[driver.kind]}-N`;
    const line = `- { id: ${id}, driver: ${driver.name}, at: ${JSON.stringify(naming.at)} }`;
    return { line: isCertain ? line : `# ${line}`, or: judged.drivers === 'any' ? 'any' : others };
  });
}

const schemes: Readonly<Record<Attached['found']['bus'], string>> = {
  serial: 'serial',
  hid: 'hid',
  printer: 'file',
  '1-wire': 'w1',
  gpio: 'gpio',
  usb: 'usb',
};
const schemeOf = ({ found }: Attached) => schemes[found.bus] as TransportScheme;

/** The likelier ones first. Some speak over a serial line only to stand in for another transport. */
export function driversFor(scheme: TransportScheme, drivers: ReadonlyMap<string, Driver>): string[] {
  const isStandIn = (transports: readonly TransportScheme[]) =>
    scheme === 'serial' && (transports.includes('gpio') || transports.includes('w1'));
  const fitting = [...drivers.values()]
    .filter(({ transports }) => transports.includes(scheme) && !isStandIn(transports))
    .map(({ name }) => name);
  return [...likelier.filter((name) => fitting.includes(name)), ...fitting.filter((name) => !likelier.includes(name))];
}
