/**
 * Receipt printers that speak ESC/POS (Epson, and most others with less of it), for the citizen's slip; serial, TCP 9100
 * or USB. Follows Epson's ESC/POS Command Reference: DLE EOT, GS ( H function 48, DLE DC4 function 8, GS I, GS V.
 *
 * A slip is `done` when the printer sends back the number that followed it (GS ( H): it does so when all before it is
 * printed. Many printers do not know that; one that took everything and says that it is well is `printed_unconfirmed`.
 * `failed` means that no byte of the slip left this process; all else is `unknown`, and what the printer still holds is
 * cleared, because it would come out with the next roll of paper.
 *
 * Text is GBK (FS &). In a slip stand text, line feeds, and the few commands of `slipCommand`; everything else is refused.
 * Status questions are real-time commands, heard at any place, also within another command: they are asked only when a
 * slip has gone out whole.
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
  receive,
  send,
  type TestLabelText,
} from '../driver.ts';
import type { Fault } from '../faults.ts';
import {
  codePageHelp,
  type EncodedJob,
  faultOf,
  jobDeadlineMs,
  labelInvalid,
  oncePerJob,
  type PrinterHealth,
  printerOptions,
} from '../print-job.ts';
import { type EscposFrame, escposFraming } from '../wire/escpos.ts';
import { checkBarcodeText, escposCode128, withoutControls } from '../wire/label-text.ts';
import { type CodePage, gbkBytes, gbkOf, printable } from '../wire/printable.ts';

const options = z.strictObject({
  acknowledge: z
    .enum(['auto', 'off'])
    .default('auto')
    .describe('off: for a printer that prints the request for an acknowledgement (GS ( H) as text'),
  codePage: z.enum(['gb2312', 'gbk']).default('gbk').describe(codePageHelp),
  ...printerOptions,
});
type Options = z.infer<typeof options>;

/** From the answers to DLE EOT 2 (why it is off line), 4 (paper) and, asked when 2 tells an error, 3 (which one). */
export function healthOf(offline: number, paper: number, error: number): PrinterHealth {
  const low = (paper & 0x0c) !== 0 ? { warning: { code: 'supplies-low', detail: 'paper' } as const } : {};
  if ((offline & 0x04) !== 0) return { fault: { code: 'head-open' } };
  if ((offline & 0x20) !== 0 || (paper & 0x60) !== 0) return { fault: { code: 'paper-out' } };
  if ((offline & 0x40) === 0) return low;
  if ((error & 0x08) !== 0) return { fault: { code: 'cutter-jam' } };
  if ((error & 0x40) !== 0) return { fault: { code: 'head-too-hot' } };
  return { fault: { code: 'printer-error', detail: `DLE EOT 3 ${error.toString(16).padStart(2, '0')}` } };
}

const ESC = '\x1b';
const GS = '\x1d';
const askStatus = (n: 2 | 3 | 4) => Uint8Array.of(0x10, 0x04, n);
const askModel = Buffer.from(`${GS}I\x43`, 'latin1');
const clearBuffers = Uint8Array.of(0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8);
/** Everything as after power on, then Chinese. */
const slipStart = `${ESC}@\x1c&`;
/** To the cutter, and a cut that leaves the slip hanging; printers without a cutter only feed. */
const slipEnd = `\n${GS}V\x42\x00`;

const slipBytesMax = 16 * 1024;
const pollEveryMs = 400;
/** Where no acknowledgement can be awaited: how often it must be well. */
const wellLooksWanted = 4;
/** Late answers and acknowledgements may stand before the one that is awaited. */
const framesPerAnswerMax = 12;

/**
 * Alignment, bold, feed; size; height, width and text of a barcode, Code 128 and the QR functions. Parameters stand below
 * 0x80, where GBK leaves them alone.
 */
const slipCommand = /\x1b[aEd][\x00-\x7f]|\x1d[!hwH][\x00-\x7f]|\x1dkI([\x01-\x7f])|\x1d\(k([\x03-\x7f])\x00/y;
const slipText = /[^\x00-\x09\x0b-\x1f\x7f]+/y;

/** Index of the first character that is neither text nor a whole command that a slip may hold. */
function wrongAt(slip: string): number | undefined {
  let at = 0;
  while (at < slip.length) {
    slipText.lastIndex = at;
    if (slipText.test(slip)) {
      at = slipText.lastIndex;
      continue;
    }
    slipCommand.lastIndex = at;
    const match = slipCommand.exec(slip);
    if (!match) return at;
    const dataLength = (match[1] ?? match[2] ?? '\0').charCodeAt(0);
    const end = slipCommand.lastIndex + dataLength;
    const data = slip.slice(slipCommand.lastIndex, end);
    // Its last characters are missing, or a real-time command (DLE) or text that has other bytes in GBK stands in it.
    if (data.length < dataLength || /[\x10\x80-\uffff]/.test(data)) return at;
    at = end;
  }
  return undefined;
}

/** The detail of the fault names a place, never a content. */
export function slipBytes({ label, copies = 1 }: PrintJob, codePage: CodePage): EncodedJob | Fault {
  if (label.trim() === '') return labelInvalid('empty');
  const { text, substituted } = printable(label, (character) => gbkOf(character, codePage) !== undefined);
  const wrong = wrongAt(text);
  if (wrong !== undefined)
    return labelInvalid(`character ${[...text.slice(0, wrong)].length + 1} begins no command of a slip`);
  const one = Buffer.concat([Buffer.from(slipStart), gbkBytes(text), Buffer.from(slipEnd)]);
  if (one.length > slipBytesMax) return labelInvalid(`longer than ${slipBytesMax} bytes`);
  return { bytes: Buffer.concat(Array.from({ length: copies }, () => one)), substituted };
}

/** GS ( H function 48: it sends `id` back when all before is printed. */
const askPrinted = (id: string) => Buffer.from(`${GS}(H\x06\x00\x30\x30${id}`);

function session(options: Options, context: DriverContext): DriverSession<EscposFrame> {
  let acknowledges: boolean | undefined = options.acknowledge === 'off' ? false : undefined;
  let mayHaveLeftovers = options.acknowledge === 'auto';
  /** Not from 0 in each connection: the printer may still send the answer that it owes the one before. */
  let lastId = Math.floor(context.monotonicMs());
  const nextId = () => String(++lastId % 10_000).padStart(4, '0');
  /** Numbers that came back. */
  let printed = new Set<string>();

  function note(frame: EscposFrame | undefined): void {
    if (frame?.kind === 'printed') printed.add(frame.id);
  }

  function* ask(n: 2 | 3 | 4): Conversation<EscposFrame, number | undefined> {
    yield* send(askStatus(n));
    for (let count = 0; count < framesPerAnswerMax; count++) {
      const frame = yield* receive<EscposFrame>(options.replyWithinMs);
      if (!frame) return undefined;
      if (frame.kind === 'status') return frame.byte;
      note(frame);
    }
    return undefined;
  }

  function* look(): Conversation<EscposFrame, PrinterHealth | undefined> {
    const offline = yield* ask(2);
    const paper = offline === undefined ? undefined : yield* ask(4);
    const error = paper === undefined || (offline! & 0x40) === 0 ? 0 : yield* ask(3);
    if (offline === undefined || paper === undefined || error === undefined) return undefined;
    const health = healthOf(offline, paper, error);
    yield* emit({ condition: health.fault ?? health.warning ?? null });
    return health;
  }

  /** Nothing may be sent to it before it answers; where it does not know the command, waiting costs one reply's time. */
  function* clear(): Conversation<EscposFrame, void> {
    yield* send(clearBuffers);
    for (let count = 0; count < framesPerAnswerMax; count++) {
      const frame = yield* receive<EscposFrame>(options.replyWithinMs);
      if (!frame || frame.kind === 'cleared') return;
      note(frame);
    }
  }

  /** After the slip went out. */
  function* watch(id: string | undefined, copies: number): Conversation<EscposFrame, PrintResult> {
    const deadlineMs = context.monotonicMs() + jobDeadlineMs(copies);
    let wellLooks = 0;
    let fault: Fault = { code: 'print-unproven' };
    while (context.monotonicMs() < deadlineMs) {
      note(yield* receive<EscposFrame>(pollEveryMs));
      const health = yield* look();
      if (id !== undefined && printed.has(id)) {
        acknowledges = true;
        return { outcome: 'done', proof: 'acknowledged' };
      }
      if (health?.fault) {
        fault = health.fault;
        break;
      }
      fault = { code: health ? 'print-unproven' : 'no-reply' };
      wellLooks = health ? wellLooks + 1 : 0;
      if (acknowledges === false && wellLooks >= wellLooksWanted) return { outcome: 'printed_unconfirmed', fault };
    }
    if (acknowledges === undefined && fault.code === 'print-unproven') {
      acknowledges = false;
      return { outcome: 'printed_unconfirmed', fault };
    }
    if (options.acknowledge === 'auto') yield* clear();
    return { outcome: 'unknown', fault };
  }

  return {
    framing: escposFraming(),
    *identify(): Conversation<EscposFrame, Identified> {
      yield* flush();
      const health = yield* look();
      if (!health) return { fault: { code: 'no-reply', detail: 'DLE EOT 2, DLE EOT 4' } };
      // GS I stands in line behind what is to be printed: a printer in fault does not come to it.
      if (health.fault) return { identity: {} };
      yield* send(askModel);
      const frame = yield* receive<EscposFrame>(options.replyWithinMs);
      const model = frame?.kind === 'text' ? frame.text.trim() : '';
      return { identity: model === '' ? {} : { model } };
    },
    cycle: {
      everyMs: options.statusEveryMs,
      *run(): Conversation<EscposFrame, Fault | undefined> {
        yield* flush();
        return (yield* look()) ? undefined : { code: 'no-reply', detail: 'DLE EOT 2, DLE EOT 4' };
      },
    },
    commands: {
      print: oncePerJob<EscposFrame>(
        (job) => slipBytes(job, options.codePage),
        function* (copies, deliver) {
          if (mayHaveLeftovers) yield* clear();
          mayHaveLeftovers = false;
          yield* flush();
          const health = yield* look();
          if (!health) return { outcome: 'failed', fault: { code: 'no-reply' } };
          if (health.fault) return { outcome: 'failed', fault: health.fault };
          printed = new Set();
          yield* deliver();
          const id = acknowledges === false ? undefined : nextId();
          if (id !== undefined) yield* send(askPrinted(id));
          return yield* watch(id, copies);
        },
      ),
    },
  };
}

export const printerEscpos = defineDriver<Options, EscposFrame>({
  name: 'printer-escpos',
  kind: 'receipt-printer',
  describe: 'Receipt printers with ESC/POS: Epson and most others, serial, TCP 9100 or USB',
  transports: ['serial', 'tcp', 'file'],
  line: { baudRate: 9600 },
  options,
  faults: [
    'paper-out',
    'head-open',
    'cutter-jam',
    'head-too-hot',
    'supplies-low',
    'printer-error',
    'label-invalid',
    'print-unproven',
  ],
  testLabel,
  labelFault: (label) => faultOf(slipBytes({ jobId: '', label }, 'gbk')),
  session,
});

/**
 * A slip for print tests: title in double size, up to three lines, and `code` as Code 128.
 * @throws RangeError when `code` is not 1 to 32 printable ASCII characters.
 */
export function testLabel({ title, lines, code }: TestLabelText): string {
  checkBarcodeText(code);
  return [
    `${ESC}a\x01${GS}!\x11${withoutControls(title)}\n${GS}!\x00`,
    ...lines.slice(0, 3).map((line) => `${withoutControls(line)}\n`),
    `${GS}h\x50${GS}w\x02${GS}H\x02${escposCode128(code)}`,
  ].join('');
}
