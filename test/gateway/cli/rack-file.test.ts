import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../../config/problem.ts';
import { readRackFile } from '../../../gateway/cli/rack-file.ts';
import { echo, echoOnly } from '../../simulators/echo.ts';

const read = (text: string) => readRackFile(text, 'rack.yaml', echoOnly);
const problems = (text: string) => read(text).problems?.map(formatProblem);

test('a whole rack file', () => {
  const text = `
seed: 7
devices:
  - { id: echo-1, driver: echo }
  - { id: echo-2, driver: echo, wire: tcp, port: 9100, options: { greeting: hi }, faults: { flip: 0.01, direction: to-host } }
`;
  expect(read(text)).toMatchObject({
    seed: 7,
    devices: [
      { id: 'echo-1', driver: 'echo', paced: true, options: {} },
      {
        id: 'echo-2',
        wire: 'tcp',
        port: 9100,
        options: { greeting: 'hi' },
        faults: { flip: 0.01, direction: 'to-host' },
      },
    ],
  });
});

describe('every mistake at once, with its position', () => {
  test('in keys, drivers, wires, options, ids and faults', () => {
    const text = `seed: -1
devices:
  - { id: Echo, driver: echo, colour: red }
  - { id: echo-2, driver: ehco }
  - { id: echo-3, driver: echo, wire: usb, options: { greting: hi } }
  - { id: echo-2, driver: echo, faults: { drop: 0.7, flip: 0.7 } }
  - { id: echo-5 }
more: 1
`;
    const found = problems(text) ?? [];
    expect(found.map((problem) => problem.split(': ')[0])).toEqual([
      'rack.yaml:1:7 seed',
      'rack.yaml:3:11 devices[0].id',
      'rack.yaml:3:31 devices[0].colour',
      'rack.yaml:4:27 devices[1].driver',
      'rack.yaml:5:39 devices[2].wire',
      'rack.yaml:5:55 devices[2].options.greting',
      'rack.yaml:6:11 devices[3].id',
      'rack.yaml:6:41 devices[3].faults',
      'rack.yaml:7:5 devices[4].driver',
      'rack.yaml:8:1 more',
    ]);
    expect(found).toContain('rack.yaml:4:27 devices[1].driver: no such simulator, did you mean echo?; allowed: echo');
    expect(found).toContain(
      'rack.yaml:6:41 devices[3].faults: is not valid; allowed: probabilities that add up to at most 1',
    );
  });

  test('a wire that the simulator does not have', () => {
    const serialOnly = new Map([['echo', { ...echo, wires: ['pty' as const] }]]);
    const text = 'devices:\n  - { id: a, driver: echo, wire: tcp }\n';
    expect(readRackFile(text, 'rack.yaml', serialOnly).problems?.map(formatProblem)).toEqual([
      'rack.yaml:2:34 devices[0].wire: echo has no such wire; allowed: pty',
    ]);
  });

  test.each([
    ['', 'rack.yaml:1:1: '],
    ['devices: []', 'rack.yaml:1:10 devices: '],
    ['devices: 7', 'rack.yaml:1:10 devices: '],
    ['devices:\n  - echo', 'rack.yaml:2:5 devices[0]: '],
  ])('%j', (text, start) => {
    expect(problems(text)).toEqual([expect.stringContaining(start)]);
  });

  test('and YAML that is none', () => {
    expect(problems('devices: [\n  {')?.[0]).toMatch(/^rack\.yaml:\d+:\d+: /);
  });
});
