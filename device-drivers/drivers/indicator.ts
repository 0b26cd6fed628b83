/**
 * Something switched by a GPIO line: the lane's lamps, its buzzer, the lock of the door. The line is at its safe level
 * (off) from the first moment and again when the link closes or the gateway dies; patterns and the lock's limit run where
 * the line is held, so that a new pattern replaces the running one and a busy gateway cannot leave a door open.
 */
import { z } from 'zod';
import {
  type CommandResult,
  type Conversation,
  type DriverOutput,
  type DriverSession,
  defineDriver,
  flush,
  type Identified,
  receive,
  send,
} from '../driver.ts';
import type { Fault } from '../faults.ts';
import { type GpioReport, type GpioRequest, gpioReports, gpioRequest } from '../wire/gpio-lines.ts';

/** A strike or magnet is made for a short pulse, and a door that stays open is no door. */
const lockPulseMsMax = 3_000;

const options = z.strictObject({
  use: z.enum(['ok-lamp', 'error-lamp', 'buzzer', 'door-lock']).describe('What is wired to the line'),
  activeLow: z.boolean().default(false).describe('On when the line is low, as with most relay boards'),
});
type Options = z.infer<typeof options>;

const answerWithinMs = 5_000;

/** `outcome`: done, or failed with the fault. */
export interface IndicatorResult extends CommandResult {
  readonly outcome: 'done' | 'failed';
  readonly fault?: Fault;
}
type Command<A> = (args: A) => Conversation<GpioReport, IndicatorResult>;

const stepMs = z.int().min(10).max(5_000);
const patternArgs = z.strictObject({
  /** On, off, on, …: milliseconds; off at the end. */
  stepsMs: z.array(stepMs).min(1).max(16),
  /** Begins again until another command comes. */
  forever: z.boolean().default(false),
});
const pulseArgs = z.strictObject({ ms: z.int().min(10).max(lockPulseMsMax).default(1_000) });

function session({ use, activeLow }: Options): DriverSession<GpioReport> {
  const off = activeLow ? 1 : 0;
  const on = activeLow ? 0 : 1;

  function* ask(request: GpioRequest): Conversation<GpioReport, Fault | undefined> {
    yield* flush();
    yield* send(gpioRequest(request));
    const frame = yield* receive<GpioReport>(answerWithinMs);
    if (!frame) return { code: 'no-reply', detail: `no answer to ${request.request}` };
    if (frame.report === 'refused') return { code: `port-${frame.why}`, detail: 'the GPIO line' };
    return frame.report === 'ok' ? undefined : { code: 'wrong-device', detail: 'no output line' };
  }
  function* done(request: GpioRequest): Conversation<GpioReport, IndicatorResult> {
    const fault = yield* ask(request);
    return fault ? { outcome: 'failed', fault } : { outcome: 'done' };
  }
  /** Arguments may come over the network: wrong ones are an answer, not a bug of the driver. */
  const checked = <A>(schema: z.ZodType<A>, make: (args: A) => GpioRequest): Command<unknown> =>
    function* (args) {
      const parsed = schema.safeParse(args ?? {});
      if (!parsed.success) return { outcome: 'failed', error: z.prettifyError(parsed.error) };
      return yield* done(make(parsed.data));
    };

  const turnOff: Command<unknown> = () => done({ request: 'set', level: off });
  const lock = {
    off: turnOff,
    pulse: checked(pulseArgs, ({ ms }) => ({ request: 'pattern', forever: false, stepsMs: [ms] })),
  };
  const lamp = {
    off: turnOff,
    on: () => done({ request: 'set', level: on }),
    pattern: checked(patternArgs, (pattern) => ({ request: 'pattern', ...pattern })),
  };

  return {
    framing: gpioReports(),
    *identify(): Conversation<GpioReport, Identified> {
      const limitMs = use === 'door-lock' ? lockPulseMsMax : 0;
      const fault = yield* ask({ request: 'out', safe: off, limitMs });
      return fault ? { fault } : { identity: {} };
    },
    onFrame: ({ report }): DriverOutput[] =>
      report === 'limit' ? [{ fault: { code: 'output-held-too-long', detail: `${lockPulseMsMax} ms` } }] : [],
    commands: use === 'door-lock' ? lock : lamp,
  };
}

export const indicator = defineDriver<Options, GpioReport>({
  name: 'indicator',
  kind: 'indicator',
  describe: 'Output on a GPIO line: ok and error lamp, buzzer, door lock',
  transports: ['gpio', 'serial', 'sim'],
  options,
  faults: ['wrong-device', 'output-held-too-long'],
  session,
});
