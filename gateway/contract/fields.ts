/** Field schemas that several messages of the wire contract share. Each says its unit or the standard it follows. */
import { z } from 'zod';
import { streams } from './streams.ts';
import { id } from './topics.ts';

export const deviceId = id.describe('Device id of the configuration');
export const laneId = id.describe('Lane id of the configuration');
export const sessionId = z.string().min(1).max(64).describe('Sampling session, unique in the hut');
export const stream = z.enum(streams).describe('Event stream; each has its own gapless sequence');
export const epoch = z.uuid().describe('Lineage of the store file (UUID): new when a store is created or salvaged');

/** A whole number from 1, as decimal text: CloudEvents integers end at 2^31. */
export const seq = z
  .string()
  .regex(/^[1-9][0-9]{0,15}$/, 'must be a decimal number from 1 without leading zeros')
  .describe('Sequence number, decimal text; gapless per (epoch, stream), never reused');

export const instant = z.iso.datetime({ offset: true }).describe('RFC 3339 date and time with offset');

/** Text that a campaign pattern matched: the code of an object, never of a person. */
export const objectCode = z.string().min(1).max(512);
export const tubeCode = objectCode.describe('Tube code as scanned');
export const boxCode = objectCode.describe('Box code as scanned');

export const operator = z.string().min(1).max(64).describe('Staff reference, never a name');
export const reason = z.string().min(1).max(200).describe('Why, as a short code or phrase without personal data');

export const hmacRef = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes as base64url');
export const personRef = hmacRef.describe(
  'base64url HMAC-SHA-256 over `idType|idNumber` with the campaign key: the same person, the same reference, in this campaign only',
);

export const pii = z
  .string()
  .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){4}$/, 'must be a compact JWE')
  .describe(
    'Personal data sealed to the registry: compact JWE (RFC 7516), ECDH-ES + A256GCM. Absent in a resend after the sealed part was purged',
  );

export const idTypes = ['01', '03', '06', '07', '08', '99'] as const;
export const idType = z
  .enum(idTypes)
  .describe(
    'Kind of document: 01 resident card, 03 passport, 06 Hong Kong/Macau, 07 Taiwan, 08 foreign permanent resident, 99 other',
  );

export const celsius = z.number().min(-273.15).max(1000).describe('Temperature, degrees Celsius');
export const count = z.int().min(0).describe('Number of items');
