/**
 * The body of a simulated printer: paper, lid, ribbon, cutter, and the queue of what is to be printed. It knows no
 * printer language. A label counts when it has left the printer; one that a fault stops half way is spoiled.
 */
import { z } from 'zod';
import type { Clock } from '../device-drivers/clock.ts';
import { defineAction, type SimulatorAction } from './device.ts';

export type Trouble = 'lid-open' | 'ribbon-out' | 'paper-jam' | 'cutter-jam' | 'too-hot';

export interface PrintMechanism {
  has(trouble: Trouble): boolean;
  readonly powered: boolean;
  readonly paperOut: boolean;
  /** Few labels are left. */
  readonly paperLow: boolean;
  readonly paused: boolean;
  /** Nothing can be printed: no paper, or a trouble. */
  readonly inFault: boolean;
  /** A label is moving. */
  readonly moving: boolean;
  readonly waiting: number;
  /** Of each job in the queue how many are still to come, the one that moves first. */
  readonly queue: readonly number[];
  readonly printedTotal: number;
  readonly lastPrinted: string | undefined;
  add(text: string, copies: number, printed?: () => void): void;
  /** The label that is moving comes out whole; everything behind it is gone. */
  cancel(): void;
  setPaused(paused: boolean): void;
  setPower(on: boolean): void;
  stop(): void;
  /** By name; a device takes those that it has. */
  readonly actions: ReadonlyMap<string, SimulatorAction>;
  state(): Readonly<Record<string, unknown>>;
}

export interface MechanismSetup {
  readonly clock: Clock;
  readonly labelMs: () => number;
  /** Whether a label that a fault stopped is printed again afterwards. */
  readonly reprints: () => boolean;
  /** Whether the last label before the paper ran out is printed again, though it is out. */
  readonly duplicates?: () => boolean;
}

interface Label {
  readonly text: string;
  readonly printed: () => void;
  remaining: number;
}

const printedKept = 50;
const lowAt = 10;

export function printMechanism({ clock, labelMs, reprints, duplicates = () => false }: MechanismSetup): PrintMechanism {
  const troubles = new Set<Trouble>();
  const printed: string[] = [];
  let labelsLeft = Number.POSITIVE_INFINITY;
  let printedTotal = 0;
  let spoiled = 0;
  let powered = true;
  let paused = false;
  let queue: Label[] = [];
  let cancelMove: (() => void) | undefined;

  const paperOut = () => labelsLeft <= 0;
  const inFault = () => troubles.size > 0 || paperOut();

  function work(): void {
    const label = queue[0];
    if (cancelMove || !label || inFault() || paused || !powered) return;
    cancelMove = clock.after(labelMs(), () => {
      cancelMove = undefined;
      labelsLeft -= 1;
      printedTotal += 1;
      printed.push(label.text);
      if (printed.length > printedKept) printed.shift();
      done(label);
      work();
    });
  }

  function done(label: Label): void {
    if (paperOut() && duplicates()) return;
    label.remaining -= 1;
    if (label.remaining > 0) return;
    queue = queue.filter((other) => other !== label);
    label.printed();
  }

  function interrupt(again: boolean): void {
    if (!cancelMove) return;
    cancelMove();
    cancelMove = undefined;
    spoiled += 1;
    const label = queue[0]!;
    if (!again) label.remaining -= 1;
    if (label.remaining === 0) queue.shift();
  }

  function changed(): void {
    if (inFault()) interrupt(reprints());
    else work();
  }

  const switchOf = (describe: string, key: string, trouble: Trouble) =>
    defineAction({
      describe,
      args: z.strictObject({ [key]: z.boolean() }),
      run(args) {
        if (args[key]) troubles.add(trouble);
        else troubles.delete(trouble);
        changed();
      },
    });

  const mechanism: PrintMechanism = {
    has: (trouble) => troubles.has(trouble),
    get powered() {
      return powered;
    },
    get paperOut() {
      return paperOut();
    },
    get paperLow() {
      return labelsLeft <= lowAt;
    },
    get paused() {
      return paused;
    },
    get inFault() {
      return inFault();
    },
    get moving() {
      return cancelMove !== undefined;
    },
    get waiting() {
      return queue.reduce((sum, { remaining }) => sum + remaining, 0);
    },
    get queue() {
      return queue.map(({ remaining }) => remaining);
    },
    get printedTotal() {
      return printedTotal;
    },
    get lastPrinted() {
      return printed.at(-1);
    },
    add(text, copies, whenPrinted = () => {}) {
      queue.push({ text, remaining: copies, printed: whenPrinted });
      work();
    },
    cancel() {
      queue = queue.slice(0, cancelMove ? 1 : 0);
      for (const label of queue) label.remaining = 1;
    },
    setPaused(wanted) {
      paused = wanted;
      work();
    },
    setPower(on) {
      powered = on;
      interrupt(false);
      queue = [];
      paused = false;
    },
    stop() {
      cancelMove?.();
      cancelMove = undefined;
    },
    actions: new Map<string, SimulatorAction>([
      [
        'paper',
        defineAction({
          describe: 'Load paper (without a number: a full roll), or take it out with 0',
          args: z.strictObject({ labels: z.int().min(0).optional() }),
          run({ labels }) {
            labelsLeft = labels ?? Number.POSITIVE_INFINITY;
            changed();
          },
        }),
      ],
      ['lid', switchOf('Open or close the lid', 'open', 'lid-open')],
      ['ribbon', switchOf('Use up the ribbon, or put a new one in', 'out', 'ribbon-out')],
      ['jam', switchOf('Let the paper jam, or clear it', 'jammed', 'paper-jam')],
      ['cutter', switchOf('Let the cutter jam, or clear it', 'jammed', 'cutter-jam')],
      ['heat', switchOf('Overheat the print head, or let it cool', 'hot', 'too-hot')],
      [
        'pause',
        defineAction({
          describe: 'Press the PAUSE key',
          args: z.strictObject({}),
          run: () => mechanism.setPaused(!paused),
        }),
      ],
    ]),
    state: () => ({
      powered,
      paused,
      lidOpen: troubles.has('lid-open'),
      paperOut: paperOut(),
      troubles: [...troubles],
      labelsLeft: Number.isFinite(labelsLeft) ? Math.max(0, labelsLeft) : null,
      labelsWaiting: mechanism.waiting,
      printedTotal,
      spoiled,
      printed: [...printed],
    }),
  };
  return mechanism;
}
