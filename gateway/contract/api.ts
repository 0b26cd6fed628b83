/**
 * The local API of a hut: what `GET /api/health`, `GET /api/devices`, `/api/config*`, `/api/demo/*` answer and what `WS /api/live`
 * sends. Masked by construction: no field here can hold a name, a document number or the raw text of a private code.
 * The page imports the types only. Unknown fields are ignored by readers; fields are only ever added.
 */
import { z } from 'zod';
import { hutSampling, laneView } from './lane.ts';
import { deviceStates } from './messages.ts';
import { clockQualities, streams } from './streams.ts';

const seq = z.number().int().min(0);
const count = z.number().int().min(0);
const bytes = z.number().min(0).describe('bytes');
const instant = z.string().describe('RFC 3339 with offset');
const stream = z.enum(streams);

/** Highest sequence number per stream. */
export const cursor = z.object({ sampling: seq, reading: seq, audit: seq });

export const gatewayInfo = z.object({
  id: z.string(),
  region: z.string(),
  site: z.object({ name: z.string(), type: z.string() }),
  software: z.string(),
  epoch: z.string().describe('lineage of the store file; sequence numbers mean nothing outside it'),
  startedAt: instant,
});

export const deviceReason = z.object({
  code: z.string().describe('a code of device-drivers/faults.ts'),
  detail: z.string().optional().describe('numbers and register names, for technicians'),
  means: z.string(),
  fix: z.string().describe('what a technician does about it'),
});

const identity = z.object({
  model: z.string().optional(),
  firmware: z.string().optional(),
  serial: z.string().optional(),
});

/** Since the gateway started. */
export const deviceCounters = z.object({
  frames: count,
  readings: count,
  repeats: count.describe('the same code again within the repeat window'),
  unknownCodes: count.optional().describe('of a scanner of a lane: scans that were no code of the campaign'),
  discardedBytes: z.record(z.string(), count).describe('by reason'),
  faults: z.record(z.string(), count).describe('by fault code'),
});

export const deviceView = z.object({
  id: z.string(),
  driver: z.string(),
  kind: z.string(),
  lane: z.string().optional(),
  state: z.enum(deviceStates),
  reason: deviceReason.optional(),
  identity: identity.optional(),
  since: instant,
  counters: deviceCounters,
  refused: z
    .array(z.object({ why: z.string().describe('a code'), readings: count, at: instant.describe('of the last one') }))
    .readonly()
    .optional()
    .describe('Readings that were NOT recorded since the gateway started, by reason, newest first; never their text'),
});

/** A piece of a summary that is the page's to put into words. */
export const summaryPart = z.union([
  z.object({ text: z.string().describe('as it is') }),
  z.object({ word: z.string().describe('a word of the contract or a fault code') }),
  z.object({
    characters: count.describe('length of a text that may be anybody’s code'),
    tail: z.string().describe('an ellipsis and the end of it'),
  }),
]);
const parts = z
  .array(summaryPart)
  .readonly()
  .optional()
  .describe('the same for a page with a language; absent: it is the same in every language');

/** `POST /api/devices/{id}/test`: what came of it. */
export const deviceTest = z.object({
  outcome: z
    .enum(['printed', 'unproved', 'switched', 'read', 'silent', 'failed'])
    .describe('unproved: sent to a printer that cannot prove it; silent: nothing was read in time'),
  text: z.string().describe('read: the reading as a person may see it; failed, unproved: why, by code'),
  parts,
});

export const uplinkStates = ['connecting', 'online', 'offline', 'held', 'stopped'] as const;

export const uplinkView = z.object({
  state: z.enum(uplinkStates).describe('held: connected, but the central system asked to wait'),
  since: instant,
  confirm: z.enum(['central', 'broker']),
  reconnects: count,
  nextTryAt: instant.optional(),
  lastError: z.string().optional(),
});

export const streamView = z.object({
  stream,
  lastSeq: seq,
  confirmedSeq: seq,
  pending: count,
  oldestPendingAt: instant.optional(),
});

export const health = z.object({
  gateway: gatewayInfo,
  at: instant,
  uptimeSeconds: z.number().min(0),
  clock: z.object({ quality: z.enum(clockQualities) }),
  streams: z.array(streamView),
  quarantined: count,
  uplink: uplinkView,
  store: z.object({
    state: z.enum(['ok', 'disk-full', 'failed']),
    detail: z.string().optional(),
    fileBytes: bytes,
    diskFreeBytes: bytes,
  }),
  memory: z.object({ rssBytes: bytes, heapUsedBytes: bytes }),
});

/** What became of a configuration file that a SIGHUP, the centre or a technician asked to be taken over. */
export const reloadOutcomes = ['taken-over', 'wrong', 'lanes-at-work', 'not-started'] as const;

const problemLines = {
  problems: z
    .array(z.string())
    .describe(
      '`FILE:LINE:COL key: what is wrong; what is allowed`, in English; at most 50, and never a value of the file',
    ),
  more: count.describe('problems that are not in the list'),
};

/** `GET /api/config`: the configuration file of the gateway. Absent (404) in the demo, which has none that could change. */
export const configView = z.object({
  file: z.string().describe('as it was given on the command line'),
  sha256: z.string().describe('of the text in use, hex'),
  loadedAt: instant,
  last: z
    .object({
      count: count.describe('counts up since the gateway started: a new one is another reload'),
      at: instant,
      outcome: z
        .enum(reloadOutcomes)
        .describe('all but taken-over: the file before is still in use. not-started: it was taken again'),
      ...problemLines,
    })
    .optional()
    .describe('The last reload; absent when none was asked for'),
});

/** `POST /api/config/check`: the file on the disk now. Nothing is changed by it. */
export const configCheck = z.object({
  at: instant,
  sha256: z.string().optional().describe('hex; absent when there are problems'),
  inUse: z.boolean().describe('this very text is in use'),
  ...problemLines,
  inTheWay: z.array(z.string()).describe('why a reload would be refused now though the file is right'),
});

export const committedView = z.object({
  stream,
  seq,
  eventType: z.string().describe('short name, such as reading.scanned'),
  device: z.string().optional(),
  at: instant,
  summary: z.string().describe('what a person may see of it: masked, and made of text from the wire: show it as text'),
  parts,
});

export const liveMessage = z.discriminatedUnion('type', [
  /** First message of a connection: all there is at this moment. Events after `cursor` follow as they are committed. */
  z.object({
    type: z.literal('hello'),
    gateway: gatewayInfo,
    cursor,
    devices: z.array(deviceView),
    uplink: uplinkView,
    demo: z.boolean().describe('/api/demo/* is there'),
    lanes: z.array(laneView).describe('Empty in a hut without lanes'),
    sampling: hutSampling.optional().describe('Absent in a hut without lanes'),
    config: configView.optional().describe('For technicians; absent in the demo'),
  }),
  committedView.extend({ type: z.literal('committed') }),
  /** Events that are in the store but are not shown one by one: they came too fast, or before what is still kept. */
  z.object({ type: z.literal('missed'), stream, count, upTo: seq, why: z.enum(['too-fast', 'not-kept']) }),
  z.object({ type: z.literal('device'), device: deviceView }),
  z.object({ type: z.literal('uplink'), uplink: uplinkView }),
  z.object({ type: z.literal('lane'), lane: laneView }),
  z.object({ type: z.literal('sampling'), sampling: hutSampling }),
  /** After each reload, also one that was refused; to technicians only. */
  z.object({ type: z.literal('config'), config: configView }),
  /** Every second. A page that hears none for five seconds is not live, whatever else it hears. */
  z.object({ type: z.literal('pulse'), health, devices: z.array(deviceView) }),
]);

/** `GET /api/live?epoch=…&reading=1042`: the last sequence number seen of each stream, and in which epoch. */
export const liveQuery = z.strictObject({
  epoch: z.string().max(64).optional(),
  sampling: z.coerce.number().int().min(0).optional(),
  reading: z.coerce.number().int().min(0).optional(),
  audit: z.coerce.number().int().min(0).optional(),
});

export const apiError = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Only in `hutgate demo`. */
export const demoDevice = z.object({
  id: z.string(),
  driver: z.string(),
  plugged: z.boolean(),
  actions: z.array(
    z.object({
      name: z.string(),
      describe: z.string(),
      args: z.record(z.string(), z.unknown()).describe('JSON Schema of the arguments'),
    }),
  ),
  state: z.record(z.string(), z.unknown()).describe('what a person would see looking at the device'),
});

export const centralReport = z.object({
  received: count.describe('events, each once'),
  duplicates: count,
  gaps: count,
  violations: count.describe('messages that break the contract'),
});

export const demoView = z.object({
  devices: z.array(demoDevice),
  broker: z.object({ running: z.boolean() }),
  central: z.object({ online: z.boolean(), report: centralReport }),
});

export const demoActRequest = z.strictObject({ args: z.record(z.string(), z.unknown()).default({}) });
export const demoPlugRequest = z.strictObject({ plugged: z.boolean() });
export const demoBrokerRequest = z.strictObject({ running: z.boolean() });
export const demoCentralRequest = z.strictObject({ online: z.boolean() });

export type Cursor = z.infer<typeof cursor>;
export type GatewayInfo = z.infer<typeof gatewayInfo>;
export type DeviceView = z.infer<typeof deviceView>;
export type DeviceTest = z.infer<typeof deviceTest>;
export type SummaryPart = z.infer<typeof summaryPart>;
export type UplinkView = z.infer<typeof uplinkView>;
export type Health = z.infer<typeof health>;
export type ConfigView = z.infer<typeof configView>;
export type ConfigCheck = z.infer<typeof configCheck>;
export type CommittedView = z.infer<typeof committedView>;
export type LiveMessage = z.infer<typeof liveMessage>;
export type LiveQuery = z.infer<typeof liveQuery>;
export type DemoDevice = z.infer<typeof demoDevice>;
export type CentralReport = z.infer<typeof centralReport>;
export type DemoView = z.infer<typeof demoView>;
