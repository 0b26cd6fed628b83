/**
 * Readers of the machine-readable zone of passports and permits: swipe readers, full-page readers and imagers with OCR, on
 * a serial line. What they send is cut by `wire/mrz-blocks.ts` and read by `wire/mrz.ts` (ICAO Doc 9303).
 *
 * Check digits: a zone that fails one was misread by the optics, nearly always, and a wrong number would be another person
 * for ever; so it is a fault, and the document is laid on again. When the same zone comes a second time, character by
 * character, it is the document that is wrong: then it is a reading with `checkDigitOk: false`.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  type Conversation,
  type DriverOutput,
  type DriverSession,
  defineDriver,
  emit,
  flush,
  type IdType,
  receive,
  send,
} from '../driver.ts';
import type { Fault } from '../faults.ts';
import { type Mrz, parseMrz } from '../wire/mrz.ts';
import { elyctisFraming, elyctisInquire, mrzBlocks, mrzLinesIn } from '../wire/mrz-blocks.ts';

const idTypes = ['01', '03', '06', '07', '08', '99'] as const satisfies readonly IdType[];

/**
 * By document code, on documents that China issued. C (1999) and CR are permits of Hong Kong and Macau residents, CT those
 * of Taiwan residents; CS and CD are permits of mainland residents to go there. Only the first is in a standard (GA/T 704.14).
 */
const chinesePermits: ReadonlyMap<string, IdType> = new Map<string, IdType>([
  ['C', '06'],
  ['CR', '06'],
  ['CT', '07'],
  ['CS', '99'],
  ['CD', '99'],
]);

const options = z.strictObject({
  protocol: z
    .enum(['listen', 'elyctis'])
    .default('listen')
    .describe('listen: the reader sends by itself (3M RTE, DESKO, EST-100PR, plain lines); elyctis: it is asked'),
  sameDocumentWindowMs: z
    .int()
    .min(0)
    .max(600_000)
    .default(5_000)
    .describe('The same document again within so many milliseconds of its last reading is no second reading'),
  misprintWindowMs: z
    .int()
    .min(0)
    .max(600_000)
    .default(30_000)
    .describe('A zone with a wrong check digit that comes again unchanged within this time is taken as printed so'),
  documentTypes: z
    .record(z.string().regex(/^[A-Z][A-Z0-9]?$/, 'must be a document code such as P or CR'), z.enum(idTypes))
    .default({})
    .describe('Kinds of identity by document code, where this build does not know a permit'),
  pollMs: z.int().min(100).max(5_000).default(300).describe('elyctis only: how often the reader is asked'),
  replyWithinMs: z.int().min(100).max(5_000).default(1_000).describe('elyctis only: time the reader has to answer'),
});
type Options = z.infer<typeof options>;

/** Questions without an answer before the reader counts as gone. */
const silencesMax = 3;

export const documentMrz = defineDriver<Options, Uint8Array>({
  name: 'document-mrz',
  kind: 'id-reader',
  describe: 'Passport and permit reader that sends the machine-readable zone (ICAO 9303)',
  transports: ['serial', 'tcp', 'sim'],
  line: { baudRate: 9600 },
  options,
  faults: ['document-misread'],
  session(o, { monotonicMs }): DriverSession<Uint8Array> {
    const types = new Map(Object.entries(o.documentTypes));
    let lastRead: { readonly zone: string; readonly seenMs: number } | undefined;
    let lastWrong: { readonly zone: string; readonly seenMs: number } | undefined;

    const outputsOf = (block: Uint8Array): DriverOutput[] => {
      const found = mrzLinesIn(block);
      if ('none' in found) {
        if (found.none === 'other-message') return [];
        return [misread(found.none === 'unread' ? 'unread characters' : `no zone in ${block.length} bytes`)];
      }
      const mrz = parseMrz(found.lines);
      if (!mrz) return [misread('characters that no zone has')];
      // A filler inside stands for a hyphen or a space (Doc 9303-3); a number never begins with one.
      if (mrz.documentNumber === '' || mrz.documentNumber.startsWith('<')) return [misread('no document number')];
      const zone = createHash('sha256').update(found.lines.join('\n')).digest('base64');
      const nowMs = monotonicMs();
      const isWrong = mrz.wrongChecks.length > 0;
      if (isWrong && !(lastWrong?.zone === zone && nowMs - lastWrong.seenMs < o.misprintWindowMs)) {
        lastWrong = { zone, seenMs: nowMs };
        return [misread(`check digit of ${mrz.wrongChecks.join(', ')}`)];
      }
      const repeated = lastRead?.zone === zone && nowMs - lastRead.seenMs < o.sameDocumentWindowMs;
      lastRead = { zone, seenMs: nowMs };
      return [repeated ? { repeat: 'identity' } : { reading: readingOf(mrz, !isWrong) }];
    };

    const readingOf = (mrz: Mrz, checkDigitOk: boolean) => {
      const { documentCode, documentNumber: idNumber, name, birthDate, validTo } = mrz;
      const nationality = alpha3(mrz.nationality);
      return {
        type: 'identity',
        source: 'document',
        idType: types.get(documentCode) ?? idTypeOf(mrz),
        name,
        idNumber,
        ...(birthDate !== undefined && { birthDate }),
        ...(nationality !== undefined && { nationality }),
        ...(validTo !== undefined && { validTo }),
        checkDigitOk,
      } as const;
    };

    return o.protocol === 'elyctis' ? asked(o, outputsOf) : { framing: mrzBlocks(), onFrame: outputsOf };
  },
});

/** A document that stays in the reader is answered with again and again; it counts once, until an empty answer. */
function asked(o: Options, outputsOf: (block: Uint8Array) => DriverOutput[]): DriverSession<Uint8Array> {
  let silences = 0;
  let settled: string | undefined;

  function* ask(): Conversation<Uint8Array, Uint8Array | undefined> {
    yield* flush();
    yield* send(elyctisInquire);
    return yield* receive<Uint8Array>(o.replyWithinMs);
  }
  return {
    framing: elyctisFraming(),
    *identify() {
      const answer = (yield* ask()) ?? (yield* ask());
      return answer ? { identity: {} } : { fault: { code: 'no-reply' } };
    },
    cycle: {
      everyMs: o.pollMs,
      *run(): Conversation<Uint8Array, Fault | undefined> {
        const data = yield* ask();
        if (!data) return ++silences < silencesMax ? undefined : { code: 'no-reply' };
        silences = 0;
        const content = data.length === 0 ? undefined : createHash('sha256').update(data).digest('base64');
        if (content !== undefined && content !== settled) for (const output of outputsOf(data)) yield* emit(output);
        settled = content;
        return undefined;
      },
    },
  };
}

const misread = (detail: string): DriverOutput => ({ fault: { code: 'document-misread', detail } });

export function idTypeOf({ documentCode, issuingState, format }: Mrz): IdType {
  if (documentCode.startsWith('P')) return '03';
  if (issuingState !== 'CHN' && format !== 'permit-line') return '99';
  return chinesePermits.get(documentCode) ?? '99';
}

/** Germany alone has one letter in a zone (Doc 9303 part 3, section 5). */
export function alpha3(nationality: string): string | undefined {
  if (nationality === 'D') return 'DEU';
  return /^[A-Z]{3}$/.test(nationality) ? nationality : undefined;
}
