/** What lanes ask of the rest of the file: devices of the right kinds, each in one lane only, and people who may sign in. */
import type { DriverCatalog } from './catalog.ts';
import { deviceKinds, deviceReference } from './device-reference.ts';
import type { Path } from './document.ts';
import type { Finding } from './problem.ts';
import { at, listAt, textAt } from './raw-value.ts';

interface Role {
  readonly kinds: readonly string[];
  /** Of an indicator: what must be wired to its line. */
  readonly use?: string;
  /** Several lanes, and both kinds of print, may have the same one. */
  readonly shared?: true;
}

const scanner: Role = { kinds: ['scanner'] };
const printer: Role = { kinds: ['label-printer', 'receipt-printer'], shared: true };
const roles: ReadonlyMap<string, Role> = new Map<string, Role>([
  ['scanner', scanner],
  ['card', { kinds: ['id-reader'] }],
  ['thermometer', { kinds: ['body-thermometer'] }],
  ['printer', printer],
  ['slipPrinter', printer],
  ['lamp', { kinds: ['indicator'], use: 'ok-lamp' }],
  ['errorLamp', { kinds: ['indicator'], use: 'error-lamp' }],
  ['buzzer', { kinds: ['indicator'], use: 'buzzer' }],
]);

export function laneChecks(root: unknown, drivers: DriverCatalog): Finding[] {
  const lanes = listAt(root, ['lanes']);
  const kinds = deviceKinds(root, drivers);
  const uses = new Map(listAt(root, ['devices']).map((device) => [at(device, ['id']), at(device, ['options', 'use'])]));
  const taken = new Map<string, number>();
  const findings: Finding[] = [];

  function refer(path: Path, lane: number, id: string | undefined, { kinds: fitting, use, shared }: Role): void {
    if (id === undefined) return;
    findings.push(...deviceReference(path, id, kinds, fitting));
    const wired = uses.get(id);
    if (use !== undefined && typeof wired === 'string' && wired !== use)
      findings.push({
        path,
        at: 'value',
        wrong: `is an indicator with use: ${wired}`,
        allowed: `one with use: ${use}`,
      });
    if (shared) return;
    const earlier = taken.get(id);
    taken.set(id, lane);
    if (earlier === undefined) return;
    const wrong = earlier === lane ? 'is named twice in this lane' : 'belongs to an earlier lane';
    findings.push({ path, at: 'value', wrong, allowed: 'one lane per device; only printers may be shared' });
  }

  /** The limits that count are those of a cold box. */
  function probe(index: number, lane: unknown): void {
    const device = textAt(lane, ['boxProbe', 'device']);
    if (device === undefined) return;
    const path = ['lanes', index, 'boxProbe', 'device'];
    const wrong = deviceReference(path, device, kinds, ['temperature-probe']);
    findings.push(...wrong);
    if (wrong.length > 0) return;
    const watched = listAt(root, ['coldBoxes']);
    const boxes = watched.filter((box) => textAt(box, ['device']) === device);
    const channels = boxes.map((box) => at(box, ['channel']));
    const channel = at(lane, ['boxProbe', 'channel']);
    if (boxes.length === 0) {
      const others = [...new Set(watched.flatMap((box) => textAt(box, ['device']) ?? []))];
      const allowed = others.length > 0 ? others.join(', ') : 'a device of coldBoxes';
      findings.push({ path, at: 'value', wrong: 'is watched by none of coldBoxes', allowed });
    } else if (channel !== undefined && !channels.includes(undefined) && !channels.includes(channel))
      findings.push({
        ...{ path: ['lanes', index, 'boxProbe', 'channel'], at: 'value' },
        ...{ wrong: 'is watched by none of coldBoxes', allowed: channels.join(', ') },
      });
  }

  for (const [index, lane] of lanes.entries()) {
    probe(index, lane);
    for (const [key, role] of roles) refer(['lanes', index, key], index, textAt(lane, [key]), role);
    for (const [i] of listAt(lane, ['extraScanners']).entries())
      refer(['lanes', index, 'extraScanners', i], index, textAt(lane, ['extraScanners', i]), scanner);
  }
  const isPrinted = lanes.some((lane) => at(lane, ['printer']) !== undefined);
  const isOff = ['tube', 'box'].every((kind) => at(root, ['labels', kind]) === 'off');
  if (at(root, ['labels', 'scanBack']) === true && (!isPrinted || isOff))
    findings.push({
      ...{ path: ['labels', 'scanBack'], at: 'value', wrong: 'no label of a tube or box is printed here' },
      allowed: isPrinted ? 'with labels.tube: on-open or on-close, or labels.box: on-seal' : 'with a printer in a lane',
    });
  if (lanes.length > 0 && at(root, ['staff']) === undefined)
    findings.push({ path: ['staff'], at: 'key', wrong: 'is missing', allowed: 'a file of staff, in a hut with lanes' });
  return findings;
}
