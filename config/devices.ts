/** Checks of `devices:` that need the drivers: driver and address fit each other, options by the driver's own schema. */
import { type Address, parseAddress } from './address.ts';
import type { CatalogDriver, DriverCatalog, LineSettings } from './catalog.ts';
import { nearest } from './nearest.ts';
import { type Finding, findingsOf, unknownKey } from './problem.ts';
import { device, lineSettings } from './schema.ts';

export interface DeviceConfig {
  readonly id: string;
  readonly driver: string;
  readonly at: Address;
  /** As the driver's own schema gives them, defaults filled in. */
  readonly options: unknown;
  readonly line: LineSettings;
}

const lineKeys: readonly string[] = Object.keys(lineSettings.shape);

/** `raw` is one entry of the list, not known to be right. Gives the device only when nothing is wrong with it. */
export function checkDevice(raw: unknown, index: number, drivers: DriverCatalog) {
  const findings: Finding[] = [];
  const fields = new Map(Object.entries(typeof raw === 'object' && raw !== null ? raw : {}));
  const name = fields.get('driver');
  const at = fields.get('at');

  const driver = typeof name === 'string' ? drivers.get(name) : undefined;
  if (typeof name === 'string' && !driver) {
    const meant = nearest(name, drivers.keys());
    const wrong = `unknown driver${meant ? `, did you mean ${meant}?` : ''}`;
    findings.push({ path: ['devices', index, 'driver'], at: 'value', wrong, allowed: [...drivers.keys()].join(', ') });
  }

  const parsed = typeof at === 'string' ? parseAddress(at) : undefined;
  const address = parsed && 'address' in parsed ? parsed.address : undefined;
  const atPath = ['devices', index, 'at'];
  if (parsed && 'wrong' in parsed) findings.push({ path: atPath, at: 'value', ...parsed });
  if (driver && address && !driver.transports.includes(address.scheme)) {
    const allowed = driver.transports.map((scheme) => `${scheme}:`).join(', ');
    findings.push({
      path: atPath,
      at: 'value',
      wrong: `the driver ${driver.name} cannot use ${address.scheme}:`,
      allowed,
    });
  }

  const options = driver && checkOptions(fields.get('options') ?? {}, driver, address, ['devices', index, 'options']);
  findings.push(...(options?.findings ?? []));

  const base = device.safeParse(raw);
  const good = base.success && driver && address && options?.good;
  if (!good || findings.length > 0) return { findings };
  const config: DeviceConfig = { id: base.data.id, driver: driver.name, at: address, ...options.good };
  return { findings, config };
}

/** Splits the options into the driver's own and the UART settings of a `serial:` device. */
function checkOptions(raw: unknown, driver: CatalogDriver, address: Address | undefined, under: (string | number)[]) {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return { findings: [] };
  const ownKeys = Object.keys(driver.options.shape);
  const entries = Object.entries(raw);
  const line: [string, unknown][] = [];
  const own: [string, unknown][] = [];
  const findings: Finding[] = [];
  // Without a right address nobody knows whether UART settings belong here.
  const serial = address === undefined || address.scheme === 'serial';
  const known = serial ? [...ownKeys, ...lineKeys] : ownKeys;
  for (const [key, value] of entries) {
    if (ownKeys.includes(key)) own.push([key, value]);
    else if (!lineKeys.includes(key)) findings.push(unknownKey([...under, key], known));
    else if (serial) line.push([key, value]);
    else findings.push({ path: [...under, key], at: 'key', wrong: 'a UART setting', allowed: 'only with serial:' });
  }

  const lineResult = lineSettings.safeParse({ ...driver.line, ...Object.fromEntries(line) }, { reportInput: true });
  if (!lineResult.success)
    findings.push(...lineResult.error.issues.flatMap((issue) => findingsOf(issue, lineSettings, under)));
  const ownResult = driver.options.safeParse(Object.fromEntries(own), { reportInput: true });
  if (!ownResult.success)
    findings.push(...ownResult.error.issues.flatMap((issue) => findingsOf(issue, driver.options, under)));

  if (!lineResult.success || !ownResult.success || findings.length > 0) return { findings };
  return { findings, good: { options: ownResult.data as unknown, line: lineResult.data as LineSettings } };
}
