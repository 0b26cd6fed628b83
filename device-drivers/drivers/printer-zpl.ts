/**
 * Label printers that speak ZPL II (Zebra and what emulates it), serial, TCP 9100 or USB. Follows the ZPL II Programming
 * Guide: ~HS, ~HQES, ~HI, ~JA, ^JZ, ^PQ, and Set-Get-Do `odometer.total_label_count`.
 *
 * A print is a job: the printer is asked first, the label is sent once, and its end is watched. `failed` means that no
 * byte of the label left this process. Anything after that which is not proof is `unknown`: a person has to look.
 * What is still in the printer when the watch ends is cancelled (~JA, and ^JZN against the reprint after an error),
 * because a label that comes out a minute later ends on the next person's tube.
 *
 * Labels an earlier connection left in the printer are cancelled before the first job of a new one.
 *
 * Text goes out as UTF-8 (^CI28). In GB 18030 (^CI26) the second byte of a character can be `^` or `~` and would begin a
 * command; the bytes of a character in UTF-8 are all 0x80 and above. Chinese needs a printer with a font that has it; such
 * fonts have GBK at least.
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
  type Identity,
  type PrintJob,
  type PrintResult,
  pause,
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
  printerOptions,
  unansweredQueries,
} from '../print-job.ts';
import { checkBarcodeText, zplText } from '../wire/label-text.ts';
import { type CodePage, gbkOf, printable } from '../wire/printable.ts';
import { type ZebraFrame, zebraFraming } from '../wire/zebra.ts';

const options = z.strictObject({
  status: z
    .enum(['required', 'if-answered'])
    .default('required')
    .describe('if-answered: prints also on a printer that never answers a status query; the result is then unknown'),
  ...printerOptions,
  codePage: z.enum(['gb2312', 'gbk', 'unicode']).default('gbk').describe(codePageHelp),
  odometer: z.enum(['auto', 'off']).default('auto').describe('auto: count the labels where the printer can'),
});
type Options = z.infer<typeof options>;

/** ~HS strings 1 and 2, as far as they matter. */
export interface HostStatus {
  readonly paperOut: boolean;
  readonly paused: boolean;
  readonly formatsInBuffer: number;
  readonly bufferFull: boolean;
  readonly partialFormat: boolean;
  readonly corruptMemory: boolean;
  readonly underTemperature: boolean;
  readonly overTemperature: boolean;
  readonly headOpen: boolean;
  readonly ribbonOut: boolean;
  readonly labelsRemaining: number;
}

type HostStatusString = 1 | 2 | 3;

const statusStrings: readonly { readonly which: HostStatusString; readonly shape: RegExp }[] = [
  { which: 1, shape: /^\d{3},[01],[01],\d{4},\d{3},[01],[01],[01],\d{3},[01],[01],[01]$/ },
  { which: 2, shape: /^\d{3},\d,[01],[01],[01],\w,\w,[01],\d{8},\d,\d{3}$/ },
  { which: 3, shape: /^\d{4},\d$/ },
];

function statusStringOf(text: string): HostStatusString | undefined {
  return statusStrings.find(({ shape }) => shape.test(text))?.which;
}

function hostStatusOf(first: string, second: string): HostStatus {
  const one = first.split(',');
  const two = second.split(',');
  return {
    paperOut: one[1] === '1',
    paused: one[2] === '1',
    formatsInBuffer: Number(one[4]),
    bufferFull: one[5] === '1',
    partialFormat: one[7] === '1',
    corruptMemory: one[9] === '1',
    underTemperature: one[10] === '1',
    overTemperature: one[11] === '1',
    headOpen: two[2] === '1',
    ribbonOut: two[3] === '1',
    labelsRemaining: Number(two[8]),
  };
}

/** What stops printing. A printer in fault also says that it is paused, so that comes last. */
function statusFault(status: HostStatus): Fault | undefined {
  if (status.headOpen) return { code: 'head-open' };
  if (status.paperOut) return { code: 'paper-out' };
  if (status.ribbonOut) return { code: 'ribbon-out' };
  if (status.overTemperature) return { code: 'head-too-hot' };
  if (status.corruptMemory) return { code: 'printer-error', detail: 'memory lost its content' };
  if (status.bufferFull) return { code: 'printer-error', detail: 'receive buffer full' };
  if (status.paused) return { code: 'printer-paused' };
  return undefined;
}

const isEmpty = (status: HostStatus) =>
  status.formatsInBuffer === 0 && status.labelsRemaining === 0 && !status.partialFormat;

/** Bits of ~HQES error group 1, in the order in which they are told; others are a printer-error with the bits. */
const errorBits: readonly (readonly [number, Fault['code']])[] = [
  [0x4, 'head-open'],
  [0x1, 'paper-out'],
  [0x2, 'ribbon-out'],
  [0x10, 'head-too-hot'],
  [0x20, 'head-too-hot'],
];
const pausedBit = 0x10000;

/** null: no error; undefined: this is no ~HQES answer. */
export function hostErrorsOf(text: string): Fault | null | undefined {
  const match = /ERRORS:\s*(\d)\s+([0-9A-F]{8})\s+([0-9A-F]{8})/.exec(text);
  if (!match) return undefined;
  const [, flag, group2 = '', group1 = ''] = match;
  const bits = Number.parseInt(group1, 16);
  const known = errorBits.find(([bit]) => (bits & bit) !== 0);
  if (known) return { code: known[1] };
  if (flag === '0' && bits === 0 && Number.parseInt(group2, 16) === 0) return null;
  if (bits === pausedBit && Number.parseInt(group2, 16) === 0) return { code: 'printer-paused' };
  return { code: 'printer-error', detail: `~HQES ${group2} ${group1}` };
}

/** ~HI: `MODEL,Vx.y.z,dots per mm,memory[,x]`. */
function identityOf(text: string): Identity | undefined {
  const match = /^([\x20-\x2b\x2d-\x7e]{1,64}),(V[\w.]{1,32}),/.exec(text);
  return match ? { model: match[1]!.trim(), firmware: match[2]! } : undefined;
}

const askHostStatus = Buffer.from('~HS');
const askErrors = Buffer.from('~HQES');
const askIdentity = Buffer.from('~HI');
const cancelAll = Buffer.from('~JA');
const askOdometer = Buffer.from('! U1 getvar "odometer.total_label_count"\r\n');

const labelBytesMax = 64 * 1024;
const pollEveryMs = 300;
const idleReadsWanted = 2;
/** ~JA lets the label that is moving come out whole; three seconds are enough for that. */
const leftoverLooksMax = 10;
/** Several answers may come together; a printer that chatters on must not hold a query for ever. */
const framesPerAnswerMax = 12;
const silenceMaxMs = 60_000;

/** Neither a control character nor half of a pair. */
const isCharacter = (character: string) => /[^\p{Cc}\p{Cs}]/u.test(character);

/** The label is exactly one format without control commands. */
export function jobBytes({ label, copies = 1 }: PrintJob, codePage: CodePage | 'unicode'): EncodedJob | Fault {
  const { text, substituted } = printable(label, (character) =>
    codePage === 'unicode' ? isCharacter(character) : gbkOf(character, codePage) !== undefined,
  );
  if (!/^\s*\^XA(?:(?!\^X[AZ])[^~\x00-\x09\x0b\x0c\x0e-\x1f\x7f])*\^XZ\s*$/i.test(text))
    return labelInvalid('not exactly one format without control characters');
  // A number of its own; or another caret or tilde, which would make what is appended here plain text.
  const foreign = /\^(PQ|CC|CD|CT)/i.exec(text);
  if (foreign) return labelInvalid(`^${foreign[1]!.toUpperCase()} has no place on a label`);
  const end = text.search(/\^XZ\s*$/i);
  const bytes = Buffer.from(`${text.slice(0, end)}^JZN^PQ${copies},0,1,Y^XZ\r\n`, 'utf8');
  return bytes.length <= labelBytesMax ? { bytes, substituted } : labelInvalid(`longer than ${labelBytesMax} bytes`);
}

function session(options: Options, context: DriverContext): DriverSession<ZebraFrame> {
  let hasAnswered = false;
  let countsLabels: boolean | undefined = options.odometer === 'off' ? false : undefined;
  const unanswered = unansweredQueries(context);
  let silenceMs = options.statusEveryMs;
  let askAgainAtMs = 0;

  function* askStatus(): Conversation<ZebraFrame, HostStatus | undefined> {
    yield* flush();
    const askedAtMs = context.monotonicMs();
    yield* send(askHostStatus);
    let first: string | undefined;
    let second: string | undefined;
    for (let count = 0; count < framesPerAnswerMax; count++) {
      const frame = yield* receive<ZebraFrame>(options.replyWithinMs);
      if (!frame) break;
      const which = frame.kind === 'block' ? statusStringOf(frame.text) : undefined;
      if (which === 1) {
        first = frame.text;
        second = undefined;
      } else if (which === 2) second = frame.text;
      if (first !== undefined && second !== undefined && which === 3) {
        hasAnswered = true;
        return hostStatusOf(first, second);
      }
    }
    unanswered.add(askedAtMs);
    return undefined;
  }

  function* askFrame<T>(
    question: Uint8Array,
    answerOf: (frame: ZebraFrame) => T | undefined,
  ): Conversation<ZebraFrame, T | undefined> {
    yield* flush();
    yield* send(question);
    for (let count = 0; count < framesPerAnswerMax; count++) {
      const frame = yield* receive<ZebraFrame>(options.replyWithinMs);
      if (!frame) return undefined;
      const answer = answerOf(frame);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  const inBlock =
    <T>(decode: (text: string) => T | undefined) =>
    (frame: ZebraFrame) =>
      frame.kind === 'block' ? decode(frame.text) : undefined;

  /** The printer's state by ~HS, or, as models fall silent on it in fault, by ~HQES. */
  type Health = { readonly status: HostStatus } | { readonly fault: Fault } | 'no-fault-told' | 'silent';

  const hasLeftovers = (health: Health) => typeof health === 'object' && 'status' in health && !isEmpty(health.status);

  function* askHealth(): Conversation<ZebraFrame, Health> {
    const status = yield* askStatus();
    if (status) {
      const condition = statusFault(status) ?? (status.underTemperature ? { code: 'head-too-cold' as const } : null);
      yield* emit({ condition });
      return { status };
    }
    const errors = yield* askFrame(askErrors, inBlock(hostErrorsOf));
    if (errors === undefined) return 'silent';
    hasAnswered = true;
    yield* emit({ condition: errors });
    return errors === null ? 'no-fault-told' : { fault: errors };
  }

  /** A printer that never answered is asked less and less often, so that no label waits for it. */
  const mayAsk = () => hasAnswered || options.status === 'required' || context.monotonicMs() >= askAgainAtMs;
  const noteSilence = () => {
    askAgainAtMs = context.monotonicMs() + silenceMs;
    silenceMs = Math.min(2 * silenceMs, silenceMaxMs);
  };

  function* askOdometerCount(): Conversation<ZebraFrame, number | undefined> {
    if (countsLabels === false) return undefined;
    const text = yield* askFrame(askOdometer, (frame) => (frame.kind === 'value' ? frame.text : undefined));
    const counts = text !== undefined && /^\d+$/.test(text);
    countsLabels ??= counts;
    return counts ? Number(text) : undefined;
  }

  /** Asks until there is nothing of an earlier job in the printer. Returns why no label may be sent, or whether it answers. */
  function* prepare(): Conversation<ZebraFrame, { fault: Fault } | { answers: boolean }> {
    if (!mayAsk()) return { answers: false };
    let health = yield* askHealth();
    for (let look = 0; look < leftoverLooksMax && hasLeftovers(health); look++) {
      if (look === 0) yield* send(cancelAll);
      yield* pause(pollEveryMs);
      health = yield* askHealth();
    }
    if (health === 'silent') {
      if (hasAnswered || options.status === 'required') return { fault: { code: 'no-reply' } };
      noteSilence();
      return { answers: false };
    }
    if (health === 'no-fault-told')
      return { fault: { code: 'no-reply', detail: '~HQES tells no error, ~HS is not answered' } };
    if ('fault' in health) return { fault: health.fault };
    const fault = statusFault(health.status);
    if (fault) return { fault };
    return isEmpty(health.status) ? { answers: true } : { fault: { code: 'printer-not-empty' } };
  }

  /** After the label went out: until it is proved or cannot be. */
  function* watch(copies: number, countBefore: number | undefined): Conversation<ZebraFrame, PrintResult> {
    const deadlineMs = context.monotonicMs() + jobDeadlineMs(copies);
    // Answers come in the order of the questions: as many as may be old are read beyond the two.
    const wanted = idleReadsWanted + unanswered.count();
    let idleReads = 0;
    let leftInPrinter = true;
    let fault: Fault = { code: 'print-unproven' };
    while (context.monotonicMs() < deadlineMs) {
      yield* pause(pollEveryMs);
      const health = yield* askHealth();
      if (typeof health === 'string') {
        idleReads = 0;
        leftInPrinter = true;
        fault = { code: health === 'silent' ? 'no-reply' : 'print-unproven' };
        continue;
      }
      const stopped = 'fault' in health ? health.fault : statusFault(health.status);
      if (stopped) {
        fault = stopped;
        leftInPrinter = true;
        break;
      }
      leftInPrinter = !('status' in health && isEmpty(health.status));
      idleReads = leftInPrinter ? 0 : idleReads + 1;
      if (idleReads < wanted) continue;
      if (countBefore === undefined) return { outcome: 'done', proof: 'queue-empty' };
      const countAfter = yield* askOdometerCount();
      const printed = countAfter === undefined ? undefined : countAfter - countBefore;
      if (printed === copies) return { outcome: 'done', proof: 'odometer' };
      if (printed !== undefined) fault = { code: 'print-unproven', detail: `odometer counts ${printed} of ${copies}` };
    }
    if (leftInPrinter) yield* send(cancelAll);
    return { outcome: 'unknown', fault };
  }

  const print = oncePerJob<ZebraFrame>(
    (job) => jobBytes(job, options.codePage),
    function* (copies, deliver) {
      const prepared = yield* prepare();
      if ('fault' in prepared) return { outcome: 'failed', fault: prepared.fault };
      const countBefore = prepared.answers ? yield* askOdometerCount() : undefined;
      yield* deliver();
      if (!prepared.answers) return { outcome: 'unknown', fault: { code: 'print-unproven' }, proof: 'none' };
      return yield* watch(copies, countBefore);
    },
  );

  return {
    framing: zebraFraming(),
    *identify(): Conversation<ZebraFrame, Identified> {
      let strange = false;
      const identity = yield* askFrame(askIdentity, (frame) => {
        const found = frame.kind === 'block' ? identityOf(frame.text) : undefined;
        strange ||= !found && frame.kind === 'block' && statusStringOf(frame.text) === undefined;
        return found;
      });
      const health = yield* askHealth();
      if (health !== 'silent') return { identity: identity ?? {} };
      if (strange && !identity) return { fault: { code: 'wrong-device', detail: 'its answers are not ZPL status' } };
      if (options.status === 'required') {
        return {
          fault: { code: 'no-reply', detail: identity ? '~HI is answered, ~HS and ~HQES are not' : '~HI, ~HS, ~HQES' },
        };
      }
      noteSilence();
      return { identity: identity ?? {} };
    },
    cycle: {
      everyMs: options.statusEveryMs,
      *run(): Conversation<ZebraFrame, Fault | undefined> {
        if (!mayAsk()) return undefined;
        if ((yield* askHealth()) !== 'silent') return undefined;
        if (hasAnswered || options.status === 'required') return { code: 'no-reply', detail: '~HS, ~HQES' };
        noteSilence();
        return undefined;
      },
    },
    commands: { print },
  };
}

export const printerZpl = defineDriver<Options, ZebraFrame>({
  name: 'printer-zpl',
  kind: 'label-printer',
  describe: 'Label printers with ZPL II: Zebra and emulations, serial, TCP 9100 or USB',
  transports: ['serial', 'tcp', 'file'],
  line: { baudRate: 9600, flowControl: 'xonxoff' },
  options,
  faults: [
    'wrong-device',
    'paper-out',
    'head-open',
    'ribbon-out',
    'printer-paused',
    'head-too-hot',
    'head-too-cold',
    'printer-error',
    'printer-not-empty',
    'label-invalid',
    'print-unproven',
  ],
  testLabel,
  labelFault: (label) => faultOf(jobBytes({ jobId: '', label }, 'unicode')),
  session,
});

/** Font 0 is in every printer and has no Chinese; font 1 is the one that Zebra loads for it. */
const fontFor = (text: string) => (/[^\x00-\x7f]/.test(text) ? 'A1' : 'A0');

/**
 * 50 x 30 mm at 203 dpi: title, up to three lines, and `code` as Code 128.
 * @throws RangeError when `code` is not 1 to 32 printable ASCII characters.
 */
export function testLabel({ title, lines, code }: TestLabelText): string {
  checkBarcodeText(code);
  return [
    '^XA^CI28^PW400^LL240^LH0,0',
    '^CW1,E:SIMSUN.FNT',
    `^FO16,12^${fontFor(title)}N,26,26^FH^FD${zplText(title)}^FS`,
    ...lines
      .slice(0, 3)
      .map((line, index) => `^FO16,${42 + 24 * index}^${fontFor(line)}N,20,20^FH^FD${zplText(line)}^FS`),
    `^FO16,124^BY2,3,70^BCN,70,Y,N,N,A^FH^FD${zplText(code)}^FS`,
    '^XZ',
  ].join('\n');
}
