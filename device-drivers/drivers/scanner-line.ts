/**
 * Barcode scanners on a serial line (RS-232, USB CDC): each code as text, ended by CR, LF or silence, optionally led by
 * its AIM identifier. Follows the makers' common default (Newland, Honeywell, Zebra and GM65 manuals: data + CR) and
 * ISO/IEC 15424 for the identifier.
 */
import { z } from 'zod';
import { type DriverOutput, defineDriver } from '../driver.ts';
import { splitAim } from '../wire/aim.ts';
import { type Line, lines } from '../wire/lines.ts';
import { decodeText } from '../wire/text.ts';

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
  symbologyId: z
    .boolean()
    .default(false)
    .describe('The scanner is set to send the AIM identifier (such as ]C0) before each code.'),
  repeatWindowMs: z
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(1500)
    .describe(
      'The same code again within so many milliseconds of the last sight of it is one reading; 0 turns that off.',
    ),
});

export const scannerLine = defineDriver<z.infer<typeof options>, Line>({
  name: 'scanner-line',
  kind: 'scanner',
  describe: 'Serial barcode scanner that sends each code as a line of text',
  transports: ['serial', 'tcp', 'sim'],
  line: { baudRate: 9600 },
  options,
  faults: ['code-unreadable', 'code-incomplete', 'code-without-symbology'],
  session({ suffix, idleEndMs, symbologyId, repeatWindowMs }, { monotonicMs }) {
    let hasSuffix = suffix !== 'any';
    let symbologyMissing = false;
    let last: { readonly code: string; readonly seenMs: number } | undefined;

    const onLine = ({ bytes, endedBy }: Line): DriverOutput[] => {
      hasSuffix ||= endedBy === 'suffix';
      // A scanner that has a suffix sends it always; silence then means a plug pulled in mid-code, and half a code.
      if (hasSuffix && endedBy === 'silence') return [{ fault: incomplete(bytes.length) }];
      const text = decodeText(stripMarks(bytes));
      if (text === undefined) return [{ fault: unreadable('neither UTF-8 nor GB18030') }];
      const control = controlAt(text);
      if (control !== undefined) return [{ fault: unreadable(control) }];
      const code = symbologyId ? splitAim(text) : { text };
      if (code.text === '') return [{ fault: unreadable('an empty code') }];

      const nowMs = monotonicMs();
      const repeated = last?.code === text && nowMs - last.seenMs < repeatWindowMs;
      last = { code: text, seenMs: nowMs };
      if (repeated) return [{ repeat: 'scan' }];
      return [...checkSymbology('symbology' in code), { reading: { type: 'scan', ...code } }];
    };

    const checkSymbology = (present: boolean): DriverOutput[] => {
      const missing = symbologyId && !present;
      if (missing === symbologyMissing) return [];
      symbologyMissing = missing;
      return [{ condition: missing ? { code: 'code-without-symbology' } : null }];
    };

    return { framing: lines({ lineEnd: suffix, lineBytesMax: codeBytesMax, idleEndMs }), onFrame: onLine };
  },
});

const incomplete = (bytes: number) => ({ code: 'code-incomplete', detail: `${bytes} bytes, then silence` }) as const;
const unreadable = (detail: string) => ({ code: 'code-unreadable', detail }) as const;

function stripMarks(bytes: Uint8Array): Uint8Array {
  const start = bytes[0] === STX ? 1 : 0;
  const end = bytes[bytes.length - 1] === ETX ? bytes.length - 1 : bytes.length;
  return bytes.subarray(start, Math.max(start, end));
}

/**
 * Control characters are no part of any code but GS, the separator of GS1 element strings; a keyboard or a terminal
 * down the line would act on them.
 */
function controlAt(text: string): string | undefined {
  const at = text.search(/[^\P{Cc}\x1d]/u);
  return at < 0
    ? undefined
    : `control character 0x${text.charCodeAt(at).toString(16).padStart(2, '0')} at character ${at}`;
}
