/**
 * Label printers that speak TSPL (TSC, and Gprinter, HPRT, XPrinter with less of it), serial, TCP 9100 or USB. Follows the
 * TSPL/TSPL2 Programming Manual: ESC !?, ESC !S (TSC firmware from V6.29), ESC !. (cancel, from V7.00), ~!E, ~!T, SET
 * REPRINT, PRINT; the bits of ESC !? also by the Gprinter GP-2120T manual.
 *
 * TSPL has no answer that says "printed", no counter that could be trusted, and no length of a queue. A job is watched
 * instead: it is `done` when the printer was seen printing and is ready again. A short label can be through between two
 * looks, and a parser that hangs also says that it is ready: that is `printed_unconfirmed`, and scanning the label decides.
 * `failed` means that no byte of the label left this process; all else is `unknown`.
 *
 * Text is GBK, as the fonts TSS16/TSS24 take it; with glyphs for GB 2312 only, unless the printer is known to have more.
 * A character whose second byte is a command character (`\`, `~`) counts as one that the font lacks.
 *
 * A serial line must not use XON/XOFF: the one-byte status "paused, lid open" is 0x11, which the kernel would swallow.
 */
import { z } from 'zod';
import {
  type Conversation,
  type DriverContext,
  type DriverSession,
  defineDriver,
  emit,
  flush,
  type Identified,
  type PrintJob,
  type PrintResult,
  pause,
  receive,
  send,
  type TestLabelText,
} from '../driver.ts';
import type { Fault, FaultCode } from '../faults.ts';
import {
  codePageHelp,
  type EncodedJob,
  faultOf,
  jobDeadlineMs,
  labelInvalid,
  oncePerJob,
  type PrinterHealth,
  printerOptions,
  unansweredQueries,
} from '../print-job.ts';
import { checkBarcodeText, tsplText } from '../wire/label-text.ts';
import { type CodePage, gbkBytes, gbkOf, printable } from '../wire/printable.ts';
import { type TsplFrame, tsplFraming } from '../wire/tspl.ts';

const options = z.strictObject({
  status: z
    .enum(['auto', 'short'])
    .default('auto')
    .describe('auto: the long status (ESC !S) where the printer has it; short: ESC !? only'),
  codePage: z.enum(['gb2312', 'gbk']).default('gb2312').describe(codePageHelp),
  ...printerOptions,
});
type Options = z.infer<typeof options>;

export interface PrinterStatus extends PrinterHealth {
  /** It prints, or does what belongs to printing. */
  readonly busy: boolean;
}

type Bits = readonly (readonly [bits: number, code: FaultCode, detail?: string])[];

/** In the order in which they are told. 0x40 is a second cover on Gprinter and nothing on TSC. */
const shortBits: Bits = [
  [0x41, 'head-open'],
  [0x04, 'paper-out'],
  [0x08, 'ribbon-out'],
  [0x02, 'paper-jam'],
  [0x80, 'printer-error', 'ESC !? 80'],
  [0x10, 'printer-paused'],
];
const mediaBits: Bits = [
  [0x20, 'head-open'],
  [0x01, 'paper-out'],
  [0x04, 'ribbon-out'],
  [0x02, 'paper-jam'],
  [0x08, 'printer-error', 'ribbon jam'],
];
const hardwareBits: Bits = [
  [0x03, 'head-too-hot'],
  [0x08, 'cutter-jam'],
  [0x04, 'printer-error', 'print head'],
  [0x10, 'printer-error', 'out of memory'],
];
const warningBits: Bits = [
  [0x01, 'supplies-low', 'labels'],
  [0x02, 'supplies-low', 'ribbon'],
];
const bufferFullBit = 0x08;

function firstOf(bits: Bits, byte: number): Fault | undefined {
  const found = bits.find(([mask]) => (byte & mask) !== 0);
  return found && { code: found[1], ...(found[2] !== undefined && { detail: found[2] }) };
}

export function shortStatusOf(byte: number): PrinterStatus {
  const fault = firstOf(shortBits, byte);
  return { busy: (byte & 0x20) !== 0, ...(fault && { fault }) };
}

/** The first byte is a letter: @ ready, ` paused, K waits for a key, E error; B C F L P W are steps of printing. */
export function longStatusOf([message, warning, hardware, media]: readonly [
  number,
  number,
  number,
  number,
]): PrinterStatus {
  const fault =
    firstOf(mediaBits, media) ??
    firstOf(hardwareBits, hardware) ??
    ((warning & bufferFullBit) !== 0
      ? ({ code: 'printer-error', detail: 'receive buffer full' } as const)
      : undefined) ??
    messageFault(String.fromCharCode(message));
  const low = firstOf(warningBits, warning);
  return { busy: message !== 0x40, ...(fault && { fault }), ...(low && { warning: low }) };
}

function messageFault(message: string): Fault | undefined {
  if (message === '`' || message === 'K') return { code: 'printer-paused' };
  if (message === 'E') return { code: 'printer-error', detail: 'ESC !S 45' };
  return undefined;
}

const askShort = Buffer.from('\x1b!?');
const askLong = Buffer.from('\x1b!S');
const askModel = Buffer.from('~!T\r\n');
const cancelAll = Buffer.from('\x1b!.');
/** Ends what an earlier connection left in mid-line, and lets the printer hear ESC commands if somebody forbade them. */
const wakeUp = Buffer.from('\r\n~!E\r\n');

const labelBytesMax = 64 * 1024;
const pollEveryMs = 250;
/** After it was seen printing; without that it has to be ready for longer, because it may not have begun yet. */
const readyLooksWanted = 3;
const readyLooksUnseenWanted = 6;
const leftoverLooksMax = 12;
const quietMs = 100;

/** Commands that set up or draw a label. None of them prints, answers, stores or runs anything. */
const commands = new Set(
  'SIZE GAP BLINE OFFSET SPEED DENSITY DIRECTION REFERENCE SHIFT CLS TEXT BLOCK BARCODE QRCODE DMATRIX PDF417 BAR BOX REVERSE ERASE'.split(
    ' ',
  ),
);

const backslashOrTilde = [0x5c, 0x7e];

/** The detail of the fault names the line, never what stands in it. */
export function jobBytes({ label, copies = 1 }: PrintJob, codePage: CodePage): EncodedJob | Fault {
  const { text, substituted } = printable(label.trim(), (character) => {
    const trail = gbkOf(character, codePage)?.[1];
    return trail !== undefined && !backslashOrTilde.includes(trail);
  });
  const lines = text.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const wrong = wrongWith(line);
    if (wrong) return labelInvalid(`line ${index + 1}: ${wrong}`);
  }
  if (lines.filter((line) => line === 'CLS').length !== 1) return labelInvalid('not exactly one CLS');
  const bytes = gbkBytes(['SET REPRINT OFF', ...lines, `PRINT 1,${copies}`, ''].join('\r\n'));
  return bytes.length <= labelBytesMax ? { bytes, substituted } : labelInvalid(`longer than ${labelBytesMax} bytes`);
}

function wrongWith(line: string): string | undefined {
  if (!commands.has(/^[A-Z0-9]+/.exec(line)?.[0] ?? '')) return 'no drawing command';
  if (/[\x00-\x1f\x7f]/.test(line)) return 'a control character';
  if (line.replaceAll('\\["]', '').split('"').length % 2 === 0) return 'a quote is open';
  return undefined;
}

function session(options: Options, context: DriverContext): DriverSession<TsplFrame> {
  const framing = tsplFraming();
  let hasLongStatus = options.status === 'auto';
  let mayHaveLeftovers = true;
  const unanswered = unansweredQueries(context);

  function* ask(): Conversation<TsplFrame, PrinterStatus | undefined> {
    framing.expect(hasLongStatus ? 'block' : 'byte');
    yield* flush();
    const askedAtMs = context.monotonicMs();
    yield* send(hasLongStatus ? askLong : askShort);
    let frame = yield* receive<TsplFrame>(options.replyWithinMs);
    if (frame?.kind === 'text') frame = yield* receive<TsplFrame>(options.replyWithinMs);
    if (frame?.kind === 'byte') return shortStatusOf(frame.byte);
    if (frame?.kind === 'status') return longStatusOf(frame.bytes);
    unanswered.add(askedAtMs);
    return undefined;
  }

  function* look(): Conversation<TsplFrame, PrinterStatus | undefined> {
    const status = yield* ask();
    if (status) yield* emit({ condition: status.fault ?? status.warning ?? null });
    return status;
  }

  function* askModelName(): Conversation<TsplFrame, Identified> {
    framing.expect('block');
    yield* flush();
    yield* send(askModel);
    const frame = yield* receive<TsplFrame>(options.replyWithinMs);
    const model = frame?.kind === 'text' ? frame.text.trim() : '';
    return { identity: model === '' ? {} : { model } };
  }

  /** Until nothing of an earlier job moves any more; gives why no label may be sent. */
  function* prepare(): Conversation<TsplFrame, Fault | undefined> {
    if (mayHaveLeftovers) yield* send(cancelAll);
    mayHaveLeftovers = false;
    const readyWanted = 1 + unanswered.count();
    let readyLooks = 0;
    for (let count = 0; count < leftoverLooksMax; count++) {
      if (count > 0) yield* pause(pollEveryMs);
      const status = yield* look();
      if (!status) return { code: 'no-reply' };
      if (status.fault) return status.fault;
      readyLooks = status.busy ? 0 : readyLooks + 1;
      if (readyLooks >= readyWanted) return undefined;
    }
    mayHaveLeftovers = true;
    return { code: 'printer-not-empty' };
  }

  /** After the label went out. What may still be in the printer when the watch ends is cancelled. */
  function* watch(copies: number): Conversation<TsplFrame, PrintResult> {
    const deadlineMs = context.monotonicMs() + jobDeadlineMs(copies);
    let wasSeenPrinting = false;
    let readyLooks = 0;
    let fault: Fault = { code: 'print-unproven' };
    while (context.monotonicMs() < deadlineMs) {
      const status = yield* look();
      if (status?.fault) {
        fault = status.fault;
        break;
      }
      fault = { code: status ? 'print-unproven' : 'no-reply' };
      wasSeenPrinting ||= status?.busy === true;
      readyLooks = status && !status.busy ? readyLooks + 1 : 0;
      const wanted = (wasSeenPrinting ? readyLooksWanted : readyLooksUnseenWanted) + unanswered.count();
      if (readyLooks >= wanted)
        return wasSeenPrinting
          ? { outcome: 'done', proof: 'seen-printing' }
          : { outcome: 'printed_unconfirmed', fault: { code: 'print-unproven' } };
      yield* pause(pollEveryMs);
    }
    yield* send(cancelAll);
    mayHaveLeftovers = true;
    return { outcome: 'unknown', fault };
  }

  return {
    framing,
    *identify(): Conversation<TsplFrame, Identified> {
      yield* send(wakeUp);
      let status = yield* look();
      if (!status && hasLongStatus) {
        hasLongStatus = false;
        status = yield* look();
      }
      if (!status)
        return { fault: { code: 'no-reply', detail: options.status === 'auto' ? 'ESC !S, ESC !?' : 'ESC !?' } };
      if (!hasLongStatus && (yield* receive<TsplFrame>(quietMs)))
        return { fault: { code: 'wrong-device', detail: 'more than one byte answers ESC !?' } };
      // ~ commands are answered by a printer that is ready, and by no other.
      return status.fault || status.busy ? { identity: {} } : yield* askModelName();
    },
    cycle: {
      everyMs: options.statusEveryMs,
      *run(): Conversation<TsplFrame, Fault | undefined> {
        return (yield* look()) ? undefined : { code: 'no-reply', detail: hasLongStatus ? 'ESC !S' : 'ESC !?' };
      },
    },
    commands: {
      print: oncePerJob<TsplFrame>(
        (job) => jobBytes(job, options.codePage),
        function* (copies, deliver) {
          const fault = yield* prepare();
          if (fault) return { outcome: 'failed', fault };
          yield* deliver();
          return yield* watch(copies);
        },
      ),
    },
  };
}

export const printerTspl = defineDriver<Options, TsplFrame>({
  name: 'printer-tspl',
  kind: 'label-printer',
  describe: 'Label printers with TSPL: TSC, Gprinter, HPRT, XPrinter, serial, TCP 9100 or USB',
  transports: ['serial', 'tcp', 'file'],
  line: { baudRate: 9600 },
  options,
  faults: [
    'wrong-device',
    'paper-out',
    'head-open',
    'ribbon-out',
    'paper-jam',
    'cutter-jam',
    'printer-paused',
    'head-too-hot',
    'supplies-low',
    'printer-error',
    'printer-not-empty',
    'label-invalid',
    'print-unproven',
  ],
  testLabel,
  labelFault: (label) => faultOf(jobBytes({ jobId: '', label }, 'gbk')),
  session,
});

/** 12 x 20 dots in every printer; the 24 x 24 font of a printer for China has GB 2312. */
const fontFor = (text: string) => (/[^\x00-\x7f]/.test(text) ? '"TSS24.BF2"' : '"2"');

/**
 * 50 x 30 mm at 203 dpi: title, up to three lines, and `code` as Code 128.
 * @throws RangeError when `code` is not 1 to 32 printable ASCII characters.
 */
export function testLabel({ title, lines, code }: TestLabelText): string {
  checkBarcodeText(code);
  return [
    'SIZE 50 mm,30 mm',
    'GAP 2 mm,0 mm',
    'DIRECTION 1,0',
    'CLS',
    `TEXT 16,12,${fontFor(title)},0,1,1,"${tsplText(title)}"`,
    ...lines.slice(0, 3).map((line, index) => `TEXT 16,${44 + 26 * index},${fontFor(line)},0,1,1,"${tsplText(line)}"`),
    `BARCODE 16,124,"128",70,1,0,2,2,"${tsplText(code)}"`,
  ].join('\r\n');
}
