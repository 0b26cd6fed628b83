/**
 * Barcode scanners as USB keyboards: each code typed as boot reports (HID 1.11, appendix B.1) on a US layout, ended by Enter
 * or silence. That nobody else gets what is typed is the transport's work, which else does not open the device.
 * Characters beyond the layout come as Alt and a decimal number on the keypad (Worth Data and Newland manuals), of the code
 * page or of Unicode. Control characters come as Ctrl and a key: GS is Ctrl and ].
 */
import { z } from 'zod';
import { type DriverOutput, defineDriver } from '../driver.ts';
import type { Framed, Framing } from '../framing.ts';
import { scannerOptions } from '../scanner-options.ts';
import { splitAim } from '../wire/aim.ts';
import { type HidDescriptor, parseHidDescriptor } from '../wire/hid-descriptor.ts';
import { checkedText, repeatWindow } from '../wire/scan-text.ts';
import { usCharacter } from '../wire/us-keyboard.ts';

const keyboardUsage = 0x00010006;
const codeCharactersMax = 4096;
/** Modifiers, a reserved byte, up to six keys. */
const reportBytes = 8;

const anyCtrl = 0x11;
const anyShift = 0x22;
const leftAlt = 0x04;
/** Keys with these type nothing that a code could hold. */
const strayModifiers = 0xc8;

const rolloverKey = 0x01;
/** 1 to 3 are errors, not keys. */
const firstKey = 0x04;
const enterKeys: ReadonlySet<number> = new Set([0x28, 0x58]);
/** CapsLock, ScrollLock and NumLock, which some scanners press around a code. */
const lockKeys: ReadonlySet<number> = new Set([0x39, 0x47, 0x53]);
const keypad1 = 0x59;
const keypad0 = 0x62;
const altDigitsMax = 7;
const lineEnds: ReadonlySet<string> = new Set(['\r', '\n']);

const options = z.strictObject({
  altCodes: z
    .enum(['gbk', 'unicode'])
    .default('gbk')
    .describe('What the number of Alt and keypad is above 255: a character of GBK, or of Unicode.'),
  suffix: z
    .enum(['any', 'Enter'])
    .default('any')
    .describe('With any, Enter ends a code and so does silence. With Enter, every code must end with it.'),
  idleEndMs: z
    .number()
    .int()
    .min(20)
    .max(2000)
    .default(200)
    .describe('So much silence between two keys ends a code, in milliseconds.'),
  ...scannerOptions,
});
type Options = z.infer<typeof options>;

interface Typed {
  readonly text: string;
  readonly endedBy: 'Enter' | 'silence';
  /** Why characters may be missing or wrong. */
  readonly damage?: string;
}

export const scannerHidKeyboard = defineDriver<Options, Typed>({
  name: 'scanner-hid-keyboard',
  kind: 'scanner',
  describe: 'USB barcode scanner in keyboard mode, whose keys reach nobody else',
  transports: ['hid', 'sim'],
  options,
  faults: ['code-unreadable', 'code-incomplete', 'scanner-wrong-mode'],
  session(o, { monotonicMs }) {
    let descriptor: HidDescriptor | undefined;
    let hasSuffix = o.suffix === 'Enter';
    const isRepeated = repeatWindow(o.repeatWindowMs);

    const onTyped = ({ text, endedBy, damage }: Typed): DriverOutput[] => {
      hasSuffix ||= endedBy === 'Enter';
      // A scanner that presses Enter does so always; silence then means half a code.
      if (hasSuffix && endedBy === 'silence') {
        return [{ fault: { code: 'code-incomplete', detail: `${text.length} characters, then silence` } }];
      }
      if (damage !== undefined) return [{ fault: { code: 'code-unreadable', detail: damage } }];
      const checked = checkedText(text);
      if ('unreadable' in checked) return [{ fault: { code: 'code-unreadable', detail: checked.unreadable } }];
      const code = o.symbologyId ? splitAim(text) : { text };
      if (code.text === '') return [{ fault: { code: 'code-unreadable', detail: 'an empty code' } }];
      if (isRepeated(text, monotonicMs())) return [{ repeat: 'scan' }];
      return [{ reading: { type: 'scan', ...code } }];
    };

    return {
      framing: typedCodes(o, () => reportIdOf(descriptor)),
      opened({ reportDescriptor }) {
        descriptor = reportDescriptor && parseHidDescriptor(reportDescriptor);
      },
      // biome-ignore lint/correctness/useYield: it has nothing to ask: a keyboard answers nothing
      *identify() {
        if (!descriptor || descriptor.applications.includes(keyboardUsage)) return { identity: {} };
        const usage = (descriptor.applications[0] ?? 0).toString(16).padStart(8, '0');
        return { fault: { code: 'scanner-wrong-mode', detail: `usage ${usage}, not 00010006` } };
      },
      onFrame: onTyped,
    };
  },
});

/** Of the reports with the keys; 0: reports are not numbered. */
function reportIdOf(descriptor: HidDescriptor | undefined): number {
  const keys = descriptor?.fields.find(({ kind, usages }) => kind === 'input' && usages.some((u) => u >>> 16 === 7));
  return keys?.reportId ?? 0;
}

/** Frames are codes, put together from what is pressed anew in each report. */
function typedCodes({ altCodes, idleEndMs }: Options, reportId: () => number): Framing<Typed> {
  let pressed: readonly number[] = [];
  let isAltDown = false;
  let altDigits = '';
  let text = '';
  let damage: string | undefined;
  let isOversize = false;

  const reset = () => {
    text = '';
    altDigits = '';
    damage = undefined;
    isOversize = false;
  };
  const heldBytes = () => text.length + altDigits.length + (damage === undefined ? 0 : 1) + (isOversize ? 1 : 0);
  const end = (endedBy: Typed['endedBy'], found: Framed<Typed>[]) => {
    // An Enter alone is no code: it may belong to one that silence has ended.
    if (!isOversize && heldBytes() > 0)
      found.push({ frame: { text, endedBy, ...(damage !== undefined && { damage }) } });
    reset();
  };
  const type = (character: string | undefined, what: string, found: Framed<Typed>[]) => {
    if (character === undefined) damage ??= what;
    else if (lineEnds.has(character)) end('Enter', found);
    else text += character;
    if (text.length <= codeCharactersMax) return;
    found.push({ discarded: text.length, why: 'oversize' });
    reset();
    isOversize = true;
  };

  const press = (key: number, modifiers: number, found: Framed<Typed>[]) => {
    if (enterKeys.has(key)) end('Enter', found);
    else if (isOversize || lockKeys.has(key)) return;
    else if (modifiers & strayModifiers) damage ??= `modifiers 0x${modifiers.toString(16)}`;
    else if (modifiers & leftAlt) {
      if (key >= keypad1 && key <= keypad0 && altDigits.length < altDigitsMax) altDigits += (key - keypad1 + 1) % 10;
      else damage ??= 'a key with Alt that is no digit';
    } else {
      const character = usCharacter(key, (modifiers & anyShift) !== 0);
      const typed = modifiers & anyCtrl ? withCtrl(character) : character;
      type(typed, `key 0x${key.toString(16).padStart(2, '0')}`, found);
    }
  };

  return {
    push(chunk) {
      const found: Framed<Typed>[] = [];
      const id = reportId();
      if (id !== 0 && chunk[0] !== id) return [{ discarded: chunk.length, why: 'noise' }];
      const report = id === 0 ? chunk : chunk.subarray(1);
      if (report.length !== reportBytes) return [{ discarded: chunk.length, why: 'length' }];
      const modifiers = report[0]!;
      const keys = [...report.subarray(2)].filter((key) => key !== 0);
      if (keys.includes(rolloverKey)) {
        damage ??= 'more keys at once than a report holds';
        return found;
      }
      if (isAltDown && !(modifiers & leftAlt) && altDigits !== '') {
        const number = Number(altDigits);
        altDigits = '';
        type(altCharacter(number, altCodes), 'a number with Alt that is no character', found);
      }
      isAltDown = (modifiers & leftAlt) !== 0;
      for (const key of keys) if (key >= firstKey && !pressed.includes(key)) press(key, modifiers, found);
      pressed = keys;
      return found;
    },
    get heldBytes() {
      return heldBytes();
    },
    idle: { afterMs: idleEndMs },
    flush() {
      const found: Framed<Typed>[] = [];
      end('silence', found);
      // A release that was lost must not swallow the first key of the next code.
      pressed = [];
      isAltDown = false;
      return found;
    },
  };
}

/** Ctrl and a letter, [ \ ] ^ or _ are the control characters 1 to 31 (ASCII, columns 4 and 5). */
function withCtrl(character: string | undefined): string | undefined {
  const code = character?.toUpperCase().charCodeAt(0) ?? 0;
  return code >= 0x41 && code <= 0x5f ? String.fromCharCode(code - 0x40) : undefined;
}

const cp1252 = new TextDecoder('windows-1252');
const gbk = new TextDecoder('gb18030', { fatal: true });

function altCharacter(number: number, codes: Options['altCodes']): string | undefined {
  if (number > 0 && number <= 0xff) return cp1252.decode(Uint8Array.of(number));
  if (codes === 'unicode') {
    const isCharacter = number > 0 && number <= 0x10ffff && (number < 0xd800 || number > 0xdfff);
    return isCharacter ? String.fromCodePoint(number) : undefined;
  }
  if (number === 0 || number > 0xffff) return undefined;
  try {
    const characters = gbk.decode(Uint8Array.of(number >> 8, number & 0xff));
    return characters.length === 1 ? characters : undefined;
  } catch {
    return undefined;
  }
}
