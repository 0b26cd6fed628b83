/** `data` of the stream `audit`: what people and the gateway itself did that a later question may turn on. */
import { z } from 'zod';
import { count, epoch, laneId, operator, personRef, reason, seq, stream } from './fields.ts';
import { clockQualities } from './streams.ts';

const clockQuality = z.enum(clockQualities).describe('How far the wall clock can be trusted');

export const auditEvents = {
  'audit.operator-signed-in': z.object({
    operator,
    lane: laneId.optional(),
    method: z.enum(['badge', 'pin', 'badge-and-pin', 'password']).describe('What the operator showed'),
  }),
  'audit.sign-in-refused': z.object({
    operator: operator.optional().describe('Staff reference, where the badge or name is known'),
    lane: laneId.optional(),
    reason: z
      .enum(['wrong', 'locked', 'unknown'])
      .describe('wrong: PIN or password; locked: after too many wrong ones, said once; unknown: badge or name'),
  }),
  'audit.operator-signed-out': z.object({
    operator,
    lane: laneId.optional(),
    reason: z.enum(['self', 'timeout', 'revoked', 'handover']).describe('Why the sign-in ended'),
  }),
  'audit.config-applied': z.object({
    source: z.enum(['file', 'desired', 'plan']).describe('Where the configuration came from'),
    status: z.enum(['applied', 'rejected', 'rolledback']).describe('What became of it'),
    version: z.string().min(1).max(64).describe('Version given by the centre').optional(),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .describe('SHA-256 of the text, hex'),
  }),
  'audit.clock-adjusted': z.object({
    stepMs: z
      .number()
      .describe('How far the wall clock jumped against monotonic time, milliseconds; positive is forward'),
    before: clockQuality,
    after: clockQuality,
  }),
  'audit.store-recovered': z.object({
    previousEpoch: epoch.nullable().describe('Lineage of the damaged file; null when it could not be read'),
    salvaged: count.describe('Unconfirmed events carried over into the new epoch'),
    unreadable: count.describe('Sequence numbers of unconfirmed events that could not be read').optional(),
    withoutSealed: count.describe('Events carried over without their sealed part').optional(),
    states: count.describe('State entries carried over').optional(),
    setAside: z.string().max(255).describe('Name of the file that the damaged store was moved to').optional(),
    reason,
  }),
  'audit.event-quarantined': z.object({
    stream,
    epoch,
    firstSeq: seq.describe('First sequence number of the gap'),
    lastSeq: seq.describe('Last sequence number of the gap'),
    reason,
  }),
  'audit.command-executed': z.object({
    commandId: z.string().min(1).max(64).describe('Id given by the centre'),
    name: z.string().min(1).max(32).describe('Name of the command'),
    status: z
      .enum(['accepted', 'done', 'failed', 'rejected', 'expired', 'duplicate'])
      .describe('What became of the command'),
  }),
  'audit.personal-data-revealed': z.object({
    operator,
    lane: laneId.optional(),
    personRef,
    fields: z.array(z.enum(['name', 'idNumber', 'phone'])).describe('What was shown unmasked'),
    reason: reason.optional(),
  }),
} as const;
