/**
 * An ESC/POS receipt printer by Epson's ESC/POS Command Reference: text and the common commands, DLE EOT and DLE DC4 8 in
 * real time (also in the middle of another command, as a real one), GS ( H, GS I, GS V. A slip is what lies between two
 * cuts. Commands in line are done in turn: the request for an acknowledgement is answered when the slips before it are out.
 */
import { z } from 'zod';
import { clearedBlock, printedBlock, textBlock } from '../../device-drivers/wire/escpos.ts';
import { defineAction, defineSimulator, type SimulatedDevice, type SimulatorContext } from '../device.ts';
import { pictureAction } from '../label-picture/action.ts';
import { escposToZpl } from '../label-picture/escpos-to-zpl.ts';
import { printMechanism } from '../print-mechanism.ts';

const behaviour = z.strictObject({
  labelMs: z.int().min(0).max(60_000).default(600).describe('Time to print one slip'),
  neverAnswers: z.boolean().default(false).describe('Prints, and says nothing'),
  replyAfterMs: z.int().min(0).max(60_000).default(0).describe('Time before an answer begins'),
});
const options = z.strictObject({
  model: z.string().max(40).default('TM-T88V'),
  acknowledges: z.boolean().default(true).describe('GS ( H and DLE DC4 8, as Epson; without them as many others'),
  behaviour: behaviour.prefault({}),
});
type Options = z.infer<typeof options>;
type Behaviour = z.infer<typeof behaviour>;

const slipBytesMax = 64 * 1024;
const clearSequence = [0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8];
const gb18030 = new TextDecoder('gb18030');

function create(settings: Options, context: SimulatorContext): SimulatedDevice {
  let behave: Behaviour = settings.behaviour;
  let slip: number[] = [];
  /** A command in line of which not all bytes have come. */
  let command: number[] = [];
  /** A real-time command of which not all bytes have come. */
  let realTime: number[] = [];
  let waitingAnswers: (() => void)[] = [];
  const timers = new Set<() => void>();
  const mechanism = printMechanism({ clock: context.clock, labelMs: () => behave.labelMs, reprints: () => true });

  function send(bytes: Uint8Array): void {
    if (behave.neverAnswers) return;
    const cancel = context.clock.after(behave.replyAfterMs, () => {
      timers.delete(cancel);
      context.send(bytes);
    });
    timers.add(cancel);
  }

  const hasError = () => mechanism.has('cutter-jam') || mechanism.has('too-hot') || mechanism.has('paper-jam');

  function status(n: number): number {
    const base = 0x12;
    if (n === 1) return base | (mechanism.inFault ? 0x08 : 0);
    if (n === 2)
      return base | (mechanism.has('lid-open') ? 0x04 : 0) | (mechanism.paperOut ? 0x20 : 0) | (hasError() ? 0x40 : 0);
    if (n === 3)
      return (
        base |
        (mechanism.has('cutter-jam') ? 0x08 : 0) |
        (mechanism.has('paper-jam') ? 0x20 : 0) |
        (mechanism.has('too-hot') ? 0x40 : 0)
      );
    return base | (mechanism.paperLow ? 0x0c : 0) | (mechanism.paperOut ? 0x60 : 0);
  }

  /** When all that was to be printed before is out. */
  function inLine(answer: () => void): void {
    waitingAnswers.push(answer);
    answerIfDone();
  }
  function answerIfDone(): void {
    if (mechanism.waiting > 0 || mechanism.inFault) return;
    for (const answer of waitingAnswers.splice(0)) answer();
  }

  function cut(): void {
    const text = gb18030.decode(Uint8Array.from(slip));
    slip = [];
    mechanism.add(text, 1, answerIfDone);
  }

  function commandEnds(): void {
    const bytes = command;
    command = [];
    const [lead, name, first] = bytes;
    if (lead === 0x1b && name === 0x40) slip = slip.filter((_, at) => at < slip.lastIndexOf(0x0a) + 1);
    else if (lead === 0x1d && name === 0x56) cut();
    else if (lead === 0x1d && name === 0x49) inLine(() => send(textBlock(first === 0x43 ? settings.model : '')));
    else if (lead === 0x1d && name === 0x28 && first === 0x48) {
      const id = Buffer.from(bytes.slice(7)).toString('latin1');
      if (settings.acknowledges) inLine(() => send(printedBlock(id)));
    } else slip.push(...bytes);
  }

  function inLineByte(next: number): void {
    if (command.length > 0) {
      command.push(next);
      if (command.length >= lengthOf(command)) commandEnds();
    } else if (next === 0x1b || next === 0x1d || next === 0x1c) command = [next];
    else if (slip.length < slipBytesMax) slip.push(next);
  }

  function byte(next: number): void {
    realTime.push(next);
    if (realTime[0] !== 0x10) {
      realTime = [];
      inLineByte(next);
    } else if (realTime.length === 3 && realTime[1] === 0x04) {
      realTime = [];
      if (next >= 1 && next <= 4) send(Uint8Array.of(status(next)));
    } else if (realTime.length > 1 && realTime[1] !== 0x04 && realTime.some((b, at) => b !== clearSequence[at])) {
      const given = realTime;
      realTime = [];
      for (const b of given) inLineByte(b);
    } else if (realTime.length === clearSequence.length) {
      realTime = [];
      if (settings.acknowledges) clear();
    }
  }

  function clear(): void {
    forget();
    mechanism.cancel();
    send(clearedBlock);
  }

  function forget(): void {
    slip = [];
    command = [];
    realTime = [];
    waitingAnswers = [];
  }

  function stop(): void {
    mechanism.stop();
    for (const cancel of timers) cancel();
    timers.clear();
  }

  return {
    receive(chunk) {
      if (!mechanism.powered) return;
      for (const next of chunk) byte(next);
    },
    actions: new Map([
      ...[...mechanism.actions].filter(([name]) => name !== 'ribbon' && name !== 'pause'),
      ['picture', pictureAction(() => mechanism.lastPrinted, escposToZpl)],
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
    state: () => ({ ...mechanism.state(), partialSlip: slip.length > 0 || command.length > 0, behaviour: behave }),
    power(on) {
      mechanism.setPower(on);
      stop();
      forget();
    },
    stop,
  };
}

/** How long a command is, as far as can be said from the bytes so far. */
function lengthOf([lead, name, a = 0, b = 0, c = 0]: readonly number[]): number {
  const letter = String.fromCharCode(name ?? 0);
  if (name === undefined) return 2;
  if (lead === 0x1c || (lead === 0x1b && letter === '@')) return 2;
  if (lead === 0x1b) return 3;
  if (letter === 'V') return a >= 0x41 ? 4 : 3;
  if (letter === 'k') return 4 + b;
  if (letter === '(') return 5 + b + 256 * c;
  return 3;
}

export const printerEscpos = defineSimulator({
  name: 'printer-escpos',
  describe: 'ESC/POS receipt printer with paper, lid, cutter',
  wires: ['pty', 'tcp'],
  baudRate: 9600,
  options,
  create,
});
