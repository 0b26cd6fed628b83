/**
 * Every MQTT message of the wire contract that is not an event. Consumers ignore unknown fields (they are only ever
 * added within v1), so all objects are loose; problems name the key, never the value.
 */
import { z } from 'zod';
import { count, deviceId, epoch, instant, laneId, stream } from './fields.ts';
import { clockQualities, streams } from './streams.ts';
import { id } from './topics.ts';

const session = z
  .uuid()
  .describe('One connection of one hut: a late will of an older session cannot mark a newer one dead');
const clockQuality = z.enum(clockQualities).describe('How far the wall clock can be trusted');
const seqNumber = z.int().min(0).describe('Sequence number; 0 is before the first event');
const byteCount = z.number().min(0);
const shortReason = z.string().min(1).max(200);

export const birth = z.looseObject({
  online: z.literal(true),
  session,
  epoch,
  bootid: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/)
    .describe('Boot of the machine'),
  software: z.string().min(1).max(64).describe('Version of hutgate'),
  contract: z.array(z.string()).min(1).describe('Versions of this contract that the hut speaks'),
  clockq: clockQuality,
  at: instant.describe('When this session began, by the wall clock of the hut'),
});

export const offline = z.looseObject({
  online: z.literal(false),
  session,
  reason: shortReason.describe('Why the hut stopped by itself; absent in the last will').optional(),
});

export const state = z.discriminatedUnion('online', [birth, offline]);

export const deviceStates = ['missing', 'opening', 'identifying', 'ready', 'degraded', 'fault'] as const;

export const device = z.looseObject({
  id: deviceId,
  driver: z.string().min(1).max(64).describe('Name of the driver'),
  kind: z.string().min(1).max(64).describe('Kind of device'),
  lane: laneId.optional(),
  state: z.enum(deviceStates),
  reason: shortReason.describe('Fault code, with technical detail').optional(),
  identity: z
    .looseObject({ model: z.string().optional(), firmware: z.string().optional(), serial: z.string().optional() })
    .describe('What the device says of itself')
    .optional(),
  since: instant.describe('Since when it is in this state'),
});

const streamHealth = z.looseObject({
  lastSeq: seqNumber,
  confirmedSeq: seqNumber,
  pending: count.describe('Events that are not confirmed'),
  oldestPendingAt: instant.optional(),
});

export const health = z.looseObject({
  at: instant,
  streams: z.partialRecord(z.enum(streams), streamHealth),
  quarantined: count.describe('Events that were set aside').optional(),
  disk: z.looseObject({ freeBytes: byteCount, storeBytes: byteCount.optional() }),
  memory: z.looseObject({ rssBytes: byteCount }),
  cpuCelsius: z.number().describe('CPU temperature, degrees Celsius').optional(),
  clock: z.looseObject({ quality: clockQuality }),
  devices: z.record(
    deviceId,
    z.looseObject({ frames: count, discardedBytes: count, faults: count }).describe('Since the gateway started'),
  ),
});

/** Ranges in one `need`: more are asked for in the next ack. */
export const needRangesMax = 64;

export const ack = z.looseObject({
  epoch,
  stream,
  upTo: seqNumber.describe('Everything up to here is safe at the centre; cumulative'),
  need: z
    .array(z.tuple([z.int().min(1), z.int().min(1)]))
    .max(needRangesMax)
    .describe('Ranges [from, to] to be sent again')
    .optional(),
  serverTime: instant,
});

export const commandNames = [
  'ping',
  'resend',
  'print-test',
  'identify',
  'log-bundle',
  'show-message',
  'revoke-operator',
  'reload',
  'purge',
] as const;

const commandId = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of letters, digits and . _ -');

export const command = z.looseObject({
  commandId,
  name: z
    .string()
    .min(1)
    .max(32)
    .describe(`One of ${commandNames.join(', ')}; a hut rejects those that it does not do`),
  args: z.record(z.string(), z.unknown()).default({}),
  issuedAt: instant,
  expiresAt: instant.describe('Not executed at or after this time'),
  signature: z.string().max(4096).describe('Reserved, not looked at yet').optional(),
});

export const commandStatuses = ['accepted', 'done', 'failed', 'rejected', 'expired', 'duplicate'] as const;

export const commandResult = z.looseObject({
  commandId,
  status: z.enum(commandStatuses).describe('accepted comes before done or failed; the others stand alone'),
  result: z.record(z.string(), z.unknown()).optional(),
  error: shortReason.optional(),
});

export const configReported = z.looseObject({
  version: z.string().min(1).max(64),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'),
  status: z.enum(['applied', 'rejected', 'rolledback']),
  errors: z.array(z.string()),
});

export const configDesired = z.looseObject({ version: z.string().min(1).max(64) });

const codePattern = z.string().min(1).max(200);
const planCodes = z
  .looseObject({
    tube: codePattern.optional(),
    box: codePattern.optional(),
    operator: codePattern.optional(),
    courier: codePattern.optional(),
    seal: codePattern.optional(),
  })
  .describe('Regular expressions of object codes, ^…$; what such a code matches is published in clear');
const planPerson = z.looseObject({
  name: id,
  pattern: codePattern.describe(
    'Regular expression, ^…$; groups idNumber, name, phone and vaccinated say what is what',
  ),
  via: z.enum(['qr', 'paper']).optional(),
  symbology: z.string().min(2).max(3).describe('Beginning of the AIM id, such as ]Q').optional(),
  class: z.enum(['normal', 'single']).describe('single: only into tubes of one person').optional(),
});

/** What it does not say stays as in the hut's own configuration. Applies to the next tube and session, never to an open one. */
export const plan = z.looseObject({
  version: z.string().min(1).max(64),
  validFrom: instant.describe('Not before this time; without it at once').optional(),
  round: z.string().min(1).max(64).describe('Campaign round').optional(),
  kind: z
    .enum(['normal', 'resample'])
    .describe('resample: single tubes for the persons of positive pools, whatever the pool size')
    .optional(),
  poolSize: z.literal([1, 5, 10, 20]).describe('Persons per tube').optional(),
  flow: z.enum(['tube-first', 'people-first', 'box-first']).describe('Order of scans').optional(),
  codes: planCodes.optional(),
  persons: z
    .array(planPerson)
    .max(16)
    .describe('Codes that people bring, tried in this order; all of them, or none')
    .optional(),
  feverC: z.number().min(35).max(42).describe('Fever from here on, degrees Celsius').optional(),
  temperature: z
    .enum(['off', 'optional', 'required'])
    .describe('Whether the body temperature of each person is measured')
    .optional(),
  windows: z
    .array(z.looseObject({ from: instant, to: instant }))
    .max(64)
    .describe('When sampling takes place')
    .optional(),
});

export const pace = z.looseObject({
  drainEventsPerSecond: z.number().positive().describe('Most events a hut sends per second').optional(),
  reconnectSpreadSeconds: z.number().min(0).max(3600).describe('Reconnects are spread over at least this').optional(),
});

export const central = z.looseObject({
  online: z.boolean().describe('With confirm: central a hut sends no events while false'),
});

/** By the name the topic has in `topics.ts`. */
export const messages = {
  state,
  device,
  health,
  commandResult,
  configReported,
  ack,
  command,
  configDesired,
  plan,
  pace,
  central,
} as const;

export type StateMessage = z.infer<typeof state>;
export type DeviceMessage = z.infer<typeof device>;
export type HealthMessage = z.infer<typeof health>;
export type AckMessage = z.infer<typeof ack>;
export type CommandMessage = z.infer<typeof command>;
export type CommandResultMessage = z.infer<typeof commandResult>;
export type ConfigReportedMessage = z.infer<typeof configReported>;
export type PlanMessage = z.infer<typeof plan>;
export type PaceMessage = z.infer<typeof pace>;

export type Parsed<T> =
  | { readonly value: T; readonly problem?: never }
  | { readonly problem: string; readonly value?: never };

/** Reads one message of UTF-8 JSON. The problem names the key, or says that it is no JSON. */
export function parseMessage<T>(schema: z.ZodType<T>, payload: Uint8Array): Parsed<T> {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8'));
  } catch {
    return { problem: 'message: is not JSON' };
  }
  const result = schema.safeParse(json);
  if (result.success) return { value: result.data };
  const [issue] = result.error.issues;
  return { problem: `${issue?.path.map(String).join('.') || 'message'}: ${issue?.message ?? 'is not valid'}` };
}
