/**
 * A TSPL label printer by the TSPL/TSPL2 Programming Manual: SIZE..PRINT, ESC !? and ESC !S, ESC !. and its relatives,
 * ~!T, ~!E, SET REPRINT. Status questions are heard in mid-stream, between any two bytes, but not inside the binary
 * payload of a BITMAP. What it reads has no connection: a line half sent over one socket goes on over the next.
 */
import { z } from 'zod';
import { statusBlock } from '../../device-drivers/wire/tspl.ts';
import { defineAction, defineSimulator, type SimulatedDevice, type SimulatorContext } from '../device.ts';
import { pictureAction } from '../label-picture/action.ts';
import { tsplToZpl } from '../label-picture/tspl-to-zpl.ts';
import { printMechanism } from '../print-mechanism.ts';

const behaviour = z.strictObject({
  labelMs: z.int().min(0).max(60_000).default(600).describe('Time to print one label'),
  neverAnswers: z.boolean().default(false).describe('Prints, and says nothing'),
  hidesPrinting: z
    .boolean()
    .default(false)
    .describe('Never says that it prints, as one that is done before it is asked'),
  hungParser: z.boolean().default(false).describe('Swallows every label and says that it is ready'),
  replyAfterMs: z.int().min(0).max(60_000).default(0).describe('Time before an answer begins'),
  cutReply: z.boolean().default(false).describe('The long status stops in mid-frame'),
  echoes: z.boolean().default(false).describe('Sends back what it gets, as a plug that loops'),
});
const options = z.strictObject({
  model: z.string().max(40).default('TE210'),
  longStatus: z
    .boolean()
    .default(true)
    .describe('ESC !S, as TSC firmware from V6.29; without it ESC !? only, as Gprinter'),
  behaviour: behaviour.prefault({}),
});
type Options = z.infer<typeof options>;
type Behaviour = z.infer<typeof behaviour>;

const ESC = 0x1b;
const LF = 0x0a;
const CR = 0x0d;
const lineBytesMax = 16 * 1024;
const imageLinesMax = 1_000;

const gb18030 = new TextDecoder('gb18030');

function create(settings: Options, context: SimulatorContext): SimulatedDevice {
  let behave: Behaviour = settings.behaviour;
  let reprints = false;
  let hearsEscape = true;
  /** Set-up and drawing commands since CLS: what the next PRINT prints. */
  let setUp = new Map<string, string>();
  let image: string[] = [];
  let line: number[] = [];
  /** 1 after ESC, 2 after ESC ! */
  let escapeAt = 0;
  /** Bytes of a BITMAP that are still to come. */
  let payloadLeft = 0;
  const timers = new Set<() => void>();
  const mechanism = printMechanism({
    clock: context.clock,
    labelMs: () => behave.labelMs,
    reprints: () => reprints,
  });

  function send(bytes: Uint8Array): void {
    if (behave.neverAnswers) return;
    if (behave.replyAfterMs === 0) {
      context.send(bytes);
      return;
    }
    const cancel = context.clock.after(behave.replyAfterMs, () => {
      timers.delete(cancel);
      context.send(bytes);
    });
    timers.add(cancel);
  }

  const saysPrinting = () => mechanism.moving && !behave.hidesPrinting;

  function shortStatus(): number {
    return (
      (mechanism.has('lid-open') ? 0x01 : 0) |
      (mechanism.has('paper-jam') ? 0x02 : 0) |
      (mechanism.paperOut ? 0x04 : 0) |
      (mechanism.has('ribbon-out') ? 0x08 : 0) |
      (mechanism.paused ? 0x10 : 0) |
      (saysPrinting() ? 0x20 : 0) |
      (mechanism.has('cutter-jam') || mechanism.has('too-hot') ? 0x80 : 0)
    );
  }

  function longStatus(): Uint8Array {
    const message = mechanism.inFault ? 'E' : mechanism.paused ? '`' : saysPrinting() ? 'P' : '@';
    const media =
      (mechanism.has('lid-open') ? 0x20 : 0) |
      (mechanism.paperOut ? 0x01 : 0) |
      (mechanism.has('paper-jam') ? 0x02 : 0) |
      (mechanism.has('ribbon-out') ? 0x04 : 0);
    const hardware = (mechanism.has('too-hot') ? 0x01 : 0) | (mechanism.has('cutter-jam') ? 0x08 : 0);
    const warning = mechanism.paperLow && !mechanism.paperOut ? 0x01 : 0;
    return statusBlock([message.charCodeAt(0), 0x40 | warning, 0x40 | hardware, 0x40 | media]);
  }

  function immediate(command: string): void {
    if (!hearsEscape) return;
    switch (command) {
      case '?':
        send(Uint8Array.of(shortStatus()));
        break;
      case 'S':
        if (settings.longStatus) send(behave.cutReply ? longStatus().subarray(0, 5) : longStatus());
        break;
      case 'P':
        mechanism.setPaused(true);
        break;
      case 'O':
        mechanism.setPaused(false);
        break;
      case '.':
        line = [];
        image = [];
        mechanism.cancel();
        break;
      case 'D':
        hearsEscape = false;
        break;
      case 'R':
        forget();
        break;
    }
  }

  function lineEnds(): void {
    const text = gb18030.decode(Uint8Array.from(line));
    line = [];
    const [word = ''] = /^[A-Z~!0-9]+/.exec(text) ?? [];
    switch (word) {
      case '~!E':
        hearsEscape = true;
        break;
      case '~!T':
        if (!mechanism.inFault && !mechanism.paused) send(Buffer.from(`${settings.model}\r`));
        break;
      case 'CLS':
        image = [];
        break;
      case 'SET':
        if (/^SET REPRINT (ON|OFF)$/.test(text)) reprints = text.endsWith('ON');
        break;
      case 'PRINT':
        print(text);
        break;
      case 'SIZE':
      case 'GAP':
      case 'DIRECTION':
        setUp.set(word, text);
        break;
      default:
        if (drawing.has(word) && image.length < imageLinesMax) image.push(text);
    }
  }

  function print(text: string): void {
    const [, sets = '1', copies = '1'] = /^PRINT (\d{1,4})(?:,(\d{1,4}))?$/.exec(text) ?? [];
    if (behave.hungParser) return;
    mechanism.add([...setUp.values(), 'CLS', ...image].join('\r\n'), Number(sets) * Number(copies));
  }

  function byte(next: number): void {
    if (payloadLeft > 0) {
      if (line.length < lineBytesMax) line.push(...Buffer.from(next.toString(16).padStart(2, '0')));
      payloadLeft -= 1;
    } else if (escapeAt === 1) {
      escapeAt = next === 0x21 ? 2 : 0;
    } else if (escapeAt === 2) {
      escapeAt = 0;
      immediate(String.fromCharCode(next));
    } else if (next === ESC) {
      escapeAt = 1;
    } else if (next === CR || next === LF) {
      if (line.length > 0) lineEnds();
    } else if (line.length < lineBytesMax) {
      line.push(next);
      if (next === 0x2c) payloadLeft = payloadBytes(Buffer.from(line).toString('latin1'));
    }
  }

  function forget(): void {
    setUp = new Map();
    image = [];
    line = [];
    escapeAt = 0;
    payloadLeft = 0;
    hearsEscape = true;
    reprints = false;
  }

  function stop(): void {
    mechanism.stop();
    for (const cancel of timers) cancel();
    timers.clear();
  }

  return {
    receive(chunk) {
      if (!mechanism.powered) return;
      if (behave.echoes) send(chunk);
      else for (const next of chunk) byte(next);
    },
    actions: new Map([
      ...mechanism.actions,
      ['picture', pictureAction(() => mechanism.lastPrinted, tsplToZpl)],
      [
        'behave',
        defineAction({
          describe: 'Change how the printer behaves; what is not named is normal again',
          args: behaviour,
          run(wanted) {
            behave = wanted;
          },
        }),
      ],
    ]),
    state: () => ({ ...mechanism.state(), partialLine: line.length > 0 || payloadLeft > 0, behaviour: behave }),
    power(on) {
      mechanism.setPower(on);
      stop();
      forget();
    },
    stop,
  };
}

const drawing = new Set([
  'TEXT',
  'BLOCK',
  'BARCODE',
  'QRCODE',
  'DMATRIX',
  'PDF417',
  'BAR',
  'BOX',
  'REVERSE',
  'ERASE',
  'BITMAP',
]);

/** How many binary bytes follow the comma that ends `BITMAP x,y,width,height,mode,`; width in bytes. */
function payloadBytes(line: string): number {
  const [, width, height] = /^BITMAP ?\d{1,5},\d{1,5},(\d{1,4}),(\d{1,4}),[012],$/.exec(line) ?? [];
  return width === undefined ? 0 : Number(width) * Number(height);
}

export const printerTspl = defineSimulator({
  name: 'printer-tspl',
  describe: 'TSPL label printer with paper, lid, ribbon, cutter',
  wires: ['pty', 'tcp'],
  baudRate: 9600,
  options,
  create,
});
