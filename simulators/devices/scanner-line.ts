/** The other end of a serial line scanner: what is scanned goes out as text with identifier and suffix, as its makers' manuals say. */
import iconv from 'iconv-lite';
import { z } from 'zod';
import { defineAction, defineSimulator } from '../device.ts';

const suffixes: ReadonlyMap<string, string> = new Map([
  ['CR', '\r'],
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['none', ''],
]);
const suffix = z.enum(['CR', 'LF', 'CRLF', 'none']);
const encoding = z.enum(['utf8', 'gb18030']);

const options = z.strictObject({
  suffix: suffix.default('CR'),
  encoding: encoding.default('utf8'),
  symbologyId: z.boolean().default(false),
});

const scan = z.strictObject({
  text: z.string().min(1).max(20_000),
  /** AIM identifier; sent only when given or when the scanner is set to send it. */
  symbology: z
    .string()
    .regex(/^\][A-Za-z][0-9A-Za-z]$/)
    .optional(),
  encoding: encoding.optional(),
  suffix: suffix.optional(),
});

export const scannerLine = defineSimulator<z.infer<typeof options>>({
  name: 'scanner-line',
  describe: 'Serial barcode scanner that sends each code as a line of text',
  wires: ['pty', 'tcp'],
  baudRate: 9600,
  options,
  create(settings, { send }) {
    let powered = true;
    let scans = 0;
    let lastText: string | null = null;
    return {
      // A line scanner obeys no command that its driver would send.
      receive() {},
      actions: new Map([
        [
          'scan',
          defineAction<z.infer<typeof scan>>({
            describe: 'Scan a code',
            args: scan,
            run({ text, symbology, ...own }) {
              if (!powered) throw new Error('the scanner has no power');
              const { suffix, encoding } = { ...settings, ...own };
              const identifier = symbology ?? (settings.symbologyId ? ']C0' : '');
              send(iconv.encode(identifier + text + suffixes.get(suffix), encoding));
              scans += 1;
              lastText = text;
              return { scans };
            },
          }),
        ],
      ]),
      state: () => ({ powered, scans, lastText }),
      power(on) {
        powered = on;
      },
      stop() {},
    };
  },
});
