/** A scenario file, read against the devices it is played on: everything that is wrong at once, with its position. */
import { z } from 'zod';
import { type Path, readDocument } from '../../config/document.ts';
import { nearest } from '../../config/nearest.ts';
import { type Finding, findingsOf, formatPath, type Problem, problemsIn } from '../../config/problem.ts';
import { expectStep, numbered, repeatStep, type ScenarioStep, waitStep } from '../../simulators/scenario.ts';
import type { DeviceInfo } from '../../simulators/slot.ts';

const scenarioFile = z.strictObject({ steps: z.array(z.unknown()).min(1) });
const nestedMax = 8;

export type ScenarioFile =
  | {
      readonly steps: readonly ScenarioStep[];
      /** A step that failed, as a problem of the file. */
      problemAt(path: Path, why: string): Problem;
      readonly problems?: never;
    }
  | { readonly problems: readonly Problem[] };

/** `fileName` stands in the problems. */
export function readScenarioFile(text: string, fileName: string, devices: readonly DeviceInfo[]): ScenarioFile {
  const document = readDocument(text);
  if (!document.whole) return { problems: problemsIn(document, fileName, []) };
  const findings: Finding[] = [];
  const file = scenarioFile.safeParse(document.value, { reportInput: true });
  for (const issue of file.error?.issues ?? []) findings.push(...findingsOf(issue, scenarioFile));
  const { steps: raw } = z.looseObject({ steps: z.array(z.unknown()) }).safeParse(document.value).data ?? { steps: [] };
  const steps = readSteps(raw, ['steps'], devices, findings);
  const problems = problemsIn(document, fileName, findings);
  if (problems.length > 0) return { problems };
  const problemAt = (path: Path, why: string): Problem => ({
    ...{ file: fileName, ...document.positionOf(path), key: formatPath(path), wrong: why },
  });
  return { steps, problemAt };
}

function readSteps(
  raw: readonly unknown[],
  path: Path,
  devices: readonly DeviceInfo[],
  findings: Finding[],
): ScenarioStep[] {
  const known = new Map(devices.map((device) => [device.id, device]));
  const actionNames = [...new Set(devices.flatMap(({ actions }) => actions.map(({ name }) => name)))];
  const stepNames = ['wait', 'expect', 'repeat', ...actionNames];

  /** Reads `value` by `schema`; undefined when it is wrong, which is then said. */
  const read = <T>(schema: z.ZodType<T>, value: unknown, at: Path): T | undefined => {
    const result = schema.safeParse(value, { reportInput: true });
    for (const issue of result.error?.issues ?? []) findings.push(...findingsOf(issue, schema, at));
    return result.data;
  };
  const deviceAt = (id: unknown, at: Path): DeviceInfo | undefined => {
    const device = known.get(String(id));
    if (device) return device;
    const meant = nearest(String(id), known.keys());
    const wrong = `no such device${meant ? `, did you mean ${meant}?` : ''}`;
    findings.push({ path: at, at: 'value', wrong, allowed: [...known.keys()].join(', ') });
    return undefined;
  };

  const readAction = (action: string, value: unknown, at: Path): ScenarioStep | undefined => {
    const { device: id = value, ...args } = z.looseObject({}).safeParse(value).data ?? {};
    if (typeof id !== 'string') {
      findings.push({ path: at, at: 'key', wrong: 'names no device', allowed: `${action}: { device: ID, … }` });
      return undefined;
    }
    const device = deviceAt(id, typeof value === 'string' ? at : [...at, 'device']);
    if (!device) return undefined;
    const schema = device.actions.find(({ name }) => name === action)?.args;
    if (!schema) {
      const own = device.actions.map(({ name }) => name).join(', ');
      findings.push({ path: at, at: 'key', wrong: `${id} has no such action`, allowed: own });
      return undefined;
    }
    read(z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema), numbered(args, 1), at);
    return { kind: 'act', device: id, action, args, path: at };
  };

  const readStep = (value: unknown, at: Path): ScenarioStep | undefined => {
    const entries = Object.entries(z.record(z.string(), z.unknown()).safeParse(value).data ?? {});
    const [[key, body] = ['', undefined]] = entries;
    if (entries.length !== 1) {
      findings.push({ path: at, at: 'value', wrong: 'is no step', allowed: 'one key, such as `wait: 500`' });
      return undefined;
    }
    const inside = [...at, key];
    switch (key) {
      case 'wait': {
        // The kinds of a union are told apart here, so that a mistake is named by its key.
        const isGroup = typeof body === 'object' && body !== null && !Array.isArray(body);
        const schema = waitStep.options[isGroup ? 2 : Array.isArray(body) ? 1 : 0];
        const wait = read<z.output<typeof waitStep>>(schema as never, body, inside);
        const device = isGroup ? (body as { device?: unknown }).device : undefined;
        if (device !== undefined) deviceAt(device, [...inside, 'device']);
        return wait === undefined ? undefined : { kind: 'wait', for: wait, path: inside };
      }
      case 'expect': {
        const expect = read(expectStep, body, inside);
        if (expect === undefined || !deviceAt(expect.device, [...inside, 'device'])) return undefined;
        return { kind: 'expect', expect, path: inside };
      }
      case 'repeat': {
        const repeat = read(repeatStep, body, inside);
        if (!repeat) return undefined;
        if (at.length > 3 * nestedMax) {
          findings.push({ path: inside, at: 'key', wrong: 'is nested too deeply', allowed: `${nestedMax} deep` });
          return undefined;
        }
        const steps = readSteps(repeat.steps, [...inside, 'steps'], devices, findings);
        return { kind: 'repeat', times: repeat.times, steps, path: inside };
      }
    }
    if (!actionNames.includes(key)) {
      const meant = nearest(key, stepNames);
      const wrong = `no such step${meant ? `, did you mean ${meant}?` : ''}`;
      findings.push({ path: inside, at: 'key', wrong, allowed: stepNames.join(', ') });
      return undefined;
    }
    return readAction(key, body, inside);
  };

  return raw.flatMap((value, index) => readStep(value, [...path, index]) ?? []);
}
