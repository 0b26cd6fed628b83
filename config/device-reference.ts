/** Names that refer to a device, and whether it is of a kind that fits there. */
import type { DriverCatalog } from './catalog.ts';
import type { Path } from './document.ts';
import { nearest } from './nearest.ts';
import type { Finding } from './problem.ts';
import { listAt, textAt } from './raw-value.ts';

/** By id; undefined where the driver is not known. */
export function deviceKinds(root: unknown, drivers: DriverCatalog): ReadonlyMap<string, string | undefined> {
  const kinds = new Map<string, string | undefined>();
  for (const device of listAt(root, ['devices'])) {
    const id = textAt(device, ['id']);
    if (id !== undefined) kinds.set(id, drivers.get(textAt(device, ['driver']) ?? '')?.kind);
  }
  return kinds;
}

/** A name that is to refer to a device of one of the `fitting` kinds. */
export function deviceReference(
  path: Path,
  id: string,
  kinds: ReadonlyMap<string, string | undefined>,
  fitting: readonly string[],
): Finding[] {
  const fits = [...kinds].filter(([, kind]) => kind !== undefined && fitting.includes(kind)).map(([name]) => name);
  const allowed = fits.length > 0 ? fits.join(', ') : `a device of kind ${fitting.join(' or ')}`;
  const kind = kinds.get(id);
  if (!kinds.has(id)) {
    const meant = nearest(id, kinds.keys());
    return [{ path, at: 'value', wrong: `no such device${meant ? `, did you mean ${meant}?` : ''}`, allowed }];
  }
  if (kind === undefined || fitting.includes(kind)) return [];
  return [{ path, at: 'value', wrong: `is a device of kind ${kind}`, allowed }];
}
