/**
 * `data` of the stream `sampling`. Every event names the object's code, who (operator), where (lane), and why (reason)
 * where a choice was made. Persons appear as references and sealed text only.
 */
import { z } from 'zod';
import {
  boxCode,
  celsius,
  count,
  deviceId,
  hmacRef,
  idType,
  instant,
  laneId,
  objectCode,
  operator,
  personRef,
  pii,
  reason,
  sessionId,
  tubeCode,
} from './fields.ts';

const poolSize = z.literal([1, 5, 10, 20]).describe('Persons per tube at most');
const slot = z.int().min(1).max(20).describe('Place in the tube, from 1');
const via = z.enum(['qr', 'card', 'document', 'paper', 'manual']).describe('How the person was identified');
const rosterDigest = hmacRef.describe('base64url SHA-256 over the roster: `slot|personRef` lines, LF between, by slot');
const roster = z.array(z.object({ slot, personRef })).max(20).describe('Everybody in the tube, by slot');

const parentTube = tubeCode.describe(
  'Positive tube that this one re-samples: the one that holds the person, where this hut knows it. Said when the tube is opened if the person is known by then, and always when it is closed',
);

const here = { lane: laneId, session: sessionId, operator };
const person = { personRef, idType };

export const samplingEvents = {
  'sampling.session-opened': z.object({
    ...here,
    round: z.string().min(1).max(64).describe('Campaign round'),
    poolSize,
    flow: z.enum(['tube-first', 'people-first', 'box-first']).describe('Order of scans'),
    kind: z.enum(['normal', 'resample']).describe('resample: single tubes after a positive pool').optional(),
    takesOver: z
      .object({
        session: sessionId,
        operator,
        tube: tubeCode.optional(),
        count: count.describe('Persons in the open tube, or in the registered group, at the change').optional(),
      })
      .describe('Change of shift: whose session and open tube go on here')
      .optional(),
  }),
  'sampling.session-closed': z.object({
    ...here,
    persons: count.describe('Persons sampled in the session'),
    tubes: count.describe('Tubes closed in the session'),
    reason: reason.optional(),
  }),

  'sampling.person-added': z.object({
    ...here,
    ...person,
    tube: tubeCode,
    slot,
    via,
    pii: pii.optional(),
    group: z.string().min(1).max(64).describe('Group of persons registered together').optional(),
    temperature: celsius.describe('Body temperature, degrees Celsius').optional(),
    earlierTube: tubeCode
      .describe('Sampled earlier in this round here, and again after the sampler confirmed it')
      .optional(),
  }),
  'sampling.person-staged': z.object({
    ...here,
    ...person,
    group: z.string().min(1).max(64).describe('Group that waits for its tube'),
    slot,
    via,
    pii: pii.optional(),
    temperature: celsius.describe('Body temperature, degrees Celsius').optional(),
    single: z.literal(true).describe('Needs a tube of their own').optional(),
  }),
  'sampling.group-discarded': z.object({
    ...here,
    group: z.string().min(1).max(64).describe('Group that waited for its tube'),
    roster: roster.describe('Everybody who was registered and is not sampled, by slot'),
    reason,
  }),
  'sampling.person-corrected': z.object({
    ...here,
    ...person,
    tube: tubeCode,
    slot,
    via,
    pii: pii.optional(),
    previousPersonRef: personRef.describe('Reference of the person recorded before in this slot'),
    reason,
  }),
  'sampling.person-removed': z.object({
    ...here,
    tube: tubeCode.optional().describe('Absent when the person only waited in a group'),
    group: z.string().min(1).max(64).describe('Group that waits for its tube').optional(),
    slot,
    personRef,
    reason,
  }),
  'sampling.person-excluded': z.object({ ...here, ...person, via, pii: pii.optional(), reason }),
  'sampling.person-diverted': z.object({
    ...here,
    ...person,
    via,
    pii: pii.optional(),
    temperature: celsius.describe('Body temperature, degrees Celsius').optional(),
    reason,
  }),

  'sampling.tube-opened': z.object({
    ...here,
    tube: tubeCode,
    poolSize,
    parentTube: parentTube.optional(),
    box: boxCode.describe('box-first: the box this tube is meant for').optional(),
  }),
  'sampling.tube-confirmed': z
    .object({ ...here, tube: tubeCode, count })
    .describe('After a restart: the tube in hand is the open one'),
  'sampling.tube-closed': z.object({
    ...here,
    tube: tubeCode,
    poolSize,
    count: count.describe('Persons in the tube; the length of the roster'),
    roster,
    rosterDigest,
    openedAt: instant.describe('When the tube was opened, RFC 3339'),
    firstSwabAt: instant.describe('When the first person was added, RFC 3339; the age of the sample counts from here'),
    parentTube: parentTube.optional(),
  }),
  'sampling.tube-reopened': z.object({ ...here, tube: tubeCode, count, reason }),
  'sampling.tube-voided': z.object({
    ...here,
    tube: tubeCode,
    count,
    roster: roster.describe('Everybody who must be sampled again, by slot'),
    reason,
  }),
  'sampling.tube-packed': z.object({ ...here, tube: tubeCode, box: boxCode }),
  'sampling.tube-unpacked': z.object({ ...here, tube: tubeCode, box: boxCode, reason }),

  'sampling.tubes-missing': z
    .object({ lane: laneId.optional(), operator, box: boxCode, tubes: z.array(tubeCode).min(1).max(2_000), reason })
    .describe('Tubes meant for this box that will not come'),

  'sampling.box-opened': z.object({ box: boxCode, lane: laneId.optional(), operator, reason: reason.optional() }),
  'sampling.box-sealed': z.object({
    box: boxCode,
    lane: laneId.optional(),
    operator,
    seal: objectCode.describe('Number of the seal'),
    tubes: z.array(tubeCode).max(2_000).describe('Codes of all tubes in the box'),
    counted: count.describe('Tubes counted by hand'),
    destination: z.string().min(1).max(64).describe('Laboratory').optional(),
    temperature: z
      .object({ min: celsius, max: celsius, excursions: count.describe('Times outside the limits') })
      .describe('What the box probe saw since the box was opened')
      .optional(),
  }),
  'sampling.box-handed-over': z.object({
    box: boxCode,
    operator,
    courier: operator.describe('Staff reference of the courier, never a name'),
    counted: count.describe('Tubes counted by the courier'),
    vehicle: z.string().min(1).max(64).describe('Fleet number of the vehicle').optional(),
  }),

  'sampling.label-printed': z.object({
    device: deviceId,
    jobId: z.string().min(1).max(64).describe('Print job'),
    lane: laneId.optional(),
    operator: operator.optional(),
    code: objectCode.describe('Object code on the label').optional(),
    copies: z.int().min(1).max(100).describe('Labels asked for'),
    outcome: z
      .enum(['done', 'printed_unconfirmed', 'unknown', 'failed'])
      .describe(
        'printed_unconfirmed: the printer took it and is well, scanning the label proves it; unknown: a person has to look; never re-sent by itself',
      ),
    substituted: count.describe('Characters that the printer’s font lacks, printed as a mark').optional(),
    fault: z.string().max(64).describe('Fault code').optional(),
  }),
  'sampling.label-checked': z
    .object({ ...here, code: objectCode.describe('Object code on the label') })
    .describe('A printed label was scanned once: it can be read, and is on the right thing'),
} as const;
