/**
 * Barcode scanners that speak Zebra's Simple Serial Interface (SSI Programmer's Guide 72E-40451): Zebra and Symbol engines,
 * GM67. Every packet is acknowledged, and the scanner beeps only then; one that is not, it sends again with a bit that says
 * so. A damaged packet is left unanswered: the scanner repeats it by itself, and noise must not be answered.
 *
 * Not read: the segments (opcode 73) in which cordless scanners of 2015 on send codes of more than 250 bytes.
 */
import { z } from 'zod';
import {
  type CommandResult,
  type Conversation,
  type DriverOutput,
  defineDriver,
  emit,
  type Identified,
  type Identity,
  pause,
  receive,
  send,
} from '../driver.ts';
import type { Fault } from '../faults.ts';
import { scannerOptions } from '../scanner-options.ts';
import { repeatWindow, scanText } from '../wire/scan-text.ts';
import {
  type SsiPacket,
  ssiFraming,
  ssiNak,
  ssiOpcode,
  ssiPacket,
  ssiSource,
  ssiStatus,
  ssiWakeUp,
} from '../wire/ssi.ts';

/** SSI code types and the AIM identifiers they stand for, as far as SSI says it (a modifier it does not know is 0). */
const aimByType: ReadonlyMap<number, string> = new Map([
  [0x01, ']A0'],
  [0x03, ']C0'],
  [0x06, ']I0'],
  [0x08, ']E0'],
  [0x0a, ']E4'],
  [0x0b, ']E0'],
  [0x0f, ']C1'],
  [0x11, ']L0'],
  [0x1b, ']d1'],
  [0x1c, ']Q1'],
  [0x2d, ']z0'],
]);

const options = z.strictObject({
  packetedData: z
    .boolean()
    .default(true)
    .describe('Asks the scanner, at each connection and not for ever, to send codes in packets (parameter EE)'),
  wakeMs: z.int().min(0).max(200).default(15).describe('Pause between the wake-up byte and a command'),
  replyWithinMs: z.int().min(100).max(5_000).default(1_000).describe('Time the scanner has to answer a command'),
  symbologies: z
    .record(z.string().regex(/^[0-9A-F]{2}$/, 'must be two hex digits'), z.string().regex(/^\][A-Za-z][0-9A-Za-z]$/))
    .default({})
    .describe('AIM identifiers by SSI code type (hexadecimal), where the scanner has other types than usual'),
  repeatWindowMs: scannerOptions.repeatWindowMs,
});
type Options = z.infer<typeof options>;

const codeBytesMax = 4096;
const attempts = 2;
/** One look for packets; a command waits so long at most. */
const listenMs = 200;
/** A scanner repeats what was not acknowledged within seconds. */
const retransmitWindowMs = 10_000;

const fromHost = (opcode: number, data?: Uint8Array, status?: number) =>
  ssiPacket(ssiSource.host, opcode, data, status);
const ack = fromHost(ssiOpcode.ack);
const noBeep = 0xff;
const packetFormat = { parameter: 0xee, value: 1 } as const;

const triggerArgs = z.strictObject({ on: z.boolean().default(true) });
const beepArgs = z.strictObject({ code: z.int().min(0).max(26).default(1) });
const configureArgs = z.strictObject({
  parameter: z.int().min(0).max(0xef),
  value: z.int().min(0).max(0xff),
  permanent: z.boolean().default(false),
});

export const scannerSsi = defineDriver<Options, SsiPacket>({
  name: 'scanner-ssi',
  kind: 'scanner',
  describe: 'Barcode scanner with the Zebra Simple Serial Interface (acknowledged packets)',
  transports: ['serial', 'tcp', 'sim'],
  line: { baudRate: 9600 },
  options,
  faults: ['code-unreadable', 'code-incomplete'],
  session(o, { monotonicMs }) {
    const symbologies = new Map([
      ...aimByType,
      ...Object.entries(o.symbologies).map(([type, aim]) => [Number.parseInt(type, 16), aim] as const),
    ]);
    const isRepeat = repeatWindow(o.repeatWindowMs);
    let last: { readonly data: Uint8Array; readonly seenMs: number } | undefined;
    let parts: { readonly bytes: readonly Uint8Array[]; readonly seenMs: number } | undefined;

    const outputsOf = ({ status, data }: SsiPacket): DriverOutput[] => {
      const nowMs = monotonicMs();
      const isSame = last !== undefined && nowMs - last.seenMs < retransmitWindowMs && same(last.data, data);
      last = { data, seenMs: nowMs };
      // Our acknowledgement was lost: the code is known already.
      if ((status & ssiStatus.retransmit) !== 0 && isSame)
        return (status & ssiStatus.more) === 0 ? [{ repeat: 'scan' }] : [];

      const before: DriverOutput[] = [];
      if (parts && nowMs - parts.seenMs >= retransmitWindowMs) {
        before.push(incomplete(parts.bytes));
        parts = undefined;
      }
      const bytes = [...(parts?.bytes ?? []), data.subarray(1)];
      const isLong = bytes.reduce((sum, part) => sum + part.length, 0) > codeBytesMax;
      parts = (status & ssiStatus.more) !== 0 && !isLong ? { bytes, seenMs: nowMs } : undefined;
      if (parts) return before;
      if (isLong) return [...before, incomplete(bytes)];
      return [...before, codeOf(data[0], Buffer.concat(bytes))];
    };

    const codeOf = (type: number | undefined, bytes: Uint8Array): DriverOutput => {
      const code = scanText(withoutLineEnd(bytes));
      if ('unreadable' in code) return { fault: { code: 'code-unreadable', detail: code.unreadable } };
      if (isRepeat(code.text, monotonicMs())) return { repeat: 'scan' };
      const symbology = type === undefined ? undefined : symbologies.get(type);
      return { reading: { type: 'scan', text: code.text, ...(symbology !== undefined && { symbology }) } };
    };

    /** Whatever comes by itself; an acknowledgement that nobody waits for needs no answer. */
    function* take(packet: SsiPacket): Conversation<SsiPacket, void> {
      if (packet.opcode === ssiOpcode.ack || packet.opcode === ssiOpcode.nak) return;
      if (packet.opcode === ssiOpcode.decodeData) for (const output of outputsOf(packet)) yield* emit(output);
      yield* send(ack);
    }

    /** The first packet of one of the opcodes; what comes before it is taken. */
    function* answer(...opcodes: number[]): Conversation<SsiPacket, SsiPacket | undefined> {
      const endMs = monotonicMs() + o.replyWithinMs;
      for (;;) {
        const packet = yield* receive<SsiPacket>(Math.max(0, endMs - monotonicMs()));
        if (!packet || opcodes.includes(packet.opcode)) return packet;
        yield* take(packet);
      }
    }

    function* say(opcode: number, data?: Uint8Array, status = 0): Conversation<SsiPacket, CommandResult> {
      let outcome: CommandResult = { outcome: 'no-reply' };
      for (let attempt = 0; attempt < attempts; attempt++) {
        yield* send(ssiWakeUp);
        yield* pause(o.wakeMs);
        yield* send(fromHost(opcode, data, attempt === 0 ? status : status | ssiStatus.retransmit));
        const reply = yield* answer(ssiOpcode.ack, ssiOpcode.nak);
        if (reply?.opcode === ssiOpcode.ack) return { outcome: 'done' };
        if (reply && reply.data[0] !== ssiNak.resend) return { outcome: 'refused', why: nakText(reply.data[0]) };
        if (reply) outcome = { outcome: 'refused', why: nakText(ssiNak.resend) };
      }
      return outcome;
    }

    const setParameter = (parameter: number, value: number, permanent: boolean) =>
      say(ssiOpcode.paramSend, Uint8Array.of(noBeep, parameter, value), permanent ? ssiStatus.permanent : 0);

    return {
      framing: ssiFraming(ssiSource.scanner),
      *identify(): Conversation<SsiPacket, Identified> {
        let identity: Identity | undefined;
        for (let attempt = 0; attempt < attempts && !identity; attempt++) {
          yield* send(ssiWakeUp);
          yield* pause(o.wakeMs);
          yield* send(fromHost(ssiOpcode.requestRevision));
          // One that refuses the question speaks SSI all the same.
          const reply = yield* answer(ssiOpcode.replyRevision, ssiOpcode.nak);
          if (reply?.opcode === ssiOpcode.replyRevision) yield* send(ack);
          if (reply) identity = identityOf(reply);
        }
        if (!identity) return { fault: { code: 'no-reply' } };
        if (o.packetedData) yield* setParameter(packetFormat.parameter, packetFormat.value, false);
        return { identity };
      },
      cycle: {
        everyMs: 1,
        *run(): Conversation<SsiPacket, Fault | undefined> {
          const packet = yield* receive<SsiPacket>(listenMs);
          if (packet) yield* take(packet);
          return undefined;
        },
      },
      commands: {
        /** Starts or ends reading, as the trigger does. */
        trigger: parsed(triggerArgs, ({ on }) => say(on ? ssiOpcode.startSession : ssiOpcode.stopSession)),
        beep: parsed(beepArgs, ({ code }) => say(ssiOpcode.beep, Uint8Array.of(code))),
        configure: parsed(configureArgs, ({ parameter, value, permanent }) =>
          setParameter(parameter, value, permanent),
        ),
      },
    };
  },
});

/** Arguments come from outside: what the schema refuses is the answer. */
function parsed<A>(schema: z.ZodType<A>, run: (args: A) => Conversation<SsiPacket, CommandResult>) {
  return function* (args: unknown): Conversation<SsiPacket, CommandResult> {
    const result = schema.safeParse(args ?? {});
    if (!result.success) return { outcome: 'rejected', why: z.prettifyError(result.error) };
    return yield* run(result.data);
  };
}

const incomplete = (parts: readonly Uint8Array[]): DriverOutput => ({
  fault: { code: 'code-incomplete', detail: `${parts.reduce((sum, part) => sum + part.length, 0)} bytes in packets` },
});

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

function nakText(cause: number | undefined): string {
  if (cause === ssiNak.resend) return 'the scanner got it damaged';
  if (cause === ssiNak.badContext) return 'not known to this scanner';
  return cause === ssiNak.denied ? 'not allowed by this scanner' : `cause ${cause ?? 'missing'}`;
}

function identityOf({ opcode, data }: SsiPacket): Identity {
  const firmware = /^[\x21-\x7e]{1,32}/.exec(Buffer.from(data).toString('latin1'))?.[0];
  return opcode === ssiOpcode.replyRevision && firmware !== undefined ? { firmware } : {};
}

/** The suffix of a scanner that has one is part of the data. */
function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0d || bytes[end - 1] === 0x0a)) end--;
  return bytes.subarray(0, end);
}
