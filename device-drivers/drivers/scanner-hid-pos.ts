/**
 * Barcode scanners as HID POS devices (USB-IF Point of Sale Usage Tables 1.02, usage page 8C): each code in one or more
 * input reports. Where the fields stand is read from the report descriptor; without one, from the first bytes, by the two
 * layouts in the field: Honeywell's and Datalogic's (AIM identifier at byte 2) and Newland's (data at byte 2, FM420 manual).
 * Continued reports, and the Jieli firmware that announces one more and sends none: ended by silence.
 */
import { z } from 'zod';
import {
  type CommandResult,
  type Conversation,
  type DriverOutput,
  defineDriver,
  type Identified,
  send,
  sendFeature,
} from '../driver.ts';
import type { DiscardReason, Framed, Framing } from '../framing.ts';
import { scannerOptions } from '../scanner-options.ts';
import { splitAim } from '../wire/aim.ts';
import { findUsage, type HidDescriptor, parseHidDescriptor } from '../wire/hid-descriptor.ts';
import { repeatWindow, scanText } from '../wire/scan-text.ts';

const scannerUsage = 0x008c0002;
const byteCount = 0x0001003b;
const aimCharacters = [0x008c00fb, 0x008c00fc, 0x008c00fd] as const;
const decodedData = 0x008c00fe;
const decodedDataContinued = 0x008c00ff;
const initiateRead = 0x008c0060;
const goodReadBeep = 0x008c0086;
/** Honeywell and Youjie: scanned codes go out as HID POS only after this. */
const redirectReport = 0xfe;
const honeywellTextReport = 0xfd;
const outReportBytes = 64;

const codeBytesMax = 4096;
const reportBytesMax = 64;

/** Offsets in bytes from the start of the report, its id included. */
interface Layout {
  readonly reportId: number;
  readonly countAt: number;
  /** undefined: reports carry no AIM identifier of their own. */
  readonly aimAt?: number;
  readonly dataAt: number;
  readonly dataBytesMax: number;
  /** Bit offset of the flag that more reports follow. */
  readonly continuedBit: number;
}

const honeywell: Layout = { reportId: 2, countAt: 1, aimAt: 2, dataAt: 5, dataBytesMax: 56, continuedBit: 504 };
const shifted: Layout = { ...honeywell, aimAt: 3, dataAt: 6 };
const newland: Layout = { reportId: 2, countAt: 1, dataAt: 2, dataBytesMax: 56, continuedBit: 504 };

const options = z.strictObject({
  commands: z
    .enum(['pos', 'honeywell', 'newland'])
    .default('pos')
    .describe('How the scanner is told to beep and to scan: by the bits of the standard, or in its maker’s own words.'),
  symbologyId: z
    .boolean()
    .default(false)
    .describe('The scanner puts the AIM identifier (such as ]C0) into the data, as Newland does when told to.'),
  idleEndMs: z
    .number()
    .int()
    .min(0)
    .max(2000)
    .default(150)
    .describe(
      'A code whose last report never comes (Jieli firmware) ends with so much silence, in milliseconds; with 0 it is given up.',
    ),
  repeatWindowMs: scannerOptions.repeatWindowMs,
});

interface Code {
  readonly bytes: Uint8Array;
  readonly aim?: string;
  readonly endedBy: 'report' | 'silence';
}

export const scannerHidPos = defineDriver<z.infer<typeof options>, Code>({
  name: 'scanner-hid-pos',
  kind: 'scanner',
  describe: 'USB barcode scanner in HID POS mode',
  transports: ['hid', 'sim'],
  options,
  faults: ['code-unreadable', 'code-incomplete', 'scanner-wrong-mode'],
  session({ commands: words, symbologyId, idleEndMs, repeatWindowMs }, { monotonicMs }) {
    let descriptor: HidDescriptor | undefined;
    let declared: Layout | undefined;
    let hasSuffix = false;
    const isRepeated = repeatWindow(repeatWindowMs);

    const onCode = ({ bytes, aim, endedBy }: Code): DriverOutput[] => {
      if (aim !== undefined && commandReplies.has(aim)) return [];
      const data = withoutSuffix(bytes);
      hasSuffix ||= endedBy === 'report' && data.length < bytes.length;
      // A scanner that ends codes with CR ends all of them with CR; this one lost its last report.
      if (endedBy === 'silence' && hasSuffix && data.length === bytes.length) {
        return [{ fault: { code: 'code-incomplete', detail: `${bytes.length} bytes, then silence` } }];
      }
      const decoded = scanText(data);
      if ('unreadable' in decoded) return [{ fault: { code: 'code-unreadable', detail: decoded.unreadable } }];
      const code =
        aim === undefined && symbologyId ? splitAim(decoded.text) : { ...decoded, ...(aim && { symbology: aim }) };
      if (code.text === '') return [{ fault: { code: 'code-unreadable', detail: 'an empty code' } }];
      if (isRepeated(code.text, monotonicMs())) return [{ repeat: 'scan' }];
      return [{ reading: { type: 'scan', ...code } }];
    };

    function* say(reports: readonly Uint8Array[] | undefined): Conversation<Code, CommandResult> {
      if (!reports) return { outcome: 'failed', why: 'this scanner has no such command' };
      for (const report of reports) yield* send(report);
      return { outcome: 'done' };
    }

    return {
      framing: posReports(() => declared, idleEndMs),
      opened({ reportDescriptor }) {
        descriptor = reportDescriptor && parseHidDescriptor(reportDescriptor);
        declared = descriptor && layoutOf(descriptor);
      },
      *identify(): Conversation<Code, Identified> {
        if (descriptor && !declared && !descriptor.applications.includes(scannerUsage)) {
          return { fault: { code: 'scanner-wrong-mode', detail: `usage ${usageText(descriptor.applications[0])}` } };
        }
        const canRedirect = descriptor?.fields.some(
          ({ kind, reportId }) => kind === 'feature' && reportId === redirectReport,
        );
        if (canRedirect) yield* sendFeature(Uint8Array.of(redirectReport, 1));
        return { identity: {} };
      },
      onFrame: onCode,
      commands: {
        beep: () => say(beepReports(words, descriptor)),
        trigger: () => say(triggerReports(words, descriptor)),
      },
    };
  },
});

/** What Honeywell answers to commands comes as a code of no symbology. */
const commandReplies: ReadonlySet<string> = new Set([']X0', ']Z6']);

/** Undefined when the descriptor does not say it all, byte by byte. */
function layoutOf(descriptor: HidDescriptor): Layout | undefined {
  const data = findUsage(descriptor, 'input', decodedData);
  const count = findUsage(descriptor, 'input', byteCount);
  const continued = findUsage(descriptor, 'input', decodedDataContinued);
  if (!data || !count || !continued || data.field.bits !== 8) return undefined;
  if ([data, count].some(({ bit }) => bit % 8 !== 0)) return undefined;
  const { reportId } = data.field;
  if (count.field.reportId !== reportId || continued.field.reportId !== reportId) return undefined;
  const aim = aimCharacters.map((usage) => findUsage(descriptor, 'input', usage));
  const aimBit = aim[0]?.bit;
  const hasAim =
    aimBit !== undefined &&
    aim.every((found, index) => found?.field.reportId === reportId && found.bit === aimBit + 8 * index);
  return {
    reportId,
    countAt: count.bit / 8,
    ...(hasAim && { aimAt: aimBit / 8 }),
    dataAt: data.bit / 8,
    dataBytesMax: data.field.count,
    continuedBit: continued.bit,
  };
}

/** Frames are codes, put together from the reports that carry them. */
function posReports(declared: () => Layout | undefined, idleEndMs: number): Framing<Code> {
  const held = new Uint8Array(codeBytesMax);
  let heldBytes = 0;
  let aim: string | undefined;
  /** Of the code that is being put together. */
  let layout: Layout | undefined;
  /** The rest of an oversize code goes by. */
  let isOversize = false;

  const reset = () => {
    held.fill(0, 0, heldBytes);
    heldBytes = 0;
    layout = undefined;
    isOversize = false;
  };
  const take = (report: Uint8Array): Framed<Code>[] => {
    const discard = (why: DiscardReason): Framed<Code>[] => [{ discarded: report.length, why }];
    if (report.length > reportBytesMax) return discard('length');
    const bytes = new Uint8Array(reportBytesMax);
    bytes.set(report);
    const at = declared() ?? layout ?? guess(bytes);
    if (at.reportId !== 0 && bytes[0] !== at.reportId) return discard('noise');
    const count = bytes[at.countAt]!;
    if (count > at.dataBytesMax || at.dataAt + count > report.length) return discard('length');
    const isContinued = ((bytes[at.continuedBit >> 3] ?? 0) >> (at.continuedBit & 7)) & 1;
    if (!layout) {
      if (count === 0) return discard('noise');
      aim = at.aimAt === undefined ? undefined : aimOf(bytes.subarray(at.aimAt, at.aimAt + 3));
      layout = at;
    }
    if (isOversize || heldBytes + count > codeBytesMax) {
      const found = discard('oversize');
      if (heldBytes > 0) found.unshift({ discarded: heldBytes, why: 'oversize' });
      reset();
      isOversize = isContinued === 1;
      if (isOversize) layout = at;
      return found;
    }
    held.set(bytes.subarray(at.dataAt, at.dataAt + count), heldBytes);
    heldBytes += count;
    return isContinued ? [] : end('report');
  };
  const end = (endedBy: Code['endedBy']): Framed<Code>[] => {
    const frame = { bytes: held.slice(0, heldBytes), endedBy, ...(aim !== undefined && { aim }) };
    reset();
    return [{ frame }];
  };

  return {
    push: take,
    get heldBytes() {
      // One that is oversize is waited for too: silence ends it.
      return isOversize ? 1 : heldBytes;
    },
    idle: { afterMs: idleEndMs || 1_000 },
    flush() {
      if (heldBytes === 0 || idleEndMs === 0) {
        const discarded = heldBytes;
        reset();
        return discarded === 0 ? [] : [{ discarded, why: 'incomplete' }];
      }
      return end('silence');
    },
  };
}

/** Newland can put the identifier into the data: it then stands where Honeywell has it, and its count is 3 more. */
function guess(bytes: Uint8Array): Layout {
  if (isAimAt(bytes, 2)) {
    const end = honeywell.dataAt + bytes[honeywell.countAt]!;
    const isCounted = bytes.subarray(Math.max(honeywell.dataAt, end - 3), end).every((byte) => byte === 0);
    return isCounted ? newland : honeywell;
  }
  return isAimAt(bytes, 3) ? shifted : newland;
}

const isAimAt = (bytes: Uint8Array, at: number) => aimOf(bytes.subarray(at, at + 3)) !== undefined;

function aimOf(bytes: Uint8Array): string | undefined {
  return splitAim(String.fromCharCode(...bytes)).symbology;
}

function withoutSuffix(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  if (bytes[end - 1] === 0x0a) end -= 1;
  if (bytes[end - 1] === 0x0d) end -= 1;
  return bytes.subarray(0, end);
}

type Words = z.infer<typeof options>['commands'];

/** Undefined: there is no such command. */
function beepReports(words: Words, descriptor: HidDescriptor | undefined): Uint8Array[] | undefined {
  if (words === 'honeywell') return [honeywellText('\x16\x07\r')];
  return words === 'pos' ? posBit(descriptor, goodReadBeep, 0x40) : undefined;
}

function triggerReports(words: Words, descriptor: HidDescriptor | undefined): Uint8Array[] | undefined {
  if (words === 'honeywell') return [honeywellText('\x16T\r')];
  if (words === 'newland') return [textReport(4, '~\x010000#SCNTRG1;\x03')];
  return posBit(descriptor, initiateRead, 0x04);
}

/** A bit of the standard, set and cleared again. `usual`: in report 04, where no descriptor says where it is. */
function posBit(descriptor: HidDescriptor | undefined, usage: number, usual: number): Uint8Array[] | undefined {
  if (!descriptor) return [Uint8Array.of(4, usual), Uint8Array.of(4, 0)];
  const found = findUsage(descriptor, 'output', usage);
  if (found?.field.bits !== 1) return undefined;
  const { reportId } = found.field;
  const bits = descriptor.fields
    .filter((field) => field.kind === 'output' && field.reportId === reportId)
    .reduce((end, field) => Math.max(end, field.bitOffset + field.bits * field.count), 0);
  if (bits > 8 * reportBytesMax) return undefined;
  const off = Uint8Array.of(reportId, ...new Uint8Array(Math.ceil(bits / 8) - (reportId === 0 ? 0 : 1)));
  const on = Uint8Array.from(off);
  const at = reportId === 0 ? found.bit + 8 : found.bit;
  on[at >> 3]! |= 1 << (at & 7);
  return [on, off];
}

const honeywellText = (text: string) => textReport(honeywellTextReport, text);

function textReport(reportId: number, text: string): Uint8Array {
  const report = new Uint8Array(outReportBytes);
  report.set([reportId, text.length, ...Buffer.from(text, 'latin1')]);
  return report;
}

const usageText = (usage = 0) =>
  `${(usage >>> 16).toString(16).padStart(4, '0')}:${(usage & 0xffff).toString(16).padStart(4, '0')}, not 008c:0002`;
