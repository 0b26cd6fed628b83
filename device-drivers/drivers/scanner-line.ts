/**
 * Barcode scanners on a serial line (RS-232, USB CDC): each code as text, ended by CR, LF or silence, optionally led by
 * its AIM identifier. Follows the makers' common default (Newland, Honeywell, Zebra and GM65 manuals: data + CR) and
 * ISO/IEC 15424 for the identifier. With a profile the scanner also obeys: `trigger`, `beep`, `configure`, by its maker's
 * commands (`wire/scanner-commands.ts`).
 */
import { z } from 'zod';
import {
  type CommandResult,
  type Conversation,
  type DriverOutput,
  defineDriver,
  emit,
  pause,
  receive,
  send,
} from '../driver.ts';
import { scannerOptions } from '../scanner-options.ts';
import { splitAim } from '../wire/aim.ts';
import { type Line, lines } from '../wire/lines.ts';
import { repeatWindow, scanText } from '../wire/scan-text.ts';
import {
  type ScannerCommand,
  type ScannerProfile,
  type ScannerReply,
  scannerProfileNames,
  scannerProfiles,
} from '../wire/scanner-commands.ts';
import { type ScannerFrame, scannerFrames } from '../wire/scanner-frames.ts';

const codeBytesMax = 4096;
const STX = 0x02;
const ETX = 0x03;

const options = z.strictObject({
  suffix: z
    .enum(['any', 'CR', 'LF', 'CRLF'])
    .default('any')
    .describe(
      'What the scanner sends after a code. With any, CR and LF both end one, and so does silence. One that is named must follow every code.',
    ),
  idleEndMs: z
    .number()
    .int()
    .min(0)
    .max(1000)
    .default(80)
    .describe('A scanner without suffix ends a code with so much silence, in milliseconds; 0 turns that off.'),
  ...scannerOptions,
  profile: z
    .enum(scannerProfileNames)
    .default('none')
    .describe('Whose commands the scanner obeys: trigger, beep and configure, where the maker has them'),
});

const triggerArgs = z.strictObject({ on: z.boolean().default(true) });
const beepArgs = z.strictObject({});
const configureArgs = z.strictObject({
  /** In the maker's own language. */
  setting: z.string().max(100),
  /** Kept by the scanner without power. Written often, it wears the memory out. */
  permanent: z.boolean().default(false),
});

export const scannerLine = defineDriver<z.infer<typeof options>, ScannerFrame>({
  name: 'scanner-line',
  kind: 'scanner',
  describe: 'Serial barcode scanner that sends each code as a line of text',
  transports: ['serial', 'tcp', 'sim'],
  line: { baudRate: 9600 },
  options,
  faults: ['code-unreadable', 'code-incomplete', 'code-without-symbology'],
  session({ suffix, idleEndMs, symbologyId, repeatWindowMs, profile: profileName }, { monotonicMs }) {
    const profile = scannerProfiles.get(profileName);
    const isRepeat = repeatWindow(repeatWindowMs);
    let hasSuffix = suffix !== 'any';
    let symbologyMissing = false;
    /** The last command; a reply that comes too late is known by it too. */
    let awaited: ScannerCommand | undefined;

    const onLine = ({ bytes, endedBy }: Line): DriverOutput[] => {
      hasSuffix ||= endedBy === 'suffix';
      // A scanner that has a suffix sends it always; silence then means a plug pulled in mid-code, and half a code.
      if (hasSuffix && endedBy === 'silence') return [{ fault: incomplete(bytes.length) }];
      const scanned = scanText(stripMarks(bytes));
      if ('unreadable' in scanned) return [{ fault: unreadable(scanned.unreadable) }];
      const code = symbologyId ? splitAim(scanned.text) : scanned;
      if (code.text === '') return [{ fault: unreadable('an empty code') }];
      if (isRepeat(scanned.text, monotonicMs())) return [{ repeat: 'scan' }];
      return [...checkSymbology('symbology' in code), { reading: { type: 'scan', ...code } }];
    };

    const checkSymbology = (present: boolean): DriverOutput[] => {
      const missing = symbologyId && !present;
      if (missing === symbologyMissing) return [];
      symbologyMissing = missing;
      return [{ condition: missing ? { code: 'code-without-symbology' } : null }];
    };

    /** Sends one command and waits for its reply, if it has one; codes that come meanwhile are readings. */
    function* say(
      command: ScannerCommand,
      { gapMs, replyWithinMs }: ScannerProfile,
    ): Conversation<ScannerFrame, CommandResult> {
      if (gapMs > 0) yield* pause(gapMs);
      awaited = command;
      yield* send(command.bytes);
      if (command.echo === undefined) return { outcome: 'sent' };
      const endMs = monotonicMs() + replyWithinMs;
      for (;;) {
        const frame = yield* receive<ScannerFrame>(Math.max(0, endMs - monotonicMs()));
        if (!frame) return { outcome: 'no-reply' };
        if (!('reply' in frame)) for (const output of onLine(frame)) yield* emit(output);
        else if (frame.reply.echo === command.echo) return resultOf(frame.reply);
      }
    }

    const found = lines({ lineEnd: suffix, lineBytesMax: codeBytesMax, idleEndMs });
    if (!profile) return { framing: found, onFrame: (frame) => ('reply' in frame ? [] : onLine(frame)) };
    const { trigger, beep } = profile;
    return {
      framing: scannerFrames(found, (bytes) => profile.replyAt(bytes, awaited)),
      onFrame: (frame) => ('reply' in frame ? [] : onLine(frame)),
      commands: {
        ...(trigger && { trigger: parsed(triggerArgs, ({ on }) => say(trigger(on), profile)) }),
        ...(beep && { beep: parsed(beepArgs, () => say(beep(), profile)) }),
        configure: parsed(configureArgs, function* ({ setting, permanent }) {
          const commands = profile.configure(setting, permanent);
          if (!commands) return { outcome: 'rejected', why: `setting: ${profileName} takes ${profile.settingForm}` };
          let result: CommandResult = { outcome: 'sent' };
          for (const command of commands) {
            result = yield* say(command, profile);
            if (result.outcome !== 'done' && result.outcome !== 'sent') break;
          }
          return result;
        }),
      },
    };
  },
});

const incomplete = (bytes: number) => ({ code: 'code-incomplete', detail: `${bytes} bytes, then silence` }) as const;
const unreadable = (detail: string) => ({ code: 'code-unreadable', detail }) as const;

function stripMarks(bytes: Uint8Array): Uint8Array {
  const start = bytes[0] === STX ? 1 : 0;
  const end = bytes[bytes.length - 1] === ETX ? bytes.length - 1 : bytes.length;
  return bytes.subarray(start, Math.max(start, end));
}

/** Arguments come from outside: what the schema refuses is the answer. */
function parsed<A>(schema: z.ZodType<A>, run: (args: A) => Conversation<ScannerFrame, CommandResult>) {
  return function* (args: unknown): Conversation<ScannerFrame, CommandResult> {
    const result = schema.safeParse(args ?? {});
    if (!result.success) return { outcome: 'rejected', why: z.prettifyError(result.error) };
    return yield* run(result.data);
  };
}

function resultOf({ answer }: ScannerReply): CommandResult {
  if (answer === 'ack') return { outcome: 'done' };
  return { outcome: 'refused', why: answer === 'nak' ? 'the scanner refuses the value' : 'not known to this scanner' };
}
