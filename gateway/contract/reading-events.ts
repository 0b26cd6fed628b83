/** `data` of the stream `reading`: what a device read and no lane consumed. */
import { z } from 'zod';
import { celsius, deviceId, hmacRef, idType, instant, objectCode, personRef, pii } from './fields.ts';

const identityRead = z.object({
  device: deviceId,
  idType,
  personRef,
  pii: pii.optional(),
  checks: z
    .object({
      checkDigit: z
        .enum(['ok', 'wrong', 'none'])
        .describe('Check digit of the number (ISO 7064 or ICAO 9303); none: this kind has no check digit'),
      expiry: z
        .enum(['valid', 'expired', 'long-term', 'unknown'])
        .describe('Validity on the day of reading; unknown: not on the document, or the clock cannot be trusted'),
    })
    .describe('Checks made in the hut, because the number itself is sealed'),
});

export const readingEvents = {
  'reading.scanned': z
    .object({
      device: deviceId,
      symbology: z.string().min(2).max(3).describe('AIM symbology identifier (ISO/IEC 15424) such as `]C0`').optional(),
      text: objectCode.describe('Scanned text; only when a pattern of campaign.codes matches it').optional(),
      textRef: hmacRef.describe('base64url HMAC-SHA-256 over the text, when the text is sealed in `pii`').optional(),
      pii: pii.optional(),
    })
    .refine((data) => (data.text === undefined) !== (data.textRef === undefined), {
      path: ['text'],
      message: 'exactly one of text and textRef must be there',
    })
    .refine((data) => data.text === undefined || data.pii === undefined, {
      path: ['pii'],
      message: 'text in clear is not sealed as well',
    })
    .meta({ oneOf: [{ required: ['text'], not: { required: ['pii'] } }, { required: ['textRef'] }] }),
  'reading.card-read': identityRead,
  'reading.document-read': identityRead,
  'reading.temperature': z
    .object({
      device: deviceId,
      celsius: celsius.nullable().describe('Temperature, degrees Celsius; null when the sensor gives no usable value'),
      channel: z.int().min(0).max(255).describe('Channel of a probe with several').optional(),
      humidity: z.number().min(0).max(100).describe('Relative humidity, percent').optional(),
      quality: z.enum(['ok', 'estimated', 'invalid']).describe('Whether the value may be used'),
      raw: z.number().describe('Raw register or field, for traceability').optional(),
    })
    .refine((data) => data.celsius !== null || data.quality === 'invalid', {
      path: ['quality'],
      message: 'without a value the quality is invalid',
    }),
  'reading.input-changed': z.object({
    device: deviceId,
    input: z.string().min(1).max(64).describe('Name of the input'),
    level: z.union([z.literal(0), z.literal(1)]).describe('Logical level: 1 is active'),
  }),
  'reading.probe-excursion': z.object({
    device: deviceId,
    channel: z.int().min(0).max(255).describe('Channel of a probe with several').optional(),
    state: z.enum(['began', 'ended']).describe('Whether the excursion began or is over'),
    reason: z
      .enum(['too-warm', 'too-cold', 'freezing', 'sensor-lost', 'no-longer-watched'])
      .describe('Why it began; no-longer-watched: it ended because the probe was taken out of the configuration')
      .optional(),
    celsius: celsius.nullable().describe('Value at this moment, degrees Celsius; null when the sensor gives none'),
    minCelsius: celsius.describe('Lower limit, degrees Celsius'),
    maxCelsius: celsius.describe('Upper limit, degrees Celsius'),
    extremeCelsius: celsius.describe('Value farthest from the limits so far, degrees Celsius').optional(),
    since: instant
      .describe(
        'When the first value outside the limits, or the last one before the sensor was lost, was read, RFC 3339',
      )
      .optional(),
  }),
} as const;
