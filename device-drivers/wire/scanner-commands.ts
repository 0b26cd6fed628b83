/**
 * Commands of serial barcode scanners and the replies to them, by maker. Honeywell: serial programming commands (SYN T, SYN
 * M; manuals of the 7000 and CM series). Newland: programming command set of the HR series. GM65, GM861: zone-bit protocol
 * of the module manual. Datalogic: single characters of the Magellan 800i.
 */
import { crc16Xmodem } from './checksums.ts';

export interface ScannerCommand {
  readonly bytes: Uint8Array;
  /** What the reply repeats of it; absent where there is no reply. */
  readonly echo?: string;
}

/** nak: the value is not allowed; enq: the setting is not known. */
export interface ScannerReply {
  readonly answer: 'ack' | 'nak' | 'enq';
  readonly echo: string;
}

/** What begins at the first byte: a reply of `length` bytes, no reply, or `more` when it cannot be said yet. */
export type ReplyAt = { readonly reply: ScannerReply; readonly length: number } | 'none' | 'more';

export interface ScannerProfile {
  readonly trigger?: (on: boolean) => ScannerCommand;
  readonly beep?: () => ScannerCommand;
  /** Undefined when the text is no setting of this maker. One setting may take several commands. */
  readonly configure: (setting: string, permanent: boolean) => readonly ScannerCommand[] | undefined;
  /** How a setting is written, for a person. */
  readonly settingForm: string;
  /** `awaited`: the last command that was sent; Honeywell's replies have no mark but its text. */
  readonly replyAt: (bytes: Uint8Array, awaited: ScannerCommand | undefined) => ReplyAt;
  /** Between two commands. */
  readonly gapMs: number;
  readonly replyWithinMs: number;
}

export const scannerProfileNames = ['none', 'honeywell', 'newland', 'gm65', 'datalogic'] as const;

const replyBytesMax = 128;
const answers: ReadonlyMap<number, ScannerReply['answer']> = new Map([
  [0x06, 'ack'],
  [0x15, 'nak'],
  [0x05, 'enq'],
]);
const ascii = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** `SYN M CR TAG data .` for good, `!` for now; the reply is the command with a status before its last character. */
const honeywell: ScannerProfile = {
  trigger: (on) => ({ bytes: Uint8Array.of(0x16, on ? 0x54 : 0x55, 0x0d) }),
  beep: () => ({ bytes: Uint8Array.of(0x16, 0x07, 0x0d) }),
  configure(setting, permanent) {
    if (!/^[A-Z0-9]{6}[A-Z0-9]{0,64}$/.test(setting)) return undefined;
    const echo = setting + (permanent ? '.' : '!');
    return [{ bytes: ascii(`\x16M\r${echo}`), echo }];
  },
  settingForm: 'a menu command without its end, such as CBRENA1',
  replyAt(bytes, awaited) {
    const { echo = '' } = awaited ?? {};
    if (echo === '') return 'none';
    const status = echo.length - 1;
    for (let at = 0; at < Math.min(bytes.length, echo.length + 1); at++) {
      const fits = at === status ? answers.has(bytes[at]!) : bytes[at] === echo.charCodeAt(at < status ? at : at - 1);
      if (!fits) return 'none';
    }
    if (bytes.length < echo.length + 1) return 'more';
    return { reply: { answer: answers.get(bytes[status]!)!, echo }, length: echo.length + 1 };
  },
  gapMs: 0,
  replyWithinMs: 1_000,
};

/** `~ SOH 0000 @|# TAG data ; ETX`; the reply begins with STX and has a status before the semicolon. */
const newland: ScannerProfile = {
  trigger: (on) => newlandCommand(`#SCNTRG${on ? 1 : 0}`),
  configure(setting, permanent) {
    return /^[A-Z]{3,8}[A-Z0-9]{0,32}$/.test(setting) ? [newlandCommand((permanent ? '@' : '#') + setting)] : undefined;
  },
  settingForm: 'a command without @ or # and semicolon, such as GRBENA1',
  replyAt(bytes) {
    const reply = text(bytes.subarray(0, replyBytesMax));
    const match = /^\x02\x010000([@#][ -:<-~]*)([\x06\x15\x05]);\x03/.exec(reply);
    if (match) {
      return { reply: { answer: answers.get(match[2]!.charCodeAt(0))!, echo: match[1]! }, length: match[0].length };
    }
    const begins = '\x02\x010000'.startsWith(reply) || /^\x02\x010000[@#][ -:<-~]*[\x06\x15\x05]?;?$/.test(reply);
    return begins && bytes.length < replyBytesMax ? 'more' : 'none';
  },
  gapMs: 50,
  replyWithinMs: 5_000,
};
const newlandCommand = (echo: string): ScannerCommand => ({ bytes: ascii(`~\x010000${echo};\x03`), echo });

/** `7E 00 type len address(2) data CRC(2)`; the reply is `02 00 00 len data CRC(2)` and names nothing. */
const gm65: ScannerProfile = {
  trigger: (on) => gm65Command(gm65Write, 0x0002, [on ? 1 : 0]),
  configure(setting, permanent) {
    const [, address, data] = /^([0-9A-F]{4})=((?:[0-9A-F]{2}){1,16})$/.exec(setting) ?? [];
    if (address === undefined || data === undefined) return undefined;
    const write = gm65Command(gm65Write, Number.parseInt(address, 16), [...Buffer.from(data, 'hex')]);
    return permanent ? [write, gm65Command(gm65Save, 0x0000, [0])] : [write];
  },
  settingForm: 'zone address and bytes in hex, such as 00D0=80',
  replyAt(bytes) {
    const head = [0x02, 0x00, 0x00];
    if (head.some((byte, at) => at < bytes.length && bytes[at] !== byte)) return 'none';
    const end = 4 + (bytes[3] ?? 0) + 2;
    if (end > replyBytesMax) return 'none';
    if (bytes.length < 4 || bytes.length < end) return 'more';
    const check = (bytes[end - 2]! << 8) | bytes[end - 1]!;
    if (crc16Xmodem(bytes.subarray(2, end - 2)) !== check) return 'none';
    return { reply: { answer: 'ack', echo: gm65Echo }, length: end };
  },
  gapMs: 0,
  replyWithinMs: 1_000,
};
const gm65Write = 0x08;
const gm65Save = 0x09;
const gm65Echo = 'gm65';

function gm65Command(type: number, address: number, data: readonly number[]): ScannerCommand {
  const body = Uint8Array.of(type, data.length, address >> 8, address & 0xff, ...data);
  const check = crc16Xmodem(body);
  return { bytes: Uint8Array.of(0x7e, 0x00, ...body, check >> 8, check & 0xff), echo: gm65Echo };
}

const datalogicLetters: ReadonlyMap<string, string> = new Map([
  ['enable', 'E'],
  ['disable', 'D'],
  ['reset', 'R'],
]);
const datalogic: ScannerProfile = {
  beep: () => ({ bytes: ascii('B') }),
  configure(setting, permanent) {
    const letter = datalogicLetters.get(setting);
    return letter === undefined || permanent ? undefined : [{ bytes: ascii(letter) }];
  },
  settingForm: `${[...datalogicLetters.keys()].join(', ')}; none of them for good`,
  replyAt: () => 'none',
  gapMs: 0,
  replyWithinMs: 0,
};

export const scannerProfiles: ReadonlyMap<string, ScannerProfile> = new Map([
  ['honeywell', honeywell],
  ['newland', newland],
  ['gm65', gm65],
  ['datalogic', datalogic],
]);
