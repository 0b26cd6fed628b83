/**
 * A contact on a GPIO line: foot pedal, door, call button, the power-fail contact of a UPS. Contacts bounce for 5 to 20 ms
 * and relays chatter longer, so a level counts once it has stood still for as long as its kind needs.
 *
 * Wired with the contact to ground and a pull-up, a cut wire reads high. What that means is chosen so that it is noticed or
 * harmless: the door is open, the power has failed, no pedal is pressed. With `activeLow` turned round the pull is turned
 * round too.
 */
import { z } from 'zod';
import {
  type Conversation,
  type DriverSession,
  defineDriver,
  emit,
  type Identified,
  receive,
  send,
} from '../driver.ts';
import type { Fault } from '../faults.ts';
import { type GpioReport, gpioReports, gpioRequest, type Level } from '../wire/gpio-lines.ts';

interface Use {
  readonly debounceMs: number;
  readonly activeLow: boolean;
  /** What a cut wire reads as: 1 is active. */
  readonly cutWire: Level;
}

const uses: ReadonlyMap<string, Use> = new Map<string, Use>([
  ['pedal', { debounceMs: 30, activeLow: true, cutWire: 0 }],
  ['door', { debounceMs: 50, activeLow: false, cutWire: 1 }],
  ['call-button', { debounceMs: 30, activeLow: true, cutWire: 0 }],
  ['power-fail', { debounceMs: 500, activeLow: false, cutWire: 1 }],
]);

const options = z.strictObject({
  use: z
    .enum(['pedal', 'door', 'call-button', 'power-fail'])
    .describe('What is wired to the line. Active means: pressed, open, pressed, power failed'),
  activeLow: z
    .boolean()
    .optional()
    .describe('Active when the line is low; if absent, as with a contact to ground: pedal and call-button'),
  debounceMs: z
    .int()
    .min(0)
    .max(5_000)
    .optional()
    .describe(
      'A level counts after so long without change; if absent: pedal and call-button 30, door 50, power-fail 500',
    ),
  bias: z
    .enum(['auto', 'as-is'])
    .default('auto')
    .describe(
      'auto: the chip pulls the line so that a cut wire reads as door open, power failed, nothing pressed; as-is: a resistor does. A kernel with sysfs GPIO has only as-is',
    ),
});
type Options = z.infer<typeof options>;

const answerWithinMs = 5_000;
/** A conversation this long lets others in between; nothing is lost, what comes meanwhile waits. */
const listenMs = 1_000;

function session({ use, bias, ...own }: Options, monotonicMs: () => number): DriverSession<GpioReport> {
  const kind = uses.get(use)!;
  const activeLow = own.activeLow ?? kind.activeLow;
  const debounceMs = own.debounceMs ?? kind.debounceMs;
  const pull = activeLow === (kind.cutWire === 1) ? 'pull-down' : 'pull-up';
  /** The level that was told last. */
  let told: Level | undefined;
  let level: Level | undefined;

  /** Waits for a level; undefined when none came. */
  function* nextLevel(withinMs: number): Conversation<GpioReport, Level | undefined> {
    const frame = yield* receive<GpioReport>(withinMs);
    return frame?.report === 'level' ? frame.level : undefined;
  }

  return {
    framing: gpioReports(),
    *identify(): Conversation<GpioReport, Identified> {
      yield* send(gpioRequest({ request: 'in', bias: bias === 'auto' ? pull : 'as-is' }));
      const frame = yield* receive<GpioReport>(answerWithinMs);
      if (!frame) return { fault: { code: 'no-reply', detail: 'the line was not made an input' } };
      if (frame.report === 'refused') return { fault: { code: `port-${frame.why}`, detail: 'the GPIO line' } };
      if (frame.report !== 'level') return { fault: { code: 'wrong-device', detail: 'no input line' } };
      level = frame.level;
      return { identity: {} };
    },
    cycle: {
      everyMs: 1,
      *run(): Conversation<GpioReport, Fault | undefined> {
        if (level === told) level = (yield* nextLevel(listenMs)) ?? level;
        const endMs = monotonicMs() + debounceMs;
        while (level !== told && monotonicMs() < endMs) {
          const next = yield* nextLevel(endMs - monotonicMs());
          if (next === undefined) continue;
          // Back where it was: it bounced, and the next edge begins to count anew.
          if (next !== level) {
            level = next;
            return undefined;
          }
        }
        if (level === undefined || level === told) return undefined;
        told = level;
        const active = activeLow ? level === 0 : level === 1;
        yield* emit({ reading: { type: 'input', input: use, level: active ? 1 : 0 } });
        return undefined;
      },
    },
  };
}

export const digitalInput = defineDriver<Options, GpioReport>({
  name: 'digital-input',
  kind: 'digital-input',
  describe: 'Contact on a GPIO line: pedal, door, call button, UPS power-fail',
  transports: ['gpio', 'serial', 'sim'],
  options,
  faults: ['wrong-device'],
  session: (chosen, { monotonicMs }) => session(chosen, monotonicMs),
});
