/** The event envelope: CloudEvents 1.0, structured JSON, with the hut's extension attributes (all text, as the standard asks of large numbers). */
import { z } from 'zod';
import { epoch, instant, seq, stream } from './fields.ts';
import { clockQualities } from './streams.ts';

export const typePrefix = 'org.hutgate.';
export const typeSuffix = '.v1';

export const eventType = (short: string) => `${typePrefix}${short}${typeSuffix}`;
export const dataSchemaUrn = (short: string) => `urn:hutgate:schema:${short}:1`;

export const eventEnvelope = z.looseObject({
  specversion: z.literal('1.0').describe('CloudEvents version'),
  id: z
    .string()
    .regex(/^[a-z0-9-]{1,32}\/[0-9a-f-]{36}\/[a-z]+\/[1-9][0-9]{0,15}$/, 'must be {gateway}/{epoch}/{stream}/{seq}')
    .describe(
      '`{gateway}/{epoch}/{stream}/{seq}` as first numbered; consumers deduplicate on it. An event salvaged from a damaged store keeps it, with a new `epoch` and `seq` beside it',
    ),
  source: z
    .string()
    .regex(/^urn:hutgate:[a-z0-9-]{1,32}:[a-z0-9-]{1,32}$/, 'must be urn:hutgate:{region}:{gateway}')
    .describe('`urn:hutgate:{region}:{gateway}`'),
  type: z
    .string()
    .regex(/^org\.hutgate\.[a-z]+\.[a-z-]+\.v1$/, 'must be org.hutgate.{stream}.{name}.v1')
    .describe('`org.hutgate.{stream}.{name}.v1`'),
  subject: z
    .string()
    .min(1)
    .max(512)
    .describe('Code of the object or id of the device; never personal data')
    .optional(),
  time: instant.describe('Capture by the wall clock, RFC 3339 with offset; how far to trust it says `clockq`'),
  datacontenttype: z.literal('application/json').describe('Media type of `data`'),
  dataschema: z.string().describe('`urn:hutgate:schema:{stream}.{name}:1`'),
  stream,
  epoch,
  seq,
  bootid: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be 1 to 64 letters, digits and -')
    .describe('Boot of the machine; `monoms` counts within it'),
  monoms: z
    .string()
    .regex(/^[0-9]{1,15}$/, 'must be a decimal number')
    .describe('Capture by the monotonic clock, milliseconds since `bootid`, decimal text'),
  clockq: z.enum(clockQualities).describe('Clock quality at capture: synced | holdover | unsynced'),
  historical: z.boolean().describe('Sent more than 60 s after capture'),
  data: z.looseObject({}).describe('By `type`; consumers ignore unknown fields'),
});

export type EventEnvelope = z.infer<typeof eventEnvelope>;
