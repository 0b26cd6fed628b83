/** A rack file: which simulated devices there are. Read like a configuration: everything that is wrong at once, with its position. */
import { z } from 'zod';
import { readDocument } from '../../config/document.ts';
import { nearest } from '../../config/nearest.ts';
import { type Finding, findingsOf, type Problem, problemsIn } from '../../config/problem.ts';
import type { Simulator } from '../../simulators/device.ts';
import { type RackDevice, rackDevice } from '../../simulators/rack.ts';

const rackFile = z.strictObject({
  seed: z.int().min(0).optional(),
  devices: z.array(rackDevice).min(1),
});

export type RackFile =
  | { readonly seed: number | undefined; readonly devices: readonly RackDevice[]; readonly problems?: never }
  | { readonly problems: readonly Problem[] };

/** `fileName` stands in the problems. */
export function readRackFile(text: string, fileName: string, simulators: ReadonlyMap<string, Simulator>): RackFile {
  const document = readDocument(text);
  if (!document.whole) return { problems: problemsIn(document, fileName, []) };

  const parsed = rackFile.safeParse(document.value, { reportInput: true });
  const findings = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => findingsOf(issue, rackFile))),
    ...deviceFindings(document.value, simulators),
  ];
  const problems = problemsIn(document, fileName, findings);
  if (!parsed.success || problems.length > 0) return { problems };
  return { seed: parsed.data.seed, devices: parsed.data.devices };
}

/** What the schema of one device cannot say; passes over what the schema has complained about. */
function deviceFindings(value: unknown, simulators: ReadonlyMap<string, Simulator>): Finding[] {
  const devices = z.object({ devices: z.array(z.unknown()) }).safeParse(value).data?.devices ?? [];
  const seen = new Set<unknown>();
  return devices.flatMap((raw, index): Finding[] => {
    const { id, driver, wire, options } = z.looseObject({}).safeParse(raw).data ?? {};
    const value = (key: string, wrong: string, allowed: string): Finding => ({
      ...{ path: ['devices', index, key], at: 'value' },
      ...{ wrong, allowed },
    });
    const findings: Finding[] = [];
    if (typeof id === 'string' && seen.has(id))
      findings.push(value('id', 'is the id of an earlier device', 'each id once'));
    seen.add(id);
    if (typeof driver !== 'string') return findings;
    const simulator = simulators.get(driver);
    if (!simulator) {
      const meant = nearest(driver, simulators.keys());
      const wrong = `no such simulator${meant ? `, did you mean ${meant}?` : ''}`;
      return [...findings, value('driver', wrong, [...simulators.keys()].join(', '))];
    }
    if ((wire === 'pty' || wire === 'tcp' || wire === 'sim') && !simulator.wires.includes(wire)) {
      findings.push(value('wire', `${driver} has no such wire`, simulator.wires.join(', ')));
    }
    const checked = simulator.options.safeParse(options ?? {}, { reportInput: true });
    for (const issue of checked.error?.issues ?? []) {
      findings.push(...findingsOf(issue, simulator.options, ['devices', index, 'options']));
    }
    return findings;
  });
}
