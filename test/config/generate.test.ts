import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { editorSchema } from '../../config/editor-schema.ts';
import { contractDir, generatedFiles } from '../../config/generate.ts';
import { loadConfig } from '../../config/load.ts';
import { drivers } from '../../device-drivers/registry.ts';
import { readRackFile } from '../../gateway/cli/rack-file.ts';
import { badgeCheck } from '../../gateway/secrets.ts';
import { readStaff } from '../../gateway/sign-in/staff.ts';
import { simulators } from '../../simulators/registry.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
/** Beside the huts lie the files that they refer to. */
const besides = ['staff.yaml', 'rack.yaml'];
const examples = readdirSync(`${root}/config/examples`).filter((name) => !besides.includes(name));

describe('generated files', () => {
  const files = generatedFiles();

  test.each([...files])('%s is fresh (npm run generate)', (path, text) => {
    expect(read(path)).toBe(text);
  });

  test('nothing else lies beside them', () => {
    const expected = [...files.keys()]
      .filter((path) => path.startsWith(contractDir))
      .map((path) => path.split('/').at(-1));
    expect(readdirSync(`${root}/${contractDir}`).sort()).toEqual(expected.sort());
  });
});

describe('beside the huts of the examples', () => {
  test('the staff is right, and its badges are what the huts take for badges', () => {
    for (const name of examples) {
      const { config } = loadConfig(read(`config/examples/${name}`), name, drivers);
      if (config!.staff === undefined) continue;
      const staff = readStaff(read('config/examples/staff.yaml'), 'staff.yaml', badgeCheck(config!.campaign));
      expect(staff, name).not.toHaveProperty('problems');
    }
  });

  test('the rack has the devices of the demo', () => {
    const rack = readRackFile(read('config/examples/rack.yaml'), 'rack.yaml', simulators);
    expect(rack.problems).toBeUndefined();
    const { config } = loadConfig(read('config/examples/demo.yaml'), 'demo.yaml', drivers);
    const named = (devices: readonly { id: string; driver: string }[]) =>
      devices.map(({ id, driver }) => `${id} ${driver}`);
    expect(named('devices' in rack ? rack.devices : [])).toEqual(named(config!.devices));
  });
});

describe('the schema for editors', () => {
  const schema = editorSchema(drivers);
  const accepts = new Ajv({ strict: false }).compile(schema);

  test.each(examples)('%s fits it, and loads', (name) => {
    const text = read(`config/examples/${name}`);
    accepts(parse(text));
    expect(accepts.errors).toBeNull();
    expect(loadConfig(text, name, drivers).problems).toBeUndefined();
  });

  test.each([
    ['a driver that is not there', /driver: scanner-line/, 'driver: scanner'],
    ['an option of another driver', /symbologyId: true/, 'unit: 1'],
    ['an option out of range', /unit: 1/, 'unit: 500'],
    ['an address the driver cannot use', /tcp:192.168.1.30:9100/, 'w1:28-0316a2794e01'],
    ['an unknown key', /poolSize:/, 'poolsize:'],
  ])('it knows %s', (_, from, to) => {
    const text = read('config/examples/full.yaml');
    expect(text).toMatch(from);
    expect(accepts(parse(text.replace(from, to)))).toBe(false);
    expect(loadConfig(text.replace(from, to), 'hut.yaml', drivers).problems).toHaveLength(1);
  });

  test('every key has a description', () => {
    const without: string[] = [];
    const walk = (node: unknown, path: string) => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        // `at` under `then` only narrows the one that is described.
        if (path.endsWith('.properties') && !('description' in value) && !(path.includes('.then.') && key === 'at'))
          if (!path.includes('.if.')) without.push(`${path}.${key}`);
        walk(value, `${path}.${key}`);
      }
    };
    walk(schema, '');
    expect(without).toEqual([]);
  });
});

test('the full example shows every key', () => {
  const shown = (value: unknown, schema: { properties?: Record<string, never> }, path: string): string[] =>
    Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
      const here = (value as Record<string, unknown> | undefined)?.[key];
      return here === undefined ? [`${path}.${key}`] : shown(here, inner, `${path}.${key}`);
    });
  expect(shown(parse(read('config/examples/full.yaml')), editorSchema(drivers), '')).toEqual([]);
});
