/**
 * Infrared thermometer modules on a UART (GY-MCU90614, the generic 66 66 board, GY-614V, GD60914): the temperature of the
 * person in front. Frames in `wire/ir-thermometer.ts`; commands by the vendors' sheets (GY: `A5 command sum`) and, for
 * GD60914, by a public component that drives it.
 *
 * How skin becomes body temperature is the makers' secret. So the module's own body value is taken where there is one
 * (quality ok); else the surface temperature plus a configured offset, and that is `estimated`. `raw` is always the
 * module's number.
 */
import { z } from 'zod';
import { type Conversation, type DriverOutput, defineDriver, emit, flush, pause, receive, send } from '../driver.ts';
import type { Fault } from '../faults.ts';
import type { Framing } from '../framing.ts';
import { isPlausibleBody, onePerPerson } from '../wire/body-temperature.ts';
import {
  gd60914Framing,
  generic90614Framing,
  gy614vFraming,
  gyMcu90614Framing,
  type IrFrame,
} from '../wire/ir-thermometer.ts';

const profileNames = ['gy-mcu90614', 'gy-90614', 'gy-614v', 'gd60914'] as const;

const options = z.strictObject({
  profile: z.enum(profileNames).describe('Which module it is'),
  header: z
    .enum(['known', 'any'])
    .default('known')
    .describe('gy-614v only: any accepts frames whose first three bytes are not A4 03 07'),
  site: z.enum(['forehead', 'wrist']).default('forehead').describe('gd60914 only: where the person is measured'),
  report: z
    .enum(['person', 'every'])
    .default('person')
    .describe('person: one reading for each person in front; every: one for each measurement'),
  personAboveCelsius: z
    .number()
    .min(20)
    .max(40)
    .default(30)
    .describe('From this temperature on a person counts as being in front'),
  samples: z.int().min(1).max(20).default(3).describe('Measurements of a person; the highest is the reading'),
  offsetCelsius: z
    .number()
    .min(-5)
    .max(10)
    .default(0)
    .describe('Added where the module gives no body temperature but that of the skin'),
  pollMs: z.int().min(100).max(10_000).default(300).describe('Time from one measurement to the next'),
  replyWithinMs: z
    .int()
    .min(50)
    .max(10_000)
    .default(1_000)
    .describe('Time the module has to answer; a module that sends by itself may be silent so long'),
  attempts: z.int().min(1).max(10).default(3).describe('Times without an answer before the module counts as gone'),
});
type Options = z.infer<typeof options>;

interface Profile {
  readonly model: string;
  readonly framing: (options: Options) => Framing<IrFrame>;
  readonly unitsPerDegree: 100 | 10;
  /** Once per connection. */
  readonly prepare?: Uint8Array;
  /** Asks for one measurement; a module without it sends by itself. */
  readonly query?: (options: Options) => Uint8Array;
  /** Nothing in a frame tells it from noise: it counts only as the answer to a question. */
  readonly onlyAsked?: true;
}

const profiles: ReadonlyMap<string, Profile> = new Map<string, Profile>([
  [
    'gy-mcu90614',
    {
      model: 'GY-MCU90614',
      framing: gyMcu90614Framing,
      unitsPerDegree: 100,
      query: () => Uint8Array.of(0xa5, 0x15, 0xba),
    },
  ],
  ['gy-90614', { model: '90614 (66 66)', framing: generic90614Framing, unitsPerDegree: 100 }],
  ['gy-614v', { model: 'GY-614V', framing: ({ header }) => gy614vFraming(header), unitsPerDegree: 100 }],
  [
    'gd60914',
    {
      model: 'GD60914',
      framing: gd60914Framing,
      unitsPerDegree: 10,
      prepare: Uint8Array.of(0xa1),
      query: ({ site }) => Uint8Array.of(site === 'forehead' ? 0xab : 0xac),
      onlyAsked: true,
    },
  ],
]);

/** After the command for single measurements. */
const settleMs = 50;

type Value = { readonly celsius: number; readonly quality: 'ok' | 'estimated'; readonly raw: number };

export const thermometerIr = defineDriver<Options, IrFrame>({
  name: 'thermometer-ir',
  kind: 'body-thermometer',
  describe: 'Infrared body thermometer module: GY-MCU90614, 90614 (66 66), GY-614V, GD60914',
  transports: ['serial', 'sim'],
  line: { baudRate: 9600 },
  options,
  faults: [],
  session(o) {
    const profile = profiles.get(o.profile)!;
    const person = onePerPerson<Value>(o);
    const query = profile.query?.(o);

    const bestOf = ({ body, surface }: IrFrame): Value => {
      const bodyCelsius = body === undefined ? undefined : body / profile.unitsPerDegree;
      if (bodyCelsius !== undefined && (isPlausibleBody(bodyCelsius) || surface === undefined))
        return { celsius: bodyCelsius, quality: 'ok', raw: body! };
      const hundredths = Math.round((surface! / profile.unitsPerDegree + o.offsetCelsius) * 100);
      return { celsius: hundredths / 100, quality: 'estimated', raw: surface! };
    };
    const measured = (frame: IrFrame): DriverOutput[] => {
      const value = bestOf(frame);
      if (o.report === 'person') {
        const ofPerson = person(value);
        return ofPerson ? [{ reading: { type: 'temperature', ...ofPerson } }] : [];
      }
      if (isPlausibleBody(value.celsius)) return [{ reading: { type: 'temperature', ...value } }];
      return [{ reading: { type: 'temperature', celsius: null, quality: 'invalid', raw: value.raw } }];
    };

    function* sample(): Conversation<IrFrame, IrFrame | undefined> {
      for (let attempt = 0; attempt < o.attempts; attempt++) {
        if (profile.onlyAsked) yield* flush();
        if (query) yield* send(query);
        const frame = yield* receive<IrFrame>(o.replyWithinMs);
        if (frame) return frame;
      }
      return undefined;
    }

    return {
      framing: profile.framing(o),
      *identify() {
        if (profile.prepare) {
          yield* send(profile.prepare);
          yield* pause(settleMs);
        }
        const frame = yield* sample();
        return frame ? { identity: { model: profile.model } } : { fault: { code: 'no-reply' } };
      },
      onFrame: (frame) => (profile.onlyAsked ? [] : measured(frame)),
      cycle: {
        everyMs: o.pollMs,
        *run(): Conversation<IrFrame, Fault | undefined> {
          const frame = yield* sample();
          if (!frame) return { code: 'no-reply' };
          for (const output of measured(frame)) yield* emit(output);
          return undefined;
        },
      },
    };
  },
});
