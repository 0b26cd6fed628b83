/**
 * The other end of a serial line scanner: what is scanned goes out as text with identifier and suffix, and commands are
 * obeyed and answered, as its makers' manuals say.
 */
import iconv from 'iconv-lite';
import { z } from 'zod';
import { crc16Xmodem } from '../../device-drivers/wire/checksums.ts';
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
  /** Whose commands it obeys. */
  profile: z.enum(['none', 'honeywell', 'newland', 'gm65', 'datalogic']).default('none'),
  /** Settings that this model does not know, or whose value it refuses. */
  unknown: z.array(z.string()).default([]),
  refused: z.array(z.string()).default([]),
  /** It takes so long to answer. */
  replyMs: z.int().min(0).max(60_000).default(5),
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
  create(settings, { clock, send }) {
    let powered = true;
    let triggered = false;
    let enabled = true;
    let beeps = 0;
    const stored = new Map<string, string>();
    let held = '';
    const cancels = new Set<() => void>();

    const reply = (text: string) => {
      const cancel = clock.after(settings.replyMs, () => {
        cancels.delete(cancel);
        send(Buffer.from(text, 'latin1'));
      });
      cancels.add(cancel);
    };
    /** ACK, ENQ for what is not known, NAK for a value that is not allowed. */
    const keep = (setting: string): string => {
      if (settings.unknown.includes(setting)) return '\x05';
      if (settings.refused.includes(setting)) return '\x15';
      stored.set(setting, 'set');
      return '\x06';
    };
    /** What is done with what came so far; gives how many characters are used up, 0 for more. */
    const obey: Readonly<Record<typeof settings.profile, (text: string) => number>> = {
      none: (text) => text.length,
      honeywell(text) {
        if (!'\x16'.startsWith(text[0]!)) return 1;
        if (/^\x16[TU\x07]\r/.test(text)) {
          if (text[1] === '\x07') beeps += 1;
          else triggered = text[1] === 'T';
          return 3;
        }
        const [whole, setting, end] = /^\x16M\r([^.!]*)([.!])/.exec(text) ?? [];
        if (whole !== undefined) reply(setting! + keep(setting!) + end);
        return whole?.length ?? (text.length > 100 ? 1 : 0);
      },
      newland(text) {
        if (text[0] !== '~') return 1;
        const [whole, mode, setting] = /^~\x010000([@#])([^;]*);\x03/.exec(text) ?? [];
        if (whole === undefined) return text.length > 100 ? 1 : 0;
        const trigger = /^SCNTRG([01])$/.exec(setting!)?.[1];
        const status = keep(setting!);
        if (trigger !== undefined && status === '\x06') triggered = trigger === '1';
        reply(`\x02\x010000${mode}${setting}${status};\x03`);
        return whole.length;
      },
      gm65(text) {
        if (text[0] !== '~') return 1;
        const bytes = Buffer.from(text, 'latin1');
        const end = 6 + (bytes[3] ?? 0) + 2;
        if (bytes.length < 4 || bytes.length < end) return 0;
        const check = bytes.readUInt16BE(end - 2);
        // AB CD stands for a frame whose check value is not to be looked at.
        if (check !== 0xabcd && check !== crc16Xmodem(bytes.subarray(2, end - 2))) return 1;
        const address = bytes.subarray(4, 6).toString('hex').toUpperCase();
        const data = bytes
          .subarray(6, end - 2)
          .toString('hex')
          .toUpperCase();
        if (bytes[2] === 0x08 && address === '0002') triggered = data === '01';
        else if (bytes[2] === 0x08) stored.set(`${address}=${data}`, 'set');
        else if (bytes[2] === 0x09) stored.set('saved', 'set');
        reply('\x02\x00\x00\x01\x00\x33\x31');
        return end;
      },
      datalogic(text) {
        if (text[0] === 'B') beeps += 1;
        if (text[0] === 'E' || text[0] === 'D') enabled = text[0] === 'E';
        if (text[0] === 'R') stored.clear();
        return 1;
      },
    };

    const forget = () => {
      for (const cancel of cancels) cancel();
      cancels.clear();
    };
    let scans = 0;
    let lastText: string | null = null;
    return {
      receive(chunk) {
        if (!powered) return;
        held += Buffer.from(chunk).toString('latin1');
        for (let used = 1; held !== '' && used > 0; held = held.slice(used)) used = obey[settings.profile](held);
      },
      actions: new Map([
        [
          'scan',
          defineAction<z.infer<typeof scan>>({
            describe: 'Scan a code',
            args: scan,
            run({ text, symbology, ...own }) {
              if (!powered) throw new Error('the scanner has no power');
              if (!enabled) throw new Error('the scanner is disabled');
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
      state: () => ({
        ...{ powered, scans, lastText },
        ...(settings.profile !== 'none' && { triggered, enabled, beeps, settings: [...stored.keys()] }),
      }),
      power(on) {
        powered = on;
        held = '';
        triggered = false;
        enabled = true;
        forget();
      },
      stop: forget,
    };
  },
});
