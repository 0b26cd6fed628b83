import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { formatProblem } from '../../../config/problem.ts';
import { systemClock } from '../../../device-drivers/clock.ts';
import { readScenarioFile } from '../../../gateway/cli/scenario-file.ts';
import { defaultDevices, simulateCommand } from '../../../gateway/cli/simulate.ts';
import { startRack } from '../../../simulators/rack.ts';
import { simulators } from '../../../simulators/registry.ts';
import type { DeviceInfo } from '../../../simulators/slot.ts';
import { echoOnly } from '../../simulators/echo.ts';

const examples = new URL('../../../simulators/scenarios/', import.meta.url);

let dir: string;
let echoes: readonly DeviceInfo[];
let usual: readonly DeviceInfo[];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hutgate-scenario-'));
  const shared = { dir, seed: 1, clock: systemClock };
  const ids = ['echo-1', 'echo-2'];
  const rack = await startRack({ devices: ids.map((id) => ({ id, driver: 'echo' })), ...shared, simulators: echoOnly });
  echoes = rack.devices();
  await rack.stop();
  const whole = await startRack({ devices: defaultDevices, ...shared, simulators });
  usual = whole.devices();
  await whole.stop();
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const read = (steps: string) => readScenarioFile(`steps:\n${steps}`, 's.yaml', echoes);
const problems = (steps: string) => read(steps).problems?.map(formatProblem);

test('every kind of step', () => {
  const { steps } = read(`
  - say: { device: echo-1, text: 'T{n:10}', times: 2 }
  - unplug: echo-2
  - wait: 500
  - wait: [500, 1500]
  - wait: { event: unplugged, device: echo-2, withinMs: 100 }
  - expect: { device: echo-2, plugged: false, state: { lid: closed } }
  - repeat:
      times: 3
      steps:
        - plug: echo-2
`) as { steps: readonly unknown[] };
  expect(steps).toMatchObject([
    { kind: 'act', device: 'echo-1', action: 'say', args: { text: 'T{n:10}', times: 2 }, path: ['steps', 0, 'say'] },
    { kind: 'act', device: 'echo-2', action: 'unplug', args: {} },
    { kind: 'wait', for: 500 },
    { kind: 'wait', for: [500, 1500] },
    { kind: 'wait', for: { event: 'unplugged', device: 'echo-2', withinMs: 100 } },
    { kind: 'expect', expect: { device: 'echo-2', plugged: false, state: { lid: 'closed' }, withinMs: 5000 } },
    {
      kind: 'repeat',
      times: 3,
      steps: [{ kind: 'act', action: 'plug', path: ['steps', 6, 'repeat', 'steps', 0, 'plug'] }],
    },
  ]);
});

describe('mistakes', () => {
  test('are said all at once, each with its line and column', () => {
    const found = problems(`  - sya: { device: echo-1, text: hi }
  - say: { device: echo-11, text: hi }
  - say: { device: echo-1 }
  - say: { device: echo-1, text: hi, tims: 2 }
  - say: { text: hi }
  - wait: -1
  - wait: [900, 100]
  - wait: { event: exploded }
  - wait: { event: plugged, device: echo-9 }
  - expect: { state: {} }
  - repeat: { times: 0, steps: [] }
  - repeat:
      times: 2
      steps:
        - unplug: echo-3
  - { plug: echo-1, unplug: echo-1 }
  - just text
`);
    expect(found).toEqual([
      expect.stringMatching(
        /^s\.yaml:2:5 steps\[0\]\.sya: no such step, did you mean say\?; allowed: wait, expect, repeat, say, /,
      ),
      's.yaml:3:20 steps[1].say.device: no such device, did you mean echo-1?; allowed: echo-1, echo-2',
      's.yaml:4:5 steps[2].say.text: is missing; allowed: a text',
      's.yaml:5:38 steps[3].say.tims: unknown key, did you mean times?; allowed: text, times',
      's.yaml:6:5 steps[4].say: names no device; allowed: say: { device: ID, … }',
      's.yaml:7:11 steps[5].wait: is too small; allowed: at least 0',
      's.yaml:8:11 steps[6].wait: is not valid; allowed: two times, the shorter one first',
      's.yaml:9:20 steps[7].wait.event: is not one of the allowed values; allowed: plugged, unplugged, acted',
      's.yaml:10:37 steps[8].wait.device: no such device, did you mean echo-1?; allowed: echo-1, echo-2',
      's.yaml:11:5 steps[9].expect.device: is missing; allowed: a text',
      's.yaml:12:22 steps[10].repeat.times: is too small; allowed: at least 1',
      's.yaml:12:32 steps[10].repeat.steps: is too short; allowed: at least 1',
      's.yaml:16:19 steps[11].repeat.steps[0].unplug: no such device, did you mean echo-1?; allowed: echo-1, echo-2',
      's.yaml:17:5 steps[12]: is no step; allowed: one key, such as `wait: 500`',
      's.yaml:18:5 steps[13]: is no step; allowed: one key, such as `wait: 500`',
    ]);
  });

  test('do not repeat a value', () => {
    const found = problems('  - say: { device: echo-1, text: hi, times: ZHANG SAN }\n')!.join();
    expect(found).toContain('steps[0].say.times');
    expect(found).not.toContain('ZHANG');
  });

  test.each(['', 'steps: []', 'steps: 7', 'devices: []', 'steps: [', 'steps:\n  - constructor: echo-1'])(
    '%j',
    (text) => {
      expect(readScenarioFile(text, 's.yaml', echoes).problems?.map(formatProblem)).toContainEqual(
        expect.stringMatching(/^s\.yaml:\d+:\d+/),
      );
    },
  );

  test('deep nesting ends somewhere', () => {
    let inner = '[{ wait: 1 }]';
    for (let depth = 0; depth < 20; depth++) inner = `[{ repeat: { times: 2, steps: ${inner} } }]`;
    expect(problems(`  ${inner}`)?.join()).toContain('is nested too deeply');
  });
});

test.each(readdirSync(examples))('the example %s is right for the default rack', (name) => {
  expect(readScenarioFile(readFileSync(new URL(name, examples), 'utf8'), name, usual).problems).toBeUndefined();
});

describe('actions of all simulators', () => {
  const actions = [...simulators.values()].flatMap(({ name, options, create }) => {
    const parsed = options.safeParse({});
    const device = parsed.success ? create(parsed.data, { clock: systemClock, random: () => 0, send() {} }) : undefined;
    device?.stop();
    return [...(device?.actions ?? [])].map(([action, { args }]) => ({
      action: `${name} ${action}`,
      name: action,
      args,
    }));
  });

  test.each(actions)('$action can stand in a scenario and in a shell', ({ name, args }) => {
    const schema = z.toJSONSchema(args, { io: 'input', unrepresentable: 'any' });
    expect(() => z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema)).not.toThrow();
    expect(Object.keys(schema.properties ?? {})).not.toContain('device');
    expect(['wait', 'expect', 'repeat', ...simulateCommand().commands.map((command) => command.name())]).not.toContain(
      name,
    );
  });
});
