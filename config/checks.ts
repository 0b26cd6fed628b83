/**
 * What no schema of one key can say: two keys that contradict each other, a name that refers to nothing. Works on the raw
 * value, so that one mistake never hides another; each check passes over what is not there or has the wrong type.
 */
import { campaignChecks } from './campaign-checks.ts';
import type { DriverCatalog } from './catalog.ts';
import { deviceKinds, deviceReference } from './device-reference.ts';
import { laneChecks } from './lane-checks.ts';
import type { Finding } from './problem.ts';
import { at, listAt, textAt } from './raw-value.ts';
import { coldBox, isLoopback, lineSettings, parseListen, store } from './schema.ts';

export function crossChecks(root: unknown, drivers: DriverCatalog): Finding[] {
  return [
    ...unique(root, 'devices', 'id', 'is the id of an earlier device', 'each id once'),
    ...addresses(root, drivers),
    ...unique(root, 'lanes', 'id', 'is the id of an earlier lane', 'each id once'),
    ...laneChecks(root, drivers),
    ...coldBoxes(root, drivers),
    ...uplink(root),
    ...campaignChecks(root),
    ...listen(root),
    ...retention(root),
  ];
}

function unique(root: unknown, list: string, key: string, wrong: string, allowed: string): Finding[] {
  const seen = new Set<string>();
  return listAt(root, [list]).flatMap((entry, index): Finding[] => {
    const value = textAt(entry, [key]);
    if (value === undefined) return [];
    const again = seen.has(value);
    seen.add(value);
    return again ? [{ path: [list, index, key], at: 'value', wrong, allowed }] : [];
  });
}

/** One device per address, but for those that are asked by a number of their own on one line. */
function addresses(root: unknown, drivers: DriverCatalog): Finding[] {
  const seen = new Map<string, unknown[]>();
  return listAt(root, ['devices']).flatMap((entry, index): Finding[] => {
    const address = textAt(entry, ['at']);
    if (address === undefined) return [];
    const earlier = seen.get(address) ?? [];
    seen.set(address, [...earlier, entry]);
    if (earlier.length === 0) return [];
    const found = (key: string | undefined, wrong: string, allowed: string): Finding => {
      const isSaid = key !== undefined && at(entry, ['options', key]) !== undefined;
      return { path: ['devices', index, ...(isSaid ? ['options', key] : ['at'])], at: 'value', wrong, allowed };
    };
    const driverOf = (device: unknown) => drivers.get(textAt(device, ['driver']) ?? '');
    const key = driverOf(entry)?.busAddress;
    if (key === undefined || earlier.some((device) => driverOf(device)?.busAddress !== key))
      return [found(undefined, 'is the address of an earlier device', 'one device per address')];
    // Parsing fills in the defaults of keys that are not there.
    const numberOf = (device: unknown) =>
      driverOf(device)?.options.shape[key].safeParse(at(device, ['options', key])).data;
    const number = numberOf(entry);
    const findings: Finding[] = [];
    if (number !== undefined && earlier.some((device) => numberOf(device) === number))
      findings.push(found(key, `${key} ${number} is an earlier device on this line`, `each ${key} once on a line`));
    for (const setting of lineSettings.keyof().options) {
      const settingOf = (device: unknown) =>
        lineSettings.shape[setting].safeParse(at(device, ['options', setting]) ?? driverOf(device)?.line?.[setting])
          .data;
      const [own, first] = [settingOf(entry), settingOf(earlier[0])];
      if (own !== undefined && first !== undefined && own !== first)
        findings.push(found(setting, `${setting} is ${own}, of an earlier device on this line ${first}`, `${first}`));
    }
    return findings;
  });
}

/** The contact on a box's door. */
function doorOf(root: unknown, box: unknown, index: number, kinds: ReadonlyMap<string, string | undefined>): Finding[] {
  const door = textAt(box, ['door']);
  const graceMs = at(box, ['doorGraceMs']);
  if (door === undefined) {
    if (typeof graceMs !== 'number' || graceMs === 0 || at(box, ['door']) !== undefined) return [];
    const path = ['coldBoxes', index, 'doorGraceMs'];
    return [{ path, at: 'key', wrong: 'nobody says when the door is opened', allowed: 'with door only' }];
  }
  const path = ['coldBoxes', index, 'door'];
  const findings = deviceReference(path, door, kinds, ['digital-input']);
  const device = listAt(root, ['devices']).find((entry) => textAt(entry, ['id']) === door);
  const use = textAt(device, ['options', 'use']);
  if (findings.length > 0 || use === undefined || use === 'door') return findings;
  return [{ path, at: 'value', wrong: `is a digital-input with use: ${use}`, allowed: 'one with use: door' }];
}

function coldBoxes(root: unknown, drivers: DriverCatalog): Finding[] {
  const kinds = deviceKinds(root, drivers);
  const seen = new Set<string>();
  return listAt(root, ['coldBoxes']).flatMap((box, index): Finding[] => {
    const findings: Finding[] = [];
    const device = textAt(box, ['device']);
    if (device !== undefined) {
      const path = ['coldBoxes', index, 'device'];
      findings.push(...deviceReference(path, device, kinds, ['temperature-probe']));
      const probe = `${device}/${String(at(box, ['channel']) ?? '')}`;
      if (seen.has(probe))
        findings.push({
          path,
          at: 'value',
          wrong: 'is watched by an earlier box',
          allowed: 'one box per probe and channel',
        });
      seen.add(probe);
    }
    findings.push(...doorOf(root, box, index, kinds));
    // Parsing fills in the defaults of keys that are not there.
    const number = (key: 'minC' | 'maxC' | 'hysteresisC') => coldBox.shape[key].safeParse(at(box, [key])).data;
    const [minC, maxC, hysteresisC] = [number('minC'), number('maxC'), number('hysteresisC')];
    if (minC === undefined || maxC === undefined || hysteresisC === undefined) return findings;
    const key = ['maxC', 'minC'].find((name) => at(box, [name]) !== undefined);
    if (minC >= maxC)
      findings.push({
        path: ['coldBoxes', index, ...(key ? [key] : [])],
        at: 'value',
        wrong: `the limits are ${minC} and ${maxC}`,
        allowed: 'minC below maxC',
      });
    else if (2 * hysteresisC >= maxC - minC)
      findings.push({
        path: ['coldBoxes', index, ...(at(box, ['hysteresisC']) === undefined && key ? [key] : ['hysteresisC'])],
        at: 'value',
        wrong: 'no value is far enough inside the limits to end an excursion',
        allowed: `less than ${(maxC - minC) / 2}`,
      });
    return findings;
  });
}

function uplink(root: unknown): Finding[] {
  const findings: Finding[] = [];
  const text = textAt(root, ['uplink', 'url']) ?? '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'mqtt:') {
    if (!isLoopback(url.hostname.replace(/^\[|\]$/g, '')) && at(root, ['uplink', 'allowPlaintext']) !== true)
      findings.push({
        path: ['uplink', 'url'],
        at: 'value',
        wrong: 'mqtt:// to another machine is not encrypted',
        allowed: 'mqtts://, or allowPlaintext: true',
      });
    if (at(root, ['uplink', 'tls']) !== undefined)
      findings.push({
        path: ['uplink', 'tls'],
        at: 'key',
        wrong: 'the url is not encrypted',
        allowed: 'tls with mqtts:// only',
      });
  }
  for (const [key, other, under] of [
    ['cert', 'key', ['uplink', 'tls']],
    ['key', 'cert', ['uplink', 'tls']],
  ] as const)
    if (at(root, [...under, key]) !== undefined && at(root, [...under, other]) === undefined)
      findings.push({
        path: [...under, key],
        at: 'key',
        wrong: `${other} is missing`,
        allowed: `${key} and ${other} together`,
      });
  return findings;
}

function listen(root: unknown): Finding[] {
  const path = ['api', 'listen'];
  const host = parseListen(textAt(root, path) ?? '')?.host;
  if (host === undefined || isLoopback(host) || at(root, ['api', 'allowRemote']) === true) return [];
  const wrong = 'other machines could reach the page';
  return [{ path, at: 'value', wrong, allowed: '127.0.0.1, [::1] or localhost, or allowRemote: true' }];
}

function retention(root: unknown): Finding[] {
  const path = ['store', 'keepSealedHours'];
  const sealed = at(root, path);
  // Parsing fills in the default of a key that is not there.
  const confirmed = store.shape.keepConfirmedHours.safeParse(at(root, ['store', 'keepConfirmedHours'])).data;
  if (typeof sealed !== 'number' || confirmed === undefined || sealed <= confirmed) return [];
  const wrong = 'is longer than the events themselves are kept';
  return [{ path, at: 'value', wrong, allowed: `at most keepConfirmedHours (${confirmed})` }];
}
