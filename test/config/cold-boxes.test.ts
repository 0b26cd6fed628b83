import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import { catalog } from './catalog.ts';

const hut = (boxes: string) => `gateway: { id: hut-1, region: r, site: { name: n } }
uplink: { url: "mqtts://broker.example" }
privacy: { recipient: registry.jwk, personRefKey: personref.key }
devices:
  - { id: box-1, driver: probe-modbus, at: "serial:/dev/a", options: { profile: r4dcb08 } }
  - { id: scanner-1, driver: scanner-line, at: "serial:/dev/b" }
  - { id: door-1, driver: digital-input, at: "gpio:chip/1", options: { use: door } }
  - { id: pedal-1, driver: digital-input, at: "gpio:chip/2", options: { use: pedal } }
coldBoxes: ${boxes}
`;
const problems = (boxes: string) => (loadConfig(hut(boxes), 'hut.yaml', catalog).problems ?? []).map(formatProblem);

test('a device is enough', () => {
  expect(loadConfig(hut('[{ device: box-1 }]'), 'hut.yaml', catalog).config?.coldBoxes).toEqual([
    {
      ...{ device: 'box-1', minC: 2, maxC: 8, hysteresisC: 0.3, freezingC: 0 },
      ...{ afterMs: 60_000, doorGraceMs: 0, lostAfterPolls: 3, keepEveryMs: 60_000 },
    },
  ]);
});

test.each([
  ['{ device: box-1, channel: 1 }, { device: box-1, channel: 2 }, { device: box-1 }'],
  ['{ device: box-1, minC: -25, maxC: -15 }'],
  ['{ device: box-1, hysteresisC: 2.9 }'],
  ['{ device: box-1, door: door-1, doorGraceMs: 180000 }'],
  ['{ device: box-1, door: door-1 }'],
])('[%s] is right', (boxes) => expect(problems(`[${boxes}]`)).toEqual([]));

describe('a mistake', () => {
  test.each([
    ['{ device: box-2 }', 'coldBoxes[0].device: no such device, did you mean box-1?; allowed: box-1'],
    ['{ device: scanner-1 }', 'coldBoxes[0].device: is a device of kind scanner; allowed: box-1'],
    [
      '{ device: box-1, channel: 1 }, { device: box-1, channel: 1 }',
      'coldBoxes[1].device: is watched by an earlier box; allowed: one box per probe and channel',
    ],
    ['{ device: box-1, minC: 9 }', 'coldBoxes[0].minC: the limits are 9 and 8; allowed: minC below maxC'],
    ['{ device: box-1, maxC: 2 }', 'coldBoxes[0].maxC: the limits are 2 and 2; allowed: minC below maxC'],
    ['{ device: box-1, hysteresisC: 3 }', 'coldBoxes[0].hysteresisC: no value is far enough inside'],
    ['{ device: box-1, maxC: 2.5 }', 'coldBoxes[0].maxC: no value is far enough inside'],
    ['{ device: box-1, afterms: 1 }', 'coldBoxes[0].afterms: unknown key, did you mean afterMs?'],
    ['{ channel: 1 }', 'coldBoxes[0].device: is missing'],
    ['{ device: box-1, doorGraceMs: 1 }', 'coldBoxes[0].doorGraceMs: nobody says when the door is opened'],
    ['{ device: box-1, door: box-1 }', 'coldBoxes[0].door: is a device of kind temperature-probe; allowed: door-1'],
    ['{ device: box-1, door: door-2 }', 'coldBoxes[0].door: no such device, did you mean door-1?'],
    ['{ device: box-1, door: pedal-1 }', 'coldBoxes[0].door: is a digital-input with use: pedal; allowed: one with'],
  ])('[%s]', (boxes, message) => {
    const found = problems(`[${boxes}]`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });
});
