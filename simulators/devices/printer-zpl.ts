/**
 * A ZPL II label printer with Link-OS odometer, by the ZPL II Programming Guide: ~HS, ~HQES, ~HI, ~JA, ~PS, ~PP, ^XA..^XZ
 * with ^PQ and ^JZ, `! U1 getvar`. What it reads has no connection: a format half sent over one socket goes on over the
 * next. A label counts when it has left the printer.
 */
import { z } from 'zod';
import { block } from '../../device-drivers/wire/zebra.ts';
import { defineAction, defineSimulator, type SimulatedDevice, type SimulatorContext } from '../device.ts';
import { pictureAction } from '../label-picture/action.ts';

const behaviour = z.strictObject({
  labelMs: z.int().min(0).max(60_000).default(600).describe('Time to print one label'),
  neverAnswers: z.boolean().default(false).describe('As a TSC printer that emulates ZPL: prints, and says nothing'),
  muteStatusInFault: z.boolean().default(false).describe('No ~HS while out of paper or open, as Zebra documents'),
  muteErrors: z.boolean().default(false).describe('No ~HQES, as old firmware'),
  replyAfterMs: z.int().min(0).max(60_000).default(0).describe('Time before an answer begins'),
  stringGapMs: z.int().min(0).max(5_000).default(0).describe('Time between the strings of ~HS; 325 was seen'),
  cutReply: z.boolean().default(false).describe('Answers stop in mid-frame'),
  missingFinalCrlf: z.boolean().default(false).describe('No CR LF after the last string'),
  duplicateAfterError: z
    .boolean()
    .default(false)
    .describe('With reprint on (^JZY) the label that was out already when the fault came is printed again too'),
});
const options = z.strictObject({
  model: z.string().max(40).default('ZTC ZD420-203dpi ZPL'),
  odometer: z.enum(['answers', 'unsupported', 'silent']).default('answers'),
  labelsPrintedBefore: z.int().min(0).default(12_345),
  behaviour: behaviour.prefault({}),
});
type Options = z.infer<typeof options>;
type Behaviour = z.infer<typeof behaviour>;

interface Format {
  readonly zpl: string;
  remaining: number;
}

const printedKept = 50;
const formatBytesMax = 1024 * 1024;
const lineBytesMax = 256;

const digits = (value: number, length: number) => String(Math.min(value, 10 ** length - 1)).padStart(length, '0');
const flag = (on: boolean) => (on ? '1' : '0');

/** Number of labels by the last ^PQ. */
function quantityOf(zpl: string): number {
  const quantity = [...zpl.matchAll(/\^PQ(\d{1,8})/gi)].at(-1);
  return quantity ? Math.max(1, Number(quantity[1])) : 1;
}

function create(settings: Options, context: SimulatorContext): SimulatedDevice {
  let behave: Behaviour = settings.behaviour;
  // Physical state: stays when the power goes.
  let labelsLeft = Number.POSITIVE_INFINITY;
  let lidOpen = false;
  let ribbonOut = false;
  let odometer = settings.labelsPrintedBefore;
  const printed: string[] = [];
  /** Labels that stopped half way. */
  let spoiled = 0;
  // Volatile state.
  let powered = true;
  let paused = false;
  let reprintAfterError = true;
  let queue: Format[] = [];
  /** Text since ^XA; undefined outside a format. */
  let format: string | undefined;
  /** The last characters outside a format: the line of a Set-Get-Do command. */
  let line = '';
  /** A command of which not all characters have come. */
  let command = '';
  let cancelLabel: (() => void) | undefined;
  const timers = new Set<() => void>();

  const after = (ms: number, fn: () => void) => {
    const cancel = context.clock.after(ms, () => {
      timers.delete(cancel);
      fn();
    });
    timers.add(cancel);
  };

  const paperOut = () => labelsLeft <= 0;
  const inFault = () => lidOpen || ribbonOut || paperOut();

  // Printing.

  function work(): void {
    const first = queue[0];
    if (cancelLabel || !first || inFault() || paused || !powered) return;
    cancelLabel = context.clock.after(behave.labelMs, () => {
      cancelLabel = undefined;
      labelLeaves(first);
      work();
    });
  }

  function labelLeaves(label: Format): void {
    odometer += 1;
    labelsLeft -= 1;
    printed.push(label.zpl);
    if (printed.length > printedKept) printed.shift();
    const again = paperOut() && behave.duplicateAfterError && reprintAfterError;
    if (!again) label.remaining -= 1;
    if (label.remaining === 0) queue = queue.filter((other) => other !== label);
  }

  /** The label that is half out is lost; whether it comes again is what ^JZ says. */
  function interruptLabel(): void {
    if (!cancelLabel) return;
    cancelLabel();
    cancelLabel = undefined;
    spoiled += 1;
    const label = queue[0]!;
    if (!reprintAfterError) label.remaining -= 1;
    if (label.remaining === 0) queue.shift();
  }

  // Answers.

  function reply(strings: readonly string[]): void {
    if (behave.neverAnswers) return;
    for (const [index, string] of strings.entries()) {
      const framed = block(string);
      const isLast = index === strings.length - 1;
      const whole = isLast && behave.missingFinalCrlf ? framed.subarray(0, -2) : framed;
      const bytes = behave.cutReply ? whole.subarray(0, whole.length >> 1) : whole;
      sendAfter(behave.replyAfterMs + index * behave.stringGapMs, bytes);
    }
  }

  function sendAfter(ms: number, bytes: Uint8Array): void {
    if (ms === 0) context.send(bytes);
    else after(ms, () => context.send(bytes));
  }

  function hostStatus(): readonly string[] {
    const current = queue[0];
    const isPaused = paused || inFault();
    return [
      `030,${flag(paperOut())},${flag(isPaused)},0240,${digits(queue.length, 3)},0,0,${flag(format !== undefined)},000,0,0,0`,
      `000,0,${flag(lidOpen)},${flag(ribbonOut)},${flag(ribbonOut)},2,4,0,${digits(current?.remaining ?? 0, 8)},1,000`,
      '1234,0',
    ];
  }

  function hostErrors(): string {
    const bits =
      (paperOut() ? 0x1 : 0) | (ribbonOut ? 0x2 : 0) | (lidOpen ? 0x4 : 0) | (paused || inFault() ? 0x10000 : 0);
    const errors = `${flag(bits !== 0)} 00000000 ${bits.toString(16).toUpperCase().padStart(8, '0')}`;
    const lines = ['', '', '  PRINTER STATUS'.padEnd(44), `   ERRORS:         ${errors}`];
    return [...lines, '   WARNINGS:       0 00000000 00000000', '', ''].join('\r\n');
  }

  // Commands.

  function control(name: string): void {
    switch (name) {
      case '~HS':
        if (!(behave.muteStatusInFault && inFault())) reply(hostStatus());
        break;
      case '~HQES':
        if (!behave.muteErrors) reply([hostErrors()]);
        break;
      case '~HI':
        reply([`${settings.model},V84.20.18Z,8,8176KB`]);
        break;
      case '~JA':
        // The label that is moving is finished; everything behind it is gone, and so is a format half sent.
        format = undefined;
        queue = queue.slice(0, cancelLabel ? 1 : 0);
        for (const label of queue) label.remaining = 1;
        break;
      case '~PP':
        paused = true;
        break;
      case '~PS':
        paused = false;
        work();
        break;
    }
  }

  function formatEnds(): void {
    const zpl = Buffer.from(`${format}`, 'latin1').toString('utf8');
    format = undefined;
    const reprint = [...zpl.matchAll(/\^JZ([YN])/gi)].at(-1);
    if (reprint) reprintAfterError = reprint[1]!.toUpperCase() === 'Y';
    queue.push({ zpl, remaining: quantityOf(zpl) });
    work();
  }

  function lineEnds(): void {
    const variable = /! U1 getvar "([^"]+)"$/.exec(line)?.[1];
    line = '';
    if (variable === undefined || settings.odometer === 'silent' || behave.neverAnswers) return;
    const known = variable === 'odometer.total_label_count' && settings.odometer === 'answers';
    sendAfter(behave.replyAfterMs, Buffer.from(`"${known ? odometer : '?'}"`));
  }

  const formatStart = /^\^XA$/i;
  const formatEnd = /\^XZ$/i;

  function character(next: string): void {
    if (next === '~' && command === '') {
      command = next;
    } else if (command !== '') {
      command += next.toUpperCase();
      // ~HQ has two letters more; all others end here.
      if (command.length === 3 && command !== '~HQ') controlEnds();
      else if (command.length === 5) controlEnds();
    } else if (format !== undefined) {
      format += next;
      if (formatEnd.test(format.slice(-3))) formatEnds();
      else if (format.length > formatBytesMax) format = undefined;
    } else if (next === '\r' || next === '\n') {
      lineEnds();
    } else {
      line = (line + next).slice(-lineBytesMax);
      if (formatStart.test(line.slice(-3))) {
        format = line.slice(-3);
        line = '';
      }
    }
  }

  function controlEnds(): void {
    const name = command;
    command = '';
    control(name);
  }

  const physical = (change: () => void) => {
    change();
    if (inFault()) interruptLabel();
    else work();
  };

  return {
    receive(chunk) {
      if (!powered) return;
      for (const byte of chunk) character(String.fromCharCode(byte));
    },
    actions: new Map([
      [
        'paper',
        defineAction({
          describe: 'Load labels (without a number: a full roll), or take them out with 0',
          args: z.strictObject({ labels: z.int().min(0).optional() }),
          run({ labels }) {
            physical(() => {
              labelsLeft = labels ?? Number.POSITIVE_INFINITY;
            });
          },
        }),
      ],
      [
        'lid',
        defineAction({
          describe: 'Open or close the lid',
          args: z.strictObject({ open: z.boolean() }),
          run({ open }) {
            physical(() => {
              lidOpen = open;
            });
          },
        }),
      ],
      [
        'ribbon',
        defineAction({
          describe: 'Use up the ribbon, or put a new one in',
          args: z.strictObject({ out: z.boolean() }),
          run({ out }) {
            physical(() => {
              ribbonOut = out;
            });
          },
        }),
      ],
      [
        'pause',
        defineAction({
          describe: 'Press the PAUSE key',
          args: z.strictObject({}),
          run() {
            paused = !paused;
            work();
          },
        }),
      ],
      ['picture', pictureAction(() => printed.at(-1))],
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
    state: () => ({
      powered,
      paused,
      lidOpen,
      ribbonOut,
      paperOut: paperOut(),
      labelsLeft: Number.isFinite(labelsLeft) ? Math.max(0, labelsLeft) : null,
      labelsWaiting: queue.reduce((sum, { remaining }) => sum + remaining, 0),
      partialFormat: format !== undefined,
      odometer,
      printedTotal: odometer - settings.labelsPrintedBefore,
      spoiled,
      printed: [...printed],
      behaviour: behave,
    }),
    power(on) {
      powered = on;
      interruptLabel();
      stop();
      queue = [];
      format = undefined;
      line = '';
      command = '';
      paused = false;
      reprintAfterError = true;
    },
    stop,
  };

  function stop(): void {
    cancelLabel?.();
    cancelLabel = undefined;
    for (const cancel of timers) cancel();
    timers.clear();
  }
}

export const printerZpl = defineSimulator({
  name: 'printer-zpl',
  describe: 'ZPL label printer with paper, lid, ribbon, odometer',
  wires: ['pty', 'tcp'],
  baudRate: 9600,
  options,
  create,
});
