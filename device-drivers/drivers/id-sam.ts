/**
 * Chinese second-generation ID-card readers on a serial line that speak the SAM protocol (GA/T 467-2019, SAM_A
 * interface): find, select, read. A card is read once per presentation; text only, never the fingerprint, and the photo
 * that comes along is wiped unseen.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  type Conversation,
  type DriverOutput,
  defineDriver,
  emit,
  flush,
  type Identified,
  type IdType,
  pause,
  type Reading,
  receive,
  send,
} from '../driver.ts';
import type { Fault, FaultCode } from '../faults.ts';
import { type CardText, cardTextBytes, decodeCardText } from '../wire/card-text.ts';
import { idCheckOk } from '../wire/id-number.ts';
import { samFrame, samFraming, samLenMin } from '../wire/sam.ts';

/** SW1 SW2 SW3 data. SW1 and SW2 are forwarded from the card; SW3 alone decides. */
type Reply = Uint8Array;
type Identity = Reading & { type: 'identity' };
const sw3 = (reply: Reply) => reply[2]!;
const replyHeadBytes = 3;
const samIdBytes = 16;
/** textLen (2), photoLen (2), text, photo. */
const textAt = replyHeadBytes + 4;

const command = (name: string, cmd: number, para: number) => ({ name, frame: samFrame(Uint8Array.of(cmd, para)) });
type Command = ReturnType<typeof command>;
const reset = command('reset', 0x10, 0xff);
const status = command('status', 0x11, 0xff);
const samId = command('SAM id', 0x12, 0xff);
const find = command('find', 0x20, 0x01);
const select = command('select', 0x20, 0x02);
const readText = command('read', 0x30, 0x01);

const done = 0x90;
const cardFound = 0x9f;
const noCard = 0x80;
const badCheck = 0x10;
const badLength = 0x11;
const readFailed = 0x41;
const selfTestFailed = 0x60;
const unauthorised = 0x66;
/** Unrecognised error, no random number, select failed, card gone: look for the card again. */
const lookAgain: ReadonlySet<number> = new Set([0x24, 0x47, 0x81, noCard]);
/** What the card itself is to blame for: it has to be lifted and presented again. */
const cardFaults: ReadonlyMap<number, FaultCode> = new Map([
  [0x31, 'card-not-authenticated'],
  [0x32, 'card-not-authenticated'],
  [0x33, 'card-not-authenticated'],
  [0x40, 'card-wrong-type'],
  [readFailed, 'card-read-failed'],
  [0x91, 'card-read-failed'],
]);

/** Without an answer so often in a row, the reader is asked for its status; without that, it is gone. */
const silencesMax = 3;
/** A single `no card` also comes when a card moves on the antenna. */
const absencesForLift = 2;
/** So often a card may be lost between find and read, or find be refused, before that is a fault. */
const failuresMax = 5;
/** The longest silence inside a frame. */
const stallMs = 200;

const milliseconds = (min: number, max: number) => z.number().int().min(min).max(max);
const options = z.strictObject({
  pollMs: milliseconds(100, 5000)
    .default(300)
    .describe('How often the reader is asked for a card, in milliseconds. Makers recommend 300 or more.'),
  replyWithinMs: milliseconds(100, 10_000)
    .default(1000)
    .describe('How long the reader may take to answer find, select and status.'),
  readWithinMs: milliseconds(500, 20_000).default(3000).describe('How long the reader may take to read a card.'),
  commandGapMs: milliseconds(0, 1000).default(10).describe('Pause between find, select and read.'),
  readAttempts: z.number().int().min(1).max(20).default(5).describe('How often a failed read is tried again.'),
  sameCardWindowMs: milliseconds(0, 600_000)
    .default(5000)
    .describe('The same card again within so many milliseconds of its last reading is no second reading.'),
  otherCardLookMs: milliseconds(0, 600_000)
    .default(1500)
    .describe(
      'A card that was read and is still found is read again so often, in milliseconds: another one may have taken its place between two looks. 0: never.',
    ),
  fingerprint: z
    .literal(false)
    .default(false)
    .describe('Always false: fingerprints are never asked for. The key exists so that nobody looks for it.'),
});

export const idSam = defineDriver<z.infer<typeof options>, Reply>({
  name: 'id-sam',
  kind: 'id-reader',
  describe: 'Chinese ID-card reader with the SAM protocol (GA/T 467) on a serial line',
  transports: ['serial', 'tcp', 'sim'],
  line: { baudRate: 115_200 },
  options,
  faults: [
    'card-not-authenticated',
    'card-read-failed',
    'card-unreadable',
    'card-wrong-type',
    'reader-refuses-command',
    'reader-self-test-failed',
    'reader-unauthorised',
  ],
  session(o, { monotonicMs }) {
    let silences = 0;
    let absences = 0;
    let refusals = 0;
    /** How often the card now on the antenna was lost before it was read. */
    let losses = 0;
    /** The card now on the antenna was read or given up: nothing more happens until it is lifted. */
    let settled = false;
    /** The card was selected and asked for its text, and no answer arrived. */
    let isUnheard = false;
    let last: { readonly card: string; readonly seenMs: number } | undefined;
    /** Since when the card now on the antenna is known to be the last one; undefined: it gave no reading. */
    let knownMs: number | undefined;

    /** Sends a command, once more after silence or when the reader got it garbled. Undefined: no answer. */
    function* ask(command: Command, withinMs = o.replyWithinMs): Conversation<Reply, Reply | undefined> {
      for (let again = false; silences < silencesMax; again = true) {
        yield* flush();
        yield* send(command.frame);
        const reply = yield* replyTo(command, withinMs);
        if (!reply) silences++;
        else silences = 0;
        if (reply && (again || !isGarbled(reply))) return reply;
        if (again) return undefined;
      }
      return undefined;
    }

    function* selfTest(): Conversation<Reply, Fault | undefined> {
      yield* ask(reset);
      return faultOfStatus(yield* ask(status));
    }

    /** One look at the antenna, and the reading if a card has newly come. A fault: the reader is of no use. */
    function* watch(): Conversation<Reply, Fault | undefined> {
      const found = yield* ask(find);
      if (!found) return undefined;
      if (sw3(found) === noCard) {
        refusals = 0;
        if (isUnheard) return yield* hearAgain();
        if (++absences >= absencesForLift) {
          settled = false;
          losses = 0;
        }
        return undefined;
      }
      absences = 0;
      if (sw3(found) !== cardFound) return yield* refused(find, sw3(found));
      refusals = 0;
      if (settled) return yield* lookForOther();

      yield* pause(o.commandGapMs);
      const selected = yield* ask(select);
      if (!selected || sw3(selected) !== done) return yield* refused(select, selected && sw3(selected));

      for (let attempt = 0; ; attempt++) {
        yield* pause(o.commandGapMs);
        const read = yield* ask(readText, o.readWithinMs);
        if (read && sw3(read) === done) return yield* settle(outputOf(read));
        isUnheard = !read;
        if (!read || sw3(read) !== readFailed || attempt === o.readAttempts) {
          return yield* refused(readText, read && sw3(read));
        }
      }
    }

    /**
     * Some readers find a card again that was read and still lies there, and who lays a family's cards down one after the
     * other is faster than two looks.
     */
    function* lookForOther(): Conversation<Reply, undefined> {
      if (knownMs === undefined || o.otherCardLookMs === 0 || monotonicMs() - knownMs < o.otherCardLookMs)
        return undefined;
      knownMs = monotonicMs();
      yield* pause(o.commandGapMs);
      const selected = yield* ask(select);
      if (!selected || sw3(selected) !== done) return undefined;
      yield* pause(o.commandGapMs);
      const read = yield* ask(readText, o.readWithinMs);
      if (!read || sw3(read) !== done) return undefined;
      const other = decode(read);
      read.fill(0);
      if ('fault' in other || cardOf(other.reading) === last?.card) return undefined;
      return yield* settle(remembered(other));
    }

    /** Some readers say `no card` of one that they have read, also when their answer was lost on the line. */
    function* hearAgain(): Conversation<Reply, undefined> {
      yield* pause(o.commandGapMs);
      const read = yield* ask(readText, o.readWithinMs);
      if (!read) return yield* lost(readText, undefined);
      if (sw3(read) === done) return yield* settle(outputOf(read));
      // It is gone indeed, and whoever lifted it has to know.
      isUnheard = false;
      yield* emit({ fault: fault('card-read-failed', readText, sw3(read)) });
      return undefined;
    }

    /** What an answer other than the wanted one leads to; `code` is undefined when there was none. */
    function* refused(command: Command, code: number | undefined): Conversation<Reply, Fault | undefined> {
      if (code === unauthorised) return { code: 'reader-unauthorised' };
      if (code === selfTestFailed) return yield* selfTest();
      const cardFault = code === undefined ? undefined : cardFaults.get(code);
      if (command === find && !cardFault) {
        return ++refusals < failuresMax ? undefined : fault('reader-refuses-command', command, code);
      }
      if (code === undefined || lookAgain.has(code)) return yield* lost(command, code);
      return yield* giveUp(fault(cardFault ?? 'reader-refuses-command', command, code));
    }

    function* lost(command: Command, code: number | undefined): Conversation<Reply, undefined> {
      if (++losses >= failuresMax) yield* giveUp(fault('card-read-failed', command, code));
      return undefined;
    }

    function* giveUp(fault: Fault): Conversation<Reply, undefined> {
      return settled ? undefined : yield* settle({ fault });
    }

    function* settle(output: DriverOutput): Conversation<Reply, undefined> {
      settled = true;
      isUnheard = false;
      knownMs = 'fault' in output ? undefined : monotonicMs();
      yield* emit(output);
      return undefined;
    }

    function outputOf(read: Reply): DriverOutput {
      const decoded = decode(read);
      read.fill(0);
      return 'fault' in decoded ? decoded : remembered(decoded);
    }

    function remembered(decoded: { readonly reading: Identity }): DriverOutput {
      const card = cardOf(decoded.reading);
      const nowMs = monotonicMs();
      const repeated = last?.card === card && nowMs - last.seenMs < o.sameCardWindowMs;
      last = { card, seenMs: nowMs };
      return repeated ? { repeat: 'identity' } : decoded;
    }

    return {
      framing: samFraming({ lenMin: samLenMin.reply, stallMs }),
      *identify(): Conversation<Reply, Identified> {
        const answer = yield* ask(status);
        if (!answer) return { fault: { code: 'no-reply' } };
        const fault = sw3(answer) === selfTestFailed ? yield* selfTest() : faultOfStatus(answer);
        if (fault) return { fault };
        const id = yield* ask(samId);
        const isWhole = id && sw3(id) === done && id.length >= replyHeadBytes + samIdBytes;
        return { identity: isWhole ? { serial: formatSamId(id.subarray(replyHeadBytes)) } : {} };
      },
      cycle: {
        everyMs: o.pollMs,
        *run() {
          const fault = yield* watch();
          if (fault || silences < silencesMax) return fault;
          silences = 0;
          const unwell = faultOfStatus(yield* ask(status));
          return unwell ?? (yield* refused(find, undefined));
        },
      },
    };
  },
});

/** A reply does not name its command, so one that comes late, after the command was given up, is told by its form. */
function* replyTo(command: Command, withinMs: number): Conversation<Reply, Reply | undefined> {
  for (let stale = 0; stale < 3; stale++) {
    const reply = yield* receive<Reply>(withinMs);
    if (!reply || answers(reply, command)) return reply;
    reply.fill(0);
  }
  return undefined;
}

/** 9F answers find only; a card's text answers read only, and nothing else answers it with success. */
function answers(reply: Reply, command: Command): boolean {
  if (sw3(reply) === cardFound) return command === find;
  if (sw3(reply) !== done) return true;
  return command !== find && (command === readText) === reply.length >= textAt + cardTextBytes;
}

const isGarbled = (reply: Reply) => sw3(reply) === badCheck || sw3(reply) === badLength;

function fault(code: FaultCode, command: Command, answer: number | undefined): Fault {
  const what = answer === undefined ? 'no answer' : `SW3 ${answer.toString(16).padStart(2, '0')}`;
  return { code, detail: `${command.name}: ${what}` };
}

function faultOfStatus(answer: Reply | undefined): Fault | undefined {
  if (!answer) return { code: 'no-reply' };
  if (sw3(answer) === done) return undefined;
  if (sw3(answer) === selfTestFailed) return { code: 'reader-self-test-failed' };
  if (sw3(answer) === unauthorised) return { code: 'reader-unauthorised' };
  return fault('reader-refuses-command', status, sw3(answer));
}

/** Enough to tell one card from another, and nothing more. */
const cardOf = ({ idNumber }: Identity) => createHash('sha256').update(idNumber).digest('base64');

function decode(read: Reply): { readonly reading: Identity } | { readonly fault: Fault } {
  const textBytes = (read[replyHeadBytes]! << 8) | read[replyHeadBytes + 1]!;
  if (textBytes !== cardTextBytes) return unreadable(0);
  const card = decodeCardText(read.subarray(textAt, textAt + cardTextBytes));
  return 'badByte' in card ? unreadable(card.badByte) : { reading: readingOf(card) };
}

const unreadable = (badByte: number) =>
  ({ fault: { code: 'card-unreadable', detail: `text byte ${badByte}` } }) as const;

function readingOf(card: CardText): Reading & { type: 'identity' } {
  const { layout, ...fields } = card;
  return {
    type: 'identity',
    source: 'card',
    idType: idTypeOf(card),
    ...fields,
    // The rule for the check digits of 2017's numbers was never published.
    ...(layout !== 'foreign-2017' && { checkDigitOk: idCheckOk(card.idNumber) }),
  };
}

/** A permit tells Hong Kong (81), Macau (82) and Taiwan (83) by the number's first digits. */
export function idTypeOf({ layout, idNumber }: Pick<CardText, 'layout' | 'idNumber'>): IdType {
  if (layout === 'resident') return '01';
  if (layout !== 'permit') return '08';
  if (/^8[12]/.test(idNumber)) return '06';
  return idNumber.startsWith('83') ? '07' : '99';
}

/** The module's management number as makers print it: five little-endian numbers (some pad the last ones to 9 digits). */
function formatSamId(id: Uint8Array): string {
  const view = new DataView(id.buffer, id.byteOffset, id.byteLength);
  const digits = (value: number, width: number) => String(value).padStart(width, '0');
  const [maker, kind] = [digits(view.getUint16(0, true), 2), digits(view.getUint16(2, true), 2)];
  const [date, lot, unit] = [view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true)];
  return `${maker}.${kind}-${digits(date, 8)}-${digits(lot, 10)}-${digits(unit, 10)}`;
}
