/** The import arrows of the house: a room may import what this table says, and nothing else of ours. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** First matching row counts. Paths are prefixes; a room may always import itself. */
const arrows: readonly { room: string; may: readonly string[] }[] = [
  { room: 'device-drivers/wire/', may: ['device-drivers/framing.ts'] },
  {
    room: 'device-drivers/drivers/',
    may: [
      'device-drivers/driver.ts',
      'device-drivers/framing.ts',
      'device-drivers/faults.ts',
      'device-drivers/link.ts',
      'device-drivers/print-job.ts',
      'device-drivers/scanner-options.ts',
      'device-drivers/wire/',
    ],
  },
  { room: 'device-drivers/transport/', may: ['device-drivers/link.ts', 'device-drivers/clock.ts'] },
  { room: 'device-drivers/', may: ['device-drivers/'] },
  { room: 'gateway/contract/', may: [] },
  { room: 'gateway/lane/', may: ['gateway/contract/'] },
  { room: 'gateway/store/', may: ['gateway/contract/'] },
  { room: 'gateway/privacy/', may: [] },
  { room: 'gateway/supervisor/', may: ['device-drivers/'] },
  {
    room: 'gateway/uplink/',
    may: ['gateway/contract/', 'gateway/store/', 'gateway/log.ts', 'gateway/wall-time.ts', 'device-drivers/clock.ts'],
  },
  { room: 'gateway/cli/demo.ts', may: ['gateway/', 'device-drivers/', 'config/', 'simulators/'] },
  { room: 'gateway/cli/demo-crowd.ts', may: ['gateway/', 'device-drivers/', 'simulators/'] },
  { room: 'gateway/cli/rack-file.ts', may: ['gateway/', 'config/', 'simulators/'] },
  { room: 'gateway/cli/scenario-file.ts', may: ['gateway/', 'config/', 'simulators/'] },
  { room: 'gateway/cli/simulate.ts', may: ['gateway/', 'device-drivers/', 'config/', 'simulators/'] },
  { room: 'gateway/cli/central.ts', may: ['gateway/', 'device-drivers/', 'config/', 'simulators/'] },
  { room: 'gateway/api/', may: ['gateway/', 'device-drivers/'] },
  { room: 'gateway/', may: ['gateway/', 'device-drivers/', 'config/'] },
  { room: 'config/generate.ts', may: ['config/', 'gateway/contract/', 'device-drivers/'] },
  { room: 'config/', may: [] },
  { room: 'kiosk-ui/', may: ['gateway/contract/'] },
  {
    room: 'simulators/devices/',
    may: [
      'device-drivers/wire/',
      'simulators/device.ts',
      'simulators/people.ts',
      'simulators/print-mechanism.ts',
      'simulators/label-picture/',
    ],
  },
  { room: 'simulators/', may: ['device-drivers/', 'gateway/contract/', 'gateway/uplink/', 'gateway/privacy/'] },
];

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const sources = ['config', 'device-drivers', 'gateway', 'kiosk-ui', 'simulators'].flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !/node_modules|(^|\/)dist\//.test(path))
    .map((path) => join(room, path)),
);
const importPattern =
  /^\s*(?:import|export)\s+(type\s)?[^'"]*?from\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/gm;

function importsOf(file: string): { target: string; typeOnly: boolean }[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(importPattern)].map((m) => ({ target: (m[2] ?? m[3] ?? m[4])!, typeOnly: Boolean(m[1]) }));
}

const ours: Arrow[] = sources.flatMap((from) =>
  importsOf(from)
    .filter(({ target }) => target.startsWith('.'))
    .map(({ target, typeOnly }) => ({ from, to: relative(root, join(root, dirname(from), target)), typeOnly })),
);

describe('the import arrows of the house', () => {
  test('there is something to check', () => expect(ours.length).toBeGreaterThan(50));

  test('every room imports only what it may', () => {
    const wrong = ours.filter(({ from, to }) => {
      const row = arrows.find(({ room }) => from.startsWith(room));
      return !row || !(to.startsWith(row.room) || row.may.some((prefix) => to.startsWith(prefix)));
    });
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test('only transports import the native device bindings, and lazily', () => {
    const native = ['serialport', 'node-hid', 'onoff', 'usb'];
    const found = sources.flatMap((file) =>
      importsOf(file)
        .filter(({ target }) => native.includes(target))
        .map(({ target }) => `${file} -> ${target}`),
    );
    expect(found.filter((line) => !line.startsWith('device-drivers/transport/'))).toEqual([]);
    const eager = sources.filter((file) =>
      /^import (?!type)[^;]*from ['"](serialport|node-hid|onoff|usb)['"]/m.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(eager).toEqual([]);
  });

  test('the label renderer is loaded by the thread that draws, and by nothing else', () => {
    const loads = (target: RegExp) =>
      sources.filter((file) => importsOf(file).some((found) => target.test(found.target)));
    expect(loads(/^zpl-renderer-js/)).toEqual(['simulators/label-picture/thread.ts']);
    expect(loads(/label-picture\/thread|^\.\/thread/)).toEqual([]);
  });

  test('no cycles', () => {
    const graph = new Map<string, Arrow[]>(sources.map((file) => [file, []]));
    for (const arrow of ours) if (!arrow.typeOnly) graph.get(arrow.from)!.push(arrow);
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (file: string, path: string[]) => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      else if (!done.has(file)) {
        for (const { to } of graph.get(file) ?? []) walk(to, [...path, file]);
        done.add(file);
      }
    };
    for (const file of sources) walk(file, []);
    expect(cycles).toEqual([]);
  });

  test('no barrels and no utils', () => {
    expect(
      sources.filter(
        (file) => /(^|\/)(index|utils?|helpers?|common|misc)\.tsx?$/.test(file) && !file.startsWith('kiosk-ui/'),
      ),
    ).toEqual([]);
  });
});
