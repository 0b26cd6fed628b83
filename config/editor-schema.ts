/** config/schema.json: the configuration as JSON Schema for editors, with the options of each driver. */
import { z } from 'zod';
import type { CatalogDriver, DriverCatalog } from './catalog.ts';
import { configSchema, lineSettings } from './schema.ts';

type JsonSchema = Record<string, unknown>;

const inputSchema = (schema: z.ZodType): JsonSchema => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return rest;
};

export function editorSchema(drivers: DriverCatalog): JsonSchema {
  const whole = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-7',
    override({ zodSchema, jsonSchema }) {
      if (zodSchema !== configSchema.shape.devices.def.innerType.element) return;
      const names = [...drivers.keys()];
      jsonSchema.properties = {
        ...jsonSchema.properties,
        driver: { ...driverKey(jsonSchema.properties?.driver), enum: names },
      };
      jsonSchema.allOf = [...drivers.values()].map(byDriver);
    },
  });
  return { title: 'hutgate configuration', ...whole };
}

const driverKey = (property: unknown) => (typeof property === 'object' ? property : {});

function byDriver(driver: CatalogDriver): JsonSchema {
  const own = inputSchema(driver.options);
  const line = inputSchema(lineSettings.partial()).properties as Record<string, JsonSchema>;
  const defaults = new Map(Object.entries(driver.line ?? {}));
  const uart = Object.entries(line).map(([key, schema]) => [
    key,
    defaults.has(key) ? { ...schema, default: defaults.get(key) } : schema,
  ]);
  const serial = driver.transports.includes('serial');
  const options = {
    ...own,
    description: driver.describe,
    properties: { ...(own.properties as object), ...(serial && Object.fromEntries(uart)) },
  };
  return {
    if: { properties: { driver: { const: driver.name } }, required: ['driver'] },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's if/then
    then: {
      properties: { at: { pattern: `^(${driver.transports.join('|')}):` }, options },
      ...(own.required !== undefined && { required: ['options'] }),
    },
  };
}
