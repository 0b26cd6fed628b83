import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import { catalog } from './catalog.ts';

const hut = (lanes: string, rest = 'staff: staff.yaml') => `gateway: { id: hut-1, region: r, site: { name: n } }
uplink: { url: "mqtts://broker.example" }
privacy: { recipient: registry.jwk, personRefKey: personref.key }
devices:
  - { id: scanner-1, driver: scanner-line, at: "serial:/dev/1" }
  - { id: scanner-2, driver: scanner-hid-pos, at: "hid:0c2e:0b81" }
  - { id: card-1, driver: id-sam, at: "serial:/dev/2" }
  - { id: forehead-1, driver: thermometer-line, at: "serial:/dev/3" }
  - { id: printer-1, driver: printer-zpl, at: "tcp:h:9100" }
  - { id: slips-1, driver: printer-escpos, at: "tcp:h:9101" }
  - { id: ok-1, driver: indicator, at: "gpio:chip/1", options: { use: ok-lamp } }
  - { id: bad-1, driver: indicator, at: "gpio:chip/2", options: { use: error-lamp } }
  - { id: box-1, driver: probe-modbus, at: "serial:/dev/4", options: { profile: r4dcb08 } }
  - { id: box-2, driver: probe-modbus, at: "serial:/dev/5", options: { profile: xy-md02 } }
  - { id: horn-1, driver: indicator, at: "gpio:chip/3", options: { use: buzzer } }
lanes: ${lanes}
${rest}
`;
const problems = (...args: Parameters<typeof hut>) =>
  (loadConfig(hut(...args), 'hut.yaml', catalog).problems ?? []).map(formatProblem);

test('a scanner is enough: neither a printer nor a lamp is missed', () => {
  const { config } = loadConfig(hut('[{ id: lane-1, scanner: scanner-1 }]'), '/etc/hut/hut.yaml', catalog);
  expect(config?.lanes).toEqual([{ id: 'lane-1', scanner: 'scanner-1', extraScanners: [] }]);
  expect(config?.staff).toBe('/etc/hut/staff.yaml');
  expect(config?.labels).toEqual({ tube: 'on-close', box: 'on-seal', slip: 'off', scanBack: false });
});

test('a lane with everything, and another that shares its printers', () => {
  const lanes = `
  - { id: a, scanner: scanner-1, card: card-1, thermometer: forehead-1, printer: printer-1, slipPrinter: slips-1, lamp: ok-1, errorLamp: bad-1, buzzer: horn-1 }
  - { id: b, scanner: scanner-2, printer: printer-1, slipPrinter: printer-1 }`;
  expect(problems(lanes)).toEqual([]);
});

describe('a mistake', () => {
  test.each([
    ['thermometer: card-1', 'thermometer: is a device of kind id-reader; allowed: forehead-1'],
    ['card: scanner-2', 'card: is a device of kind scanner; allowed: card-1'],
    ['printer: ok-1', 'printer: is a device of kind indicator; allowed: printer-1, slips-1'],
    ['slipPrinter: scanner-2', 'slipPrinter: is a device of kind scanner; allowed: printer-1, slips-1'],
    ['extraScanners: [card-1]', 'extraScanners[0]: is a device of kind id-reader; allowed: scanner-1, scanner-2'],
    ['extraScanners: [scanner-3]', 'extraScanners[0]: no such device, did you mean scanner-1?'],
    ['extraScanners: [scanner-1]', 'extraScanners[0]: is named twice in this lane; allowed: one lane per device'],
    ['lamp: bad-1', 'lamp: is an indicator with use: error-lamp; allowed: one with use: ok-lamp'],
    ['errorLamp: horn-1', 'errorLamp: is an indicator with use: buzzer; allowed: one with use: error-lamp'],
    ['buzzer: ok-1', 'buzzer: is an indicator with use: ok-lamp; allowed: one with use: buzzer'],
    ['buzer: ok-1', 'buzer: unknown key, did you mean buzzer?'],
  ])('%s', (key, message) => {
    const found = problems(`[{ id: lane-1, scanner: scanner-1, ${key} }]`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`lanes[0].${message}`);
  });

  test.each([
    ['', 'scanBack: true', 'no label of a tube or box is printed here; allowed: with a printer in a lane'],
    ['slipPrinter: slips-1', 'scanBack: true', 'no label of a tube or box is printed here'],
    ['printer: printer-1', 'scanBack: true, tube: off, box: off', 'with labels.tube: on-open or on-close, or'],
    ['printer: printer-1', 'scanBack: true, tube: off', undefined],
    ['printer: printer-1', 'scanBack: yes please', 'is a text; allowed: true or false'],
    ['', 'scanBack: false', undefined],
  ])('scanBack in a lane with "%s" and "%s"', (lane, labels, message) => {
    const found = problems(`[{ id: lane-1, scanner: scanner-1, ${lane} }]`, `staff: staff.yaml\nlabels: { ${labels} }`);
    if (message === undefined) expect(found).toEqual([]);
    else {
      expect(found).toHaveLength(1);
      expect(found[0]).toContain('labels.scanBack: ');
      expect(found[0]).toContain(message);
    }
  });

  test.each([
    ['{ device: box-3 }', '', 'boxProbe.device: no such device, did you mean box-1?; allowed: box-1, box-2'],
    ['{ device: card-1 }', '', 'boxProbe.device: is a device of kind id-reader; allowed: box-1, box-2'],
    ['{ device: box-2 }', '', 'boxProbe.device: is watched by none of coldBoxes; allowed: box-1'],
    ['{ device: box-1, channel: 3 }', ', channel: 1', 'boxProbe.channel: is watched by none of coldBoxes; allowed: 1'],
    ['{ device: box-1, channel: 3 }', '', undefined],
    ['{ device: box-1 }', ', channel: 1', undefined],
    ['box-1', '', 'boxProbe: '],
    ['{ devise: box-1 }', '', 'boxProbe'],
  ])('boxProbe: %s', (boxProbe, channel, message) => {
    const found = problems(
      `[{ id: lane-1, scanner: scanner-1, boxProbe: ${boxProbe} }]`,
      `staff: staff.yaml\ncoldBoxes: [{ device: box-1${channel} }]`,
    );
    if (message === undefined) expect(found).toEqual([]);
    else expect(found[0]?.replace(/:\d+ /, ' ')).toContain(`hut.yaml:16 lanes[0].${message}`);
  });

  test('a device in two lanes', () => {
    expect(
      problems('[{ id: a, scanner: scanner-1 }, { id: b, scanner: scanner-2, extraScanners: [scanner-1] }]'),
    ).toEqual([
      'hut.yaml:16:85 lanes[1].extraScanners[0]: belongs to an earlier lane; allowed: one lane per device; only printers may be shared',
    ]);
  });

  test('nobody who may sign in', () => {
    expect(problems('[{ id: a, scanner: scanner-1 }]', '')).toEqual([
      'hut.yaml:1:1 staff: is missing; allowed: a file of staff, in a hut with lanes',
    ]);
    expect(problems('[]', '')).toEqual([]);
  });
});
