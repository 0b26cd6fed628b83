/**
 * A ZPL II label printer with Link-OS odometer, by the ZPL II Programming Guide: ~HS, ~HQES, ~HI, ~JA, ~PS, ~PP, ^XA..^XZ
 * with ^PQ and ^JZ, `! U1 getvar`. What it reads has no connection: a format half sent over one socket goes on over the
 * next. A label counts when it has left the printer.
 */
import { z } from 'zod';
import { block } from '../../device-drivers/wire/zebra.ts';
import { defineAction, defineSimulator, type SimulatedDevice, type SimulatorContext } from '../device.ts';
import { pictureAction } from '../label-picture/action.ts';
import { printMechanism } from '../print-mechanism.ts';

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
  let reprintAfterError = true;
  /** Text since ^XA; undefined outside a format. */
  let format: string | undefined;
  /** The last characters outside a format: the line of a Set-Get-Do command. */
  let line = '';
  /** A command of which not all characters have come. */
  let command = '';
  const timers = new Set<() => void>();

  const after = (ms: number, fn: () => void) => {
    const cancel = context.clock.after(ms, () => {
      timers.delete(cancel);
      fn();
    });
    timers.add(cancel);
  };

  const mechanism = printMechanism({
    clock: context.clock,
    labelMs: () => behave.labelMs,
    reprints: () => reprintAfterError,
    duplicates: () => behave.duplicateAfterError && reprintAfterError,
  });
  const odometer = () => settings.labelsPrintedBefore + mechanism.printedTotal;
  const isPaused = () => mechanism.paused || mechanism.inFault;

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
    const [current = 0] = mechanism.queue;
    const ribbonOut = flag(mechanism.has('ribbon-out'));
    return [
      `030,${flag(mechanism.paperOut)},${flag(isPaused())},0240,${digits(mechanism.queue.length, 3)},0,0,${flag(format !== undefined)},000,0,0,0`,
      `000,0,${flag(mechanism.has('lid-open'))},${ribbonOut},${ribbonOut},2,4,0,${digits(current, 8)},1,000`,
      '1234,0',
    ];
  }

  function hostErrors(): string {
    const bits =
      (mechanism.paperOut ? 0x1 : 0) |
      (mechanism.has('ribbon-out') ? 0x2 : 0) |
      (mechanism.has('lid-open') ? 0x4 : 0) |
      (isPaused() ? 0x10000 : 0);
    const errors = `${flag(bits !== 0)} 00000000 ${bits.toString(16).toUpperCase().padStart(8, '0')}`;
    const lines = ['', '', '  PRINTER STATUS'.padEnd(44), `   ERRORS:         ${errors}`];
    return [...lines, '   WARNINGS:       0 00000000 00000000', '', ''].join('\r\n');
  }

  // Commands.

  function control(name: string): void {
    switch (name) {
      case '~HS':
        if (!(behave.muteStatusInFault && mechanism.inFault)) reply(hostStatus());
        break;
      case '~HQES':
        if (!behave.muteErrors) reply([hostErrors()]);
        break;
      case '~HI':
        reply([`${settings.model},V84.20.18Z,8,8176KB`]);
        break;
      case '~JA':
        format = undefined;
        mechanism.cancel();
        break;
      case '~PP':
        mechanism.setPaused(true);
        break;
      case '~PS':
        mechanism.setPaused(false);
        break;
    }
  }

  function formatEnds(): void {
    const zpl = Buffer.from(`${format}`, 'latin1').toString('utf8');
    format = undefined;
    const reprint = [...zpl.matchAll(/\^JZ([YN])/gi)].at(-1);
    if (reprint) reprintAfterError = reprint[1]!.toUpperCase() === 'Y';
    mechanism.add(zpl, quantityOf(zpl));
  }

  function lineEnds(): void {
    const variable = /! U1 getvar "([^"]+)"$/.exec(line)?.[1];
    line = '';
    if (variable === undefined || settings.odometer === 'silent' || behave.neverAnswers) return;
    const known = variable === 'odometer.total_label_count' && settings.odometer === 'answers';
    sendAfter(behave.replyAfterMs, Buffer.from(`"${known ? odometer() : '?'}"`));
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

  return {
    receive(chunk) {
      if (!mechanism.powered) return;
      for (const byte of chunk) character(String.fromCharCode(byte));
    },
    actions: new Map([
      ...[...mechanism.actions].filter(([name]) => ['paper', 'lid', 'ribbon', 'pause'].includes(name)),
      ['picture', pictureAction(() => mechanism.lastPrinted)],
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
      ...mechanism.state(),
      ribbonOut: mechanism.has('ribbon-out'),
      partialFormat: format !== undefined,
      odometer: odometer(),
      behaviour: behave,
    }),
    power(on) {
      mechanism.setPower(on);
      stop();
      format = undefined;
      line = '';
      command = '';
      reprintAfterError = true;
    },
    stop,
  };

  function stop(): void {
    mechanism.stop();
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
