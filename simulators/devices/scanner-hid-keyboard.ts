/**
 * The other end of a keyboard scanner: types each code on a US layout as boot reports (HID 1.11, appendix B.1; its descriptor
 * is that of appendix E.6). What the layout lacks it types with Alt and the keypad, as it is set, or leaves out.
 */
import iconv from 'iconv-lite';
import { z } from 'zod';
import { defineAction, defineSimulator } from '../device.ts';

const reportDescriptor = Uint8Array.from(
  Buffer.from(
    '05010906a101050719e029e71500250175019508810295017508810195057501050819012905910295017503910195067508150025650507190029658100c0',
    'hex',
  ),
);

const LCtrl = 0x01;
const LShift = 0x02;
const LAlt = 0x04;
const Enter = 0x28;
const Tab = 0x2b;
/** Keypad 0 to 9. */
const keypad = [0x62, 0x59, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f, 0x60, 0x61];

/** Keys that are no letter or digit, as they are printed: usage, without and with Shift. */
const caps =
  '1e1! 1f2@ 203# 214$ 225% 236^ 247& 258* 269( 270) 2d-_ 2e=+ 2f[{ 30]} 31\\| 33;: 34\'" 35`~ 36,< 37.> 38/?'.split(
    ' ',
  );
const strokes: ReadonlyMap<string, readonly [modifiers: number, key: number]> = new Map([
  [' ', [0, 0x2c]],
  ['\t', [0, Tab]],
  ['\x1d', [LCtrl, 0x30]],
  ...caps.flatMap((cap): [string, readonly [number, number]][] => {
    const key = Number.parseInt(cap.slice(0, 2), 16);
    return [
      [cap.charAt(2), [0, key]],
      [cap.charAt(3), [LShift, key]],
    ];
  }),
  ...Array.from({ length: 26 }, (_, at): [string, readonly [number, number]][] => [
    [String.fromCharCode(0x61 + at), [0, 4 + at]],
    [String.fromCharCode(0x41 + at), [LShift, 4 + at]],
  ]).flat(),
]);

const options = z.strictObject({
  serial: z.string().max(63).default(''),
  altCodes: z.enum(['gbk', 'unicode', 'none']).default('gbk'),
  suffix: z.enum(['Enter', 'none']).default('Enter'),
  /** same: a release only between two strokes of the same key. */
  releases: z.enum(['all', 'same']).default('all'),
});
type Options = z.infer<typeof options>;

const scan = z.strictObject({
  text: z.string().min(1).max(7000),
  suffix: z.enum(['Enter', 'none']).optional(),
});
const reports = z.strictObject({ hex: z.array(z.string().regex(/^([0-9A-Fa-f]{2} ?)*$/)).max(1000) });

export const scannerHidKeyboard = defineSimulator<Options>({
  name: 'scanner-hid-keyboard',
  describe: 'USB barcode scanner in keyboard mode',
  wires: ['sim'],
  baudRate: 115_200,
  options,
  hid: ({ serial }) => ({
    ...{ name: 'Scanner Keyboard', vendor: 0x0c2e, product: 0x0b61, interface: 0 },
    ...{ serial, reportDescriptor },
  }),
  create(settings, { send }) {
    let powered = true;
    let scans = 0;
    let lastText: string | null = null;

    return {
      // What comes is the state of the lamps (NumLock and the like), which this one does not have.
      receive() {},
      actions: new Map([
        [
          'scan',
          defineAction<z.infer<typeof scan>>({
            describe: 'Scan a code',
            args: scan,
            run({ text, suffix = settings.suffix }) {
              if (!powered) throw new Error('the scanner has no power');
              for (const report of typed(text, suffix, settings)) send(report);
              scans += 1;
              lastText = text;
              return { scans };
            },
          }),
        ],
        [
          'reports',
          defineAction<z.infer<typeof reports>>({
            describe: 'Send reports as they are, for what no scanner types: hex, 8 bytes each',
            args: reports,
            run({ hex }) {
              if (!powered) throw new Error('the scanner has no power');
              for (const report of hex) send(Uint8Array.from(Buffer.from(report.replaceAll(' ', ''), 'hex')));
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

function typed(text: string, suffix: 'Enter' | 'none', { altCodes, releases }: Options): Uint8Array[] {
  const sent: Uint8Array[] = [];
  let last = 0;
  const report = (modifiers: number, key: number) => {
    if (releases === 'same' && key !== 0 && key === last) report(modifiers & LAlt, 0);
    sent.push(Uint8Array.of(modifiers, 0, key, 0, 0, 0, 0, 0));
    last = key;
    if (releases === 'all' && key !== 0) report(modifiers & LAlt, 0);
  };
  for (const character of text) {
    const stroke = strokes.get(character);
    if (stroke) report(...stroke);
    else if (altCodes !== 'none') {
      const bytes = iconv.encode(character, 'gbk');
      const number =
        altCodes === 'unicode' ? character.codePointAt(0)! : bytes.reduce((sum, byte) => sum * 256 + byte, 0);
      for (const digit of `0${number}`) report(LAlt, keypad[Number(digit)]!);
      report(0, 0);
    }
  }
  if (suffix === 'Enter') report(0, Enter);
  if (releases === 'same') report(0, 0);
  return sent;
}
