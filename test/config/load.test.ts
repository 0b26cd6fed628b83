import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkFiles, loadConfig } from '../../config/load.ts';
import { formatProblem } from '../../config/problem.ts';
import { catalog } from './catalog.ts';

const full = readFileSync(new URL('../../config/examples/full.yaml', import.meta.url), 'utf8');
const minimal = `gateway: { id: hut-1, region: r, site: { name: n } }
uplink: { url: "mqtts://broker.example" }
privacy: { recipient: registry.jwk, personRefKey: personref.key }
`;

const problemsOf = (text: string) => loadConfig(text, 'hut.yaml', catalog).problems ?? [];
const linesOf = (text: string) => problemsOf(text).map(formatProblem);
const configOf = (text: string) => {
  const loaded = loadConfig(text, '/etc/hut/hut.yaml', catalog);
  expect(loaded.problems).toBeUndefined();
  return loaded.config!;
};

describe('a right file', () => {
  test('gets its defaults and absolute paths', () => {
    expect(configOf(minimal)).toMatchObject({
      gateway: { dataDir: '/var/lib/hutgate', site: { type: 'fixed' } },
      uplink: { confirm: 'central', protocol: 'auto', allowPlaintext: false },
      privacy: { recipient: '/etc/hut/registry.jwk', personRefKey: '/etc/hut/personref.key' },
      devices: [],
      lanes: [],
      campaign: { round: 'r1', poolSize: 10, flow: 'tube-first', codes: {}, feverC: 37.3 },
      api: { listen: { host: '127.0.0.1', port: 8080 } },
      log: { level: 'info' },
      store: { keepConfirmedHours: 72, keepSealedHours: 24 },
    });
  });

  test('gives devices as their driver wants them', () => {
    const devices = configOf(full).devices;
    const path = '/dev/serial/by-path/platform-fd500000.pcie-usb-0:1.3:1.0-port0';
    expect(devices[3]).toEqual({
      id: 'box-1',
      driver: 'probe-modbus',
      at: { scheme: 'serial', target: path },
      options: { profile: 'r4dcb08', unit: 1 },
      line: { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1, flowControl: 'none' },
    });
    expect(devices[1]?.line.baudRate).toBe(115_200);
    expect(devices[2]?.line.flowControl).toBe('xonxoff');
  });

  test('names the files it refers to', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'hutgate-config-'));
    writeFileSync(join(dir, 'registry.jwk'), '{}');
    const loaded = loadConfig(minimal, join(dir, 'hut.yaml'), catalog);
    const problems = await checkFiles(loaded.config ? loaded.files : []);
    expect(problems).toMatchObject([{ line: 3, column: 51, key: 'privacy.personRefKey' }]);
    expect(problems[0]?.wrong).toBe(`${join(dir, 'personref.key')} does not exist`);
  });

  test('in the order in which they stand', () => {
    const { files = [] } = loadConfig(full, 'hut.yaml', catalog) as { files?: readonly { line: number }[] };
    expect(files.length).toBeGreaterThan(2);
    expect(files).toEqual(files.toSorted((a, b) => a.line - b.line));
  });
});

test('ten mistakes give ten messages with their places', () => {
  const text = `gateway:
  id: Hut_0417
  region: jinshui
  site: { nmae: 金水路采样屋, name: x }
uplink:
  url: mqtt://broker.example:1883
privacy:
  recipient: registry.jwk
devices:
  - { id: scanner-1, driver: scaner-line, at: "serial:/dev/ttyUSB0" }
  - { id: box-1, driver: probe-modbus, at: "tcp:10.0.0.1:502", options: { profile: r4dcb08, unit: 300 } }
  - { id: box-1, driver: printer-zpl, at: "lpt:/dev/usb/lp0" }
lanes:
  - { id: lane-1, scanner: scanner-7 }
campaign: { poolSize: 7 }
staff: staff.yaml
`;
  expect(linesOf(text)).toEqual([
    'hut.yaml:2:7 gateway.id: is not valid; allowed: 1 to 32 of a-z, 0-9 and -',
    'hut.yaml:4:11 gateway.site.nmae: unknown key, did you mean name?; allowed: name, type',
    'hut.yaml:6:8 uplink.url: mqtt:// to another machine is not encrypted; allowed: mqtts://, or allowPlaintext: true',
    'hut.yaml:7:1 privacy.personRefKey: is missing; allowed: a text',
    'hut.yaml:10:30 devices[0].driver: unknown driver, did you mean scanner-line?; allowed: scanner-line, id-sam, printer-zpl, probe-modbus, scanner-hid-pos, document-mrz, thermometer-line, printer-escpos, indicator, digital-input',
    'hut.yaml:11:44 devices[1].at: the driver probe-modbus cannot use tcp:; allowed: serial:',
    'hut.yaml:11:99 devices[1].options.unit: is too big; allowed: at most 247',
    'hut.yaml:12:11 devices[2].id: is the id of an earlier device; allowed: each id once',
    'hut.yaml:12:43 devices[2].at: does not begin with a known scheme; allowed: one of serial:, hid:, usb:, tcp:, file:, w1:, gpio:, sim:',
    'hut.yaml:14:28 lanes[0].scanner: no such device, did you mean scanner-1?; allowed: a device of kind scanner',
    'hut.yaml:15:23 campaign.poolSize: is not one of the allowed values; allowed: 1, 5, 10, 20',
  ]);
});

describe('a mistake', () => {
  test.each([
    ['a duplicate key', `${minimal}log: {}\nlog: {}\n`, '5:1: Map keys must be unique'],
    ['broken YAML', 'gateway: {\n', ': '],
    ['an empty file', '', '1:1: is empty; allowed: a group of keys'],
    ['another kind of file', '- a\n- b\n', '1:1: is a list; allowed: a group of keys'],
    ['two documents', `${minimal}---\n${minimal}`, 'multiple documents'],
    [
      'a number for an id',
      minimal.replace('hut-1', '417'),
      '1:16 gateway.id: is a number; allowed: a text (put it in quotes)',
    ],
    ['user in the url', minimal.replace('//', '//me:hunter2@'), '2:16 uplink.url: is not valid; allowed: mqtts://HOST'],
    ['cert without key', minimal.replace('" }', '", tls: { cert: c } }'), 'uplink.tls.cert: key is missing'],
    [
      'tls without mqtts',
      minimal.replace('mqtts://broker.example" }', 'mqtt://127.0.0.1", tls: {} }'),
      '2:36 uplink.tls: the url is not encrypted',
    ],
    [
      'confirm',
      minimal.replace('" }', '", confirm: both }'),
      'uplink.confirm: is not one of the allowed values; allowed: central, broker',
    ],
    [
      'a page for everybody',
      `${minimal}api: { listen: "0.0.0.0:80" }`,
      '4:16 api.listen: other machines could reach the page',
    ],
    ['a port too high', `${minimal}api: { listen: "127.0.0.1:70000" }`, '4:16 api.listen: is not valid'],
    [
      'a host name to listen on',
      `${minimal}api: { listen: "hut.example:80" }`,
      'api.listen: is not valid; allowed: HOST:PORT with an IP',
    ],
    ['retention upside down', `${minimal}store: { keepSealedHours: 100 }`, 'at most keepConfirmedHours (72)'],
    [
      'a slow pattern',
      `${minimal}campaign: { codes: { tube: '^(a+)+$' } }`,
      '4:28 campaign.codes.tube: can take very long',
    ],
    [
      'two devices on one address',
      `${minimal}devices:\n  - &a { id: a, driver: id-sam, at: "serial:/dev/x" }\n  - { id: b, driver: id-sam, at: "serial:/dev/x" }`,
      '6:34 devices[1].at: is the address of an earlier device',
    ],
    [
      'two units of one number on one line',
      `${minimal}devices:\n  - { id: a, driver: probe-modbus, at: "serial:/dev/x", options: { profile: r4dcb08 } }\n  - { id: b, driver: probe-modbus, at: "serial:/dev/x", options: { profile: xy-md02, unit: 1 } }`,
      '6:92 devices[1].options.unit: unit 1 is an earlier device on this line; allowed: each unit once on a line',
    ],
    [
      'two units at two speeds',
      `${minimal}devices:\n  - { id: a, driver: probe-modbus, at: "serial:/dev/x", options: { profile: r4dcb08, baudRate: 19200 } }\n  - { id: b, driver: probe-modbus, at: "serial:/dev/x", options: { profile: r4dcb08, unit: 2 } }`,
      'devices[1].at: baudRate is 9600, of an earlier device on this line 19200; allowed: 19200',
    ],
    [
      'a unit on the line of something else',
      `${minimal}devices:\n  - { id: a, driver: id-sam, at: "serial:/dev/x" }\n  - { id: b, driver: probe-modbus, at: "serial:/dev/x", options: { profile: r4dcb08, unit: 2 } }`,
      'devices[1].at: is the address of an earlier device',
    ],
    [
      'a UART setting without a UART',
      `${minimal}devices: [{ id: a, driver: printer-zpl, at: "tcp:h:9100", options: { baudRate: 9600 } }]`,
      '4:70 devices[0].options.baudRate: a UART setting; allowed: only with serial:',
    ],
    [
      'a mistyped option',
      `${minimal}devices: [{ id: a, driver: scanner-line, at: "serial:/dev/x", options: { symbolgyId: true, baudrate: 1 } }]`,
      'options.symbolgyId: unknown key, did you mean symbologyId?',
    ],
    [
      'a required option left out',
      `${minimal}devices: [{ id: a, driver: probe-modbus, at: "serial:/dev/x" }]`,
      'devices[0].options.profile: is missing; allowed: xy-md02, r4dcb08',
    ],
    [
      'a lane with the wrong kind',
      `${minimal}devices: [{ id: a, driver: id-sam, at: "serial:/dev/x" }]\nlanes: [{ id: l, scanner: a }]\nstaff: s`,
      '5:27 lanes[0].scanner: is a device of kind id-reader; allowed: a device of kind scanner',
    ],
    ['a key of Object', `${minimal}constructor: 1\n__proto__: { devices: [] }`, 'constructor: unknown key'],
  ])('%s is named', (_, text, expected) => {
    expect(linesOf(text).join('\n')).toContain(expected);
  });

  test('never repeats a value that could be a secret', () => {
    const text = minimal.replace(
      'mqtts://broker.example"',
      'mqtts://me:hunter2@x", password: hunter2, username: { a: hunter2 }',
    );
    expect(linesOf(text)).toHaveLength(3);
    expect(linesOf(text).join()).not.toContain('hunter2');
  });

  test('does not hide another one in the same section', () => {
    const text = minimal.replace('mqtts://broker.example"', 'mqtt://x", confrim: broker');
    expect(linesOf(text)).toHaveLength(2);
  });
});

describe('whatever the file holds', () => {
  const insideOf = (text: string) => {
    const lines = text.split('\n');
    for (const { line, column } of problemsOf(text)) {
      expect(line).toBeGreaterThanOrEqual(1);
      expect(line).toBeLessThanOrEqual(lines.length);
      expect(column).toBeGreaterThanOrEqual(1);
      expect(column).toBeLessThanOrEqual(lines[line - 1]!.length + 1);
    }
  };

  test('a mutation of the full example never throws, and its problems stand inside the file', () => {
    const edit = fc.record({
      at: fc.nat({ max: full.length }),
      cut: fc.nat({ max: 30 }),
      put: fc.oneof(
        fc.constantFrom(
          '\n',
          ' ',
          '\t',
          '{',
          '}',
          '[',
          ']',
          ':',
          '- ',
          '"',
          '#',
          '&a ',
          '*a',
          '!!binary ',
          '__proto__: ',
          '%',
          '|',
          '---\n',
        ),
        fc.string({ unit: 'binary', maxLength: 8 }),
      ),
    });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        let text = full;
        for (const { at, cut, put } of edits) text = text.slice(0, at) + put + text.slice(at + cut);
        insideOf(text);
      }),
      { numRuns: 300 },
    );
  });

  test('a line left out never throws', () => {
    const lines = full.split('\n');
    for (let i = 0; i < lines.length; i += 1) insideOf(lines.toSpliced(i, 1).join('\n'));
  });

  test.each([
    ['brackets without end', '['.repeat(100_000)],
    ['groups without end', 'a:\n'.repeat(2_000)],
    [
      'an alias bomb',
      `a: &a [x, x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*${i ? `b${i - 1}` : 'a'}, *${i ? `b${i - 1}` : 'a'}]`).join('\n')}`,
    ],
    ['garbage', '\u0000\u0001\ufffd'.repeat(10_000)],
  ])('%s is a problem, not an end', (_, text) => {
    expect(problemsOf(text).length).toBeGreaterThan(0);
    insideOf(text);
  });
});

test.each([
  '张三: 410199199001010018\n李四: 410199199001010026\n',
  '- { 张三: 410199199001010018 }\n- [ 张三, 410199199001010018\n',
  '410199199001010018: 张三\n',
  'gateway: !张三 410199199001010018\n',
  'gateway: &张三410199199001010018\n  *张三410199199001010018 : x\n',
  'gateway: "张三 \\410199199001010018"\n',
  'gateway: |张三410199199001010018\n  x\n',
  'gateway: *张三410199199001010018\n',
  'gateway: {\n张三410199199001010018\n} 张三410199199001010018\n',
  '%张三410199199001010018\n---\n张三,410199199001010018\n',
])('another file in its place is not repeated: %j', (text) => {
  const lines = linesOf(text).join('\n');
  expect(lines).toMatch(/^hut\.yaml:\d+:\d+/);
  expect(lines).not.toMatch(/张|410199/);
});
